"""A list as a workbook: exactly what is filtered, written down, at once or by the worker."""

import hashlib
import re
from html import unescape
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from audit.models import Event
from relief.jobs.models import Job
from relief.jobs.running import Running
from relief.jobs.tasks import claim
from relief.lib.snapshot import snapshot
from relief.lib.workbooks import read_rows
from tests.audit.attacker import as_owner
from unions.lists import exports
from unions.models import Staff
from unions.services.preferences import choose_columns

#: What the button above a list posts: all rows that were found.
ALL = {"scope": "all"}


def table_in(content):
    """Head and rows of a workbook, without the watermark."""
    *rows, mark = read_rows(content)
    return rows, mark[0]


def test_the_file_holds_the_filtered_rows_in_their_order_and_the_chosen_columns(cast, signed_in):
    choose_columns(by=cast.ann.user, table="sample", columns=["name", "version", "secret"])
    response = signed_in(cast.ann).post("/sample/export/?kind=street&sort=-code", ALL)
    rows, mark = table_in(response.content)
    assert rows == [["名称", "版本"], ["景山街道总工会", "1"], ["东华门街道总工会", "1"]]
    assert mark.startswith("导出人：Ann（东城区总工会）")
    assert "共 2 家" in mark


def test_the_answer_is_a_download_with_a_chinese_name_that_nobody_keeps(cast, signed_in):
    response = signed_in(cast.ann).post("/sample/export/", ALL)
    assert (
        "filename*=utf-8''%E6%9C%BA%E6%9E%84%E5%90%8D%E5%8D%95-" in response["Content-Disposition"]
    )
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"].endswith("spreadsheetml.sheet")


def test_an_export_is_written_down_without_what_was_typed(cast, signed_in):
    response = signed_in(cast.ann).post("/sample/export/?kind=street&q=街道", ALL)
    event = Event.objects.get(action=Event.Action.EXPORT)
    assert event.staff_id == cast.ann.pk
    assert event.details["rows"] == 2
    assert event.details["table"] == "sample"
    assert event.details["filter"] == {"q": "*", "kind": "street"}
    assert "secret" not in event.details["columns"]
    assert event.details["sha256"] == hashlib.sha256(response.content).hexdigest()


def test_who_may_not_export_is_refused_and_gets_nothing(cast, signed_in):
    response = signed_in(cast.lea).post("/sample/export/", ALL)
    assert response.status_code == 403
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()


def test_who_may_not_export_is_not_offered_it(cast, signed_in):
    assert "/sample/export/" not in signed_in(cast.lea).get("/sample/").text
    assert "/sample/export/" in signed_in(cast.ann).get("/sample/").text


def test_who_gave_the_password_long_ago_gives_it_again_and_comes_back(cast, signed_in):
    client = signed_in(cast.ann, is_confirmed=False)
    shown = client.get("/sample/?kind=street&sort=-code").text
    (back,) = map(unescape, re.findall(r'name="back" value="([^"]+)"', shown))
    response = client.post("/sample/export/?kind=street&sort=-code", ALL | {"back": back})
    target = urlencode({"next": "/sample/?kind=street&sort=-code"})
    assert response.url == f"{reverse('identity-confirm')}?{target}"
    assert "请再点一次“导出”" in client.get(response.url).text
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()


def test_the_way_back_leads_to_no_other_site(cast, signed_in):
    client = signed_in(cast.ann, is_confirmed=False)
    response = client.post("/sample/export/", ALL | {"back": "https://example.org/"})
    assert response.url.endswith(urlencode({"next": "/"}))


def test_a_file_with_fewer_rows_than_the_database_counts_is_never_handed_out(
    cast, signed_in, monkeypatch
):
    monkeypatch.setattr(exports, "_values", lambda rows, columns: iter([]))
    with pytest.raises(RuntimeError, match="0 rows written of 3"):
        signed_in(cast.ann).post("/sample/export/", ALL)
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()


@pytest.mark.django_db(transaction=True)
def test_count_and_rows_come_from_one_moment(cast, app_login):
    """A row that somebody commits between the count and the rows is in neither."""
    with snapshot():
        before = Staff.objects.count()
        app_login.execute(
            "INSERT INTO unions_staff (user_id, union_id, role, title, starts_on)"
            " VALUES (%s, %s, 'finance', '', now())",
            [cast.ann.user_id, cast.west.pk],
        )
        assert Staff.objects.count() == before
    assert Staff.objects.count() == before + 1


# --- by the worker ----------------------------------------------------------------------------


@pytest.fixture
def large(cast, signed_in, monkeypatch, settings, tmp_path):
    """An export of more rows than a person waits for."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 1)
    client = signed_in(cast.ann)
    response = client.post("/sample/export/?kind=street&sort=-code&page=3", ALL)
    job = Job.objects.get()
    assert response.url.endswith(f"/{job.pk}/")
    return job


def run(job):
    claimed = claim(str(job.pk))
    assert claimed is not None
    exports.write_export(Running(claimed))


def test_many_rows_are_written_by_the_worker(cast, large):
    run(large)
    large.refresh_from_db()
    content = large.result_path.read_bytes()
    rows, _ = table_in(content)
    assert [row[0] for row in rows] == ["名称", "景山街道总工会", "东华门街道总工会"]
    assert large.result_name.startswith("机构名单-")
    event = Event.objects.get(action=Event.Action.EXPORT)
    assert event.details["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_worker_looks_the_right_up_again(cast, large):
    with as_owner():
        Staff.objects.filter(pk=cast.ann.pk).update(
            starts_on=timezone.localdate().replace(year=2020),
            ends_on=timezone.localdate().replace(year=2021),
        )
    with pytest.raises(ValidationError, match="岗位已经结束"):
        run(large)
    assert not Event.objects.filter(action=Event.Action.EXPORT).exists()


def test_a_small_list_is_answered_at_once(cast, signed_in):
    assert signed_in(cast.ann).post("/sample/export/", ALL).status_code == 200
    noted = Job.objects.get()
    assert (noted.status, noted.title, noted.total_count) == ("done", "导出机构名单", 3)
    assert noted.message.startswith("当时就下载了")
    assert not noted.can_restart
    assert not DBTaskResult.objects.exists()


def test_the_workbook_is_whole(cast, signed_in):
    content = signed_in(cast.ann).post("/sample/export/", ALL).content
    assert BytesIO(content).read(2) == b"PK"
    assert len(table_in(content)[0]) == 4
