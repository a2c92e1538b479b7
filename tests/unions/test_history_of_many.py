"""Rows that one statement brings leave one history row each, with who did it on it."""

import pytest
from django.db import connection

from relief.lib.history import acting
from tests.cast import Cast
from unions.models import Union
from unions.object_history import event_model

pytestmark = pytest.mark.django_db


def test_history_has_no_index_but_that_of_its_row():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, count(*) FROM pg_indexes WHERE tablename LIKE '%%event'"
            " AND schemaname = 'public' AND tablename <> 'audit_event' GROUP BY tablename"
        )
        found = dict(cursor.fetchall())
    assert found
    assert {table for table, indexes in found.items() if indexes > 2} == set()


def test_ten_thousand_rows_of_one_statement(cast: Cast):
    history = event_model(Union).objects.filter(code__startswith="RAW")
    with acting(user_id=41, staff_id=42, request_id="r-43"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO unions_union (code, name, kind, parent_id, path, region_code, pinyin,"
            " initials, version) SELECT 'RAW' || n, '机构' || n, 'system', u.id,"
            " u.path || 'RAW' || n || '/', '', '', '', 1"
            " FROM unions_union u, generate_series(1, 10000) n WHERE u.code = '110000'"
        )
    assert history.count() == 10_000
    assert set(history.values_list("pgh_context__request", "pgh_label")) == {("r-43", "insert")}
    assert history.values("pgh_obj_id").distinct().count() == 10_000
