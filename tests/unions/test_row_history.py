"""Every way of writing leaves exactly one history row per row, with who did it on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, models, transaction
from django.urls import reverse

from relief import roles
from relief.lib.history import acting
from tests.audit.attacker import as_owner, as_superuser, rows, run
from tests.cast import Cast
from unions.models import Staff, Union, User
from unions.object_history import event_model
from unions.permissions import Role

pytestmark = pytest.mark.django_db
WHO = {"user": 41, "staff": 42, "request": "r-43"}


@dataclass(frozen=True)
class Tracked:
    """One tracked model: rows to make, a field to change by the ORM, and the same in SQL."""

    model: type[models.Model]
    new: Callable[[Cast, int], models.Model]
    field: str
    values: tuple[Any, Any]
    insert: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def new_user(cast: Cast, number: int) -> User:
    return User(username=f"new.{number}", full_name="新人")


def new_union(cast: Cast, number: int) -> Union:
    code, city = f"NEW{number}", cast.unions["city"]
    return Union(
        code=code, name=f"新机构{number}", kind="system", parent=city, path=f"{city.path}{code}/"
    )


def new_staff(cast: Cast, number: int) -> Staff:
    roles_left = (Role.REPORTER, Role.LEADER, Role.MAKER)
    return Staff(
        user=cast.accounts["eve"], union=cast.unions["east-1"], role=roles_left[number % 3]
    )


TRACKED = {
    "user": Tracked(
        User,
        new_user,
        "full_name",
        ("改一", "改二"),
        "INSERT INTO unions_user (username, full_name, phone, password, pinyin, initials,"
        " is_active, auth_version, activation_hash, created_at, secrets_version)"
        " SELECT 'raw.' || n, '直写', '', '', '', '', true, 1, '', now(), 0"
        " FROM generate_series(1, 3) n",
    ),
    "union": Tracked(
        Union,
        new_union,
        "region_code",
        ("110101", "110102"),
        "INSERT INTO unions_union (code, name, kind, parent_id, path, region_code, pinyin,"
        " initials, version) SELECT 'RAW' || n, '直写' || n, 'system', u.id,"
        " u.path || 'RAW' || n || '/', '', '', '', 1"
        " FROM unions_union u, generate_series(1, 3) n WHERE u.code = '110000'",
    ),
    "staff": Tracked(
        Staff,
        new_staff,
        "ends_on",
        (date(2098, 1, 1), date(2099, 1, 1)),
        "INSERT INTO unions_staff (user_id, union_id, role, title, starts_on)"
        " SELECT u.id, t.id, r, '', current_date"
        " FROM unions_user u, unions_union t, unnest(ARRAY['reporter', 'leader', 'maker']) r"
        " WHERE u.username = 'eve' AND t.code = '110101001'",
    ),
}


@pytest.fixture(params=TRACKED)
def tracked(request: pytest.FixtureRequest) -> Tracked:
    return TRACKED[request.param]


@pytest.fixture
def written(tracked: Tracked, cast: Cast) -> Callable[[], list[tuple[str, int]]]:
    """(label, key) of the history rows since the test began; each must name the actor."""
    history = event_model(tracked.model).objects
    before = set(history.values_list("pgh_id", flat=True))

    def since() -> list[tuple[str, int]]:
        found = history.exclude(pgh_id__in=before).order_by("pgh_id")
        assert all(row.pgh_context == WHO for row in found)
        return [(row.pgh_label, row.pgh_obj_id) for row in found]

    return since


@pytest.fixture(autouse=True)
def actor(cast: Cast) -> Iterator[None]:
    with acting(user_id=41, staff_id=42, request_id="r-43"):
        yield


Written = Callable[[], list[tuple[str, int]]]


def test_save_leaves_one_row_each_time(tracked: Tracked, cast: Cast, written: Written):
    thing = tracked.new(cast, 0)
    thing.save()
    for value in tracked.values:
        setattr(thing, tracked.field, value)
        thing.save(update_fields=[tracked.field])
    assert written() == [("insert", thing.pk), ("update", thing.pk), ("update", thing.pk)]


def test_bulk_create_leaves_one_row_per_row(tracked: Tracked, cast: Cast, written: Written):
    new = [tracked.new(cast, number) for number in range(3)]
    tracked.model._default_manager.bulk_create(new)
    assert written() == [("insert", thing.pk) for thing in new]


def test_update_of_a_queryset_leaves_one_row_per_row(tracked: Tracked, written: Written):
    touched = sorted(tracked.model._default_manager.values_list("pk", flat=True))
    tracked.model._default_manager.update(**{tracked.field: tracked.values[0]})
    assert sorted(written()) == [("update", key) for key in touched]


def test_bulk_update_leaves_one_row_per_row(tracked: Tracked, written: Written):
    things = list(tracked.model._default_manager.order_by("pk")[:4])
    for thing in things:
        setattr(thing, tracked.field, tracked.values[1])
    tracked.model._default_manager.bulk_update(things, [tracked.field])
    assert sorted(written()) == [("update", thing.pk) for thing in things]


def test_raw_sql_leaves_one_row_per_row(tracked: Tracked, written: Written):
    last = rows(f"SELECT max(id) FROM {tracked.table}")[0][0]
    assert run(tracked.insert) == 3
    new = [key for (key,) in rows(f"SELECT id FROM {tracked.table} WHERE id > %s", [last])]
    assert sorted(written()) == [("insert", key) for key in sorted(new)]
    changed = run(
        f"UPDATE {tracked.table} SET {tracked.field} = %s WHERE id = ANY(%s)",
        [tracked.values[0], new],
    )
    assert changed == 3
    assert [label for label, _ in written()] == ["insert"] * 3 + ["update"] * 3


def test_a_write_that_changes_nothing_leaves_nothing(tracked: Tracked, written: Written):
    thing = tracked.model._default_manager.order_by("pk").first()
    assert thing is not None
    with as_owner():  # every column, also those that no service writes
        thing.save()
    assert written() == []


def test_a_deletion_that_only_a_superuser_can_force_leaves_its_row(
    tracked: Tracked, cast: Cast, written: Written
):
    thing = tracked.new(cast, 0)
    thing.save()
    (trigger,) = rows(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
        [tracked.table, "%never\\_deleted%"],
    )[0]
    with as_superuser():
        with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
            run(f"DELETE FROM {tracked.table} WHERE id = %s", [thing.pk])
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run(f"ALTER TABLE {tracked.table} DISABLE TRIGGER {trigger}")
        run(f"DELETE FROM {tracked.table} WHERE id = %s", [thing.pk])
    assert written() == [("insert", thing.pk), ("delete", thing.pk)]


def test_what_was_rolled_back_leaves_nothing(tracked: Tracked, cast: Cast, written: Written):
    with transaction.atomic():
        tracked.new(cast, 0).save()
        transaction.set_rollback(True)
    assert written() == []


def test_secrets_are_not_kept_in_history(cast: Cast):
    columns = {
        column
        for (column,) in rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'unions_userevent'"
        )
    }
    assert "full_name" in columns
    assert not columns & {"password", "activation_hash", "last_login"}


@pytest.mark.parametrize("secret", ["password", "activation_hash"])
def test_a_secret_put_in_by_hand_leaves_a_row_without_it(cast: Cast, secret: str):
    run(f"UPDATE unions_user SET {secret} = 'by hand' WHERE username = 'ben'")
    before, after = event_model(User).objects.filter(username="ben").order_by("-pgh_id")[:2][::-1]
    assert (after.pgh_label, after.secrets_version) == ("update", before.secrets_version + 1)


def test_a_request_leaves_user_posting_and_request_on_the_row(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    form = {"closed_on": date(2026, 6, 1).isoformat(), "reason": "批复", "step": "confirm"}
    assert client.post(reverse("union-close", args=["110101002"]), form).status_code == 302
    row = event_model(Union).objects.filter(pgh_label="update").latest("pgh_id")
    ann = cast.people["ann"]
    assert row.pgh_context["user"] == ann.user_id
    assert row.pgh_context["staff"] == ann.pk
    assert row.pgh_context["request"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {history} SELECT * FROM {history} LIMIT 1",
        "UPDATE {history} SET pgh_context = '{{\"user\": 1}}'",
        "UPDATE {history} SET pgh_label = 'insert'",
        "DELETE FROM {history}",
        "TRUNCATE {history}",
    ],
)
def test_history_cannot_be_written_by_the_app_nor_rewritten_by_the_owner(
    tracked: Tracked, statement: str
):
    forged = statement.format(history=event_model(tracked.model)._meta.db_table)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(forged)
    if forged.startswith("INSERT"):
        return
    run("SET LOCAL pgtrigger.ignore = '*'")
    with pytest.raises(DatabaseError, match="append-only"), as_owner():
        run(forged)


@pytest.mark.django_db(transaction=True)
def test_the_escape_of_pgtrigger_hides_no_write(app_login: roles.Connection, cast: Cast):
    history = event_model(User).objects
    before = history.count()
    app_login.execute("SELECT set_config('pgtrigger.ignore', '*', false)")
    app_login.execute("UPDATE unions_user SET full_name = '改名' WHERE username = 'ben'")
    assert history.count() == before + 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_login.execute("ALTER TABLE unions_user DISABLE TRIGGER USER")
