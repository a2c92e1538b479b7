"""操作日志 and the history of one object: names instead of numbers, request by request."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from relief.jobs.models import Job
from relief.jobs.registry import job_kind
from relief.jobs.running import Running
from relief.jobs.services import enqueue
from relief.jobs.tasks import run_job
from relief.lib.history import acting, tracked_models
from tests.cast import Cast
from unions.log_names import names_of, with_names
from unions.log_words import actor_of, subject_of
from unions.models import Staff, Union
from unions.object_history import event_model
from unions.permissions import Command
from unions.services.accounts import change_password
from unions.services.staff import end_staff
from unions.services.trail import record
from unions.services.tree import change_union, merge_union, move_union
from unions.views.log_table import LOG

pytestmark = pytest.mark.django_db
RENAMING = "test-rename"


@job_kind(RENAMING)
def rename(running: Running) -> None:
    """As an import does it: by the posting that started it, all in one transaction."""
    staff = Staff.objects.get(pk=running.staff_id or 0)
    union = Union.objects.get(pk=running.arguments["union"])
    with running.commit():
        change_union(
            by=staff,
            union=union,
            name="改名街道总工会",
            kind=union.kind,
            region_code=union.region_code,
            effective_on=None,
            version=union.version,
        )


def log(client: Any, query: str = "") -> Any:
    return client.get(f"{reverse('log-list')}?{query}")


def objects(client: Any, query: str = "") -> list[str]:
    rows = log(client, query).context["list"].page.rows
    texts = [{cell.column.key: cell.text for cell in row.cells} for row in rows]
    return [row["object"] for row in texts]


@pytest.fixture
def told(cast: Cast) -> Cast:
    """One event about each kind of object that has a name, by Ann."""
    ann, ben = cast.people["ann"], cast.people["ben"]
    for about in (cast.unions["east-1"], ben, ben.user, cast.unions["west-1"]):
        record(ann, Event.Action.CHANGE, about)
    return cast


def test_objects_are_called_by_their_names(client: Any, told: Cast):
    told.sign_in(client, "ada")
    name = told.accounts["ben"].full_name
    assert objects(client, "action=change")[1:] == [
        f"账号 {name}",
        f"岗位 {name}",
        f"机构 {told.unions['east-1'].name}",
    ]


def test_what_one_may_not_see_keeps_its_number(client: Any, told: Cast):
    told.sign_in(client, "ada")
    assert objects(client, "action=change")[0] == f"机构 编号 {told.unions['west-1'].pk}"


def test_a_name_finds_what_happened_to_it(client: Any, told: Cast):
    told.sign_in(client, "ada")
    assert objects(client, f"about={told.unions['east-1'].name}&action=change") == [
        f"机构 {told.unions['east-1'].name}"
    ]
    assert len(objects(client, f"about={told.accounts['ben'].full_name}&action=change")) == 2
    assert objects(client, f"about={told.unions['west-1'].name}") == []


def test_a_number_that_is_none_takes_nothing_away(client: Any, told: Cast):
    ann = told.people["ann"]
    event = Event(chain="110101", action="change", object_type="unions.Union", object_id="None")
    event.actor_id, event.staff_id, event.role = ann.user_id, ann.pk, ann.role
    event.union_path = told.unions["east"].path
    event.save()
    told.sign_in(client, "ada")
    assert "机构 编号 None" in objects(client)


def test_names_cost_one_query_whatever_is_on_the_page(told: Cast):
    rows = LOG.rows(told.people["ada"])
    with CaptureQueriesContext(connection) as captured:
        found = [event.object_name for event in rows.order_by("-id")[:50]]
    assert len(captured) == 1
    assert told.unions["east-1"].name in found


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=2026-13-40", "“从”这个条件没有用上：请填写日期，例如 2026-01-06 或 1月6日"),
        ("until=昨天", "“到”这个条件没有用上：请填写日期，例如 2026-01-06 或 1月6日"),
    ],
)
def test_a_day_that_is_none_is_said(client: Any, told: Cast, query: str, sentence: str):
    told.sign_in(client, "ada")
    assert sentence in log(client, query).text


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("since=2000年1月1日", True),
        ("until=2000/1/1", False),
        ("since=0001-01-01&until=9999-12-31", True),
    ],
)
def test_days_bound_the_log(client: Any, told: Cast, query: str, is_found: bool):
    told.sign_in(client, "ada")
    assert bool(objects(client, query)) is is_found


def test_everything_whose_history_is_kept_can_be_looked_for(client: Any, cast: Cast):
    record(cast.people["ann"], Event.Action.CHANGE, cast.unions["east"])
    cast.sign_in(client, "ada")
    page = log(client, "kind=unions.Union")
    offered = dict(page.context["list"].form.fields["kind"].choices)
    assert {model._meta.label for model in tracked_models()} <= set(offered)
    assert offered["jobs.Job"] == "后台任务"
    assert objects(client, "kind=unions.Union")


# What happened to one object.


def timeline(client: Any, target: Any, query: str = "") -> Any:
    address = reverse("log-object", args=[target._meta.label, target.pk])
    return client.get(f"{address}?{query}")


def test_one_request_is_one_entry_from_the_first_value_to_the_last(client: Any, cast: Cast):
    union, ann = cast.unions["east-1"], cast.people["ann"]
    with acting(user_id=ann.user_id, staff_id=ann.pk, request_id="ABCD-EFGH"):
        Union.objects.filter(pk=union.pk).update(region_code="110101")
        Union.objects.filter(pk=union.pk).update(region_code="110102", opened_on=date(2001, 5, 1))
    cast.sign_in(client, "ada")
    entry = timeline(client, union).context["events"][0]
    assert (entry.who, entry.what) == (ann.user.full_name, "修改")
    assert entry.changes == [
        ("行政区划代码", union.region_code, "110102"),
        ("成立日期", "", "2001年5月1日"),
    ]


def test_acts_and_writes_of_a_request_stand_together(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    values = {"ends_on": "2099-01-31", "reason": "调离"}
    client.post(reverse("staff-end", args=[cast.people["ben"].pk]), values)
    cast.sign_in(client, "ada")
    entry = timeline(client, cast.people["ben"]).context["events"][0]
    assert (entry.what, entry.note) == ("结束岗位", "理由：调离")
    assert entry.changes == [("结束日期", "", "2099年1月31日")]


def test_what_a_job_did_is_one_entry_with_its_posting(client: Any, cast: Cast):
    ann, union = cast.people["ann"], cast.unions["east-1"]
    job = enqueue(
        RENAMING,
        "更名",
        by_user_id=ann.user_id,
        by_staff_id=ann.pk,
        union_code=ann.union.code,
        arguments={"union": union.pk},
    )
    run_job.call(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.message) == (Job.Status.DONE, "")
    event = Event.objects.latest("id")
    assert event.request_id.startswith("job-")
    written = event_model(Union).objects.latest("pgh_id")
    assert written.pgh_context["staff"] == event.staff_id == ann.pk
    cast.sign_in(client, "ada")
    entry = timeline(client, union).context["events"][0]
    assert (entry.who, entry.what) == (ann.user.full_name, "修改")
    assert entry.changes == [("名称", union.name, "改名街道总工会")]


def test_a_move_shows_names_and_no_path(client: Any, cast: Cast):
    moved, below = cast.unions["east-1"], cast.unions["east-2"]
    cast.sign_in(client, "ann")
    values = {"parent": below.pk, "reason": "合署办公", "step": "confirm"}
    client.post(reverse("union-move", args=[moved.code]), values)
    cast.sign_in(client, "ada")
    page = timeline(client, moved)
    entry = page.context["events"][0]
    assert entry.what == "调整上级"
    assert entry.changes == [("上级工会", cast.unions["east"].name, below.name)]
    assert moved.path not in page.text


def test_a_long_history_has_pages(client: Any, cast: Cast):
    union = cast.unions["east-1"]
    for number in range(25):
        with acting(user_id=None, staff_id=None, request_id=f"r-{number}"):
            Union.objects.filter(pk=union.pk).update(region_code=f"1101{number:02d}")
    cast.sign_in(client, "ada")
    with CaptureQueriesContext(connection) as first:
        page = timeline(client, union)
    assert page.context["page"].paginator.num_pages == 2
    with CaptureQueriesContext(connection) as second:
        last = timeline(client, union, "page=2")
    assert last.context["events"]
    assert len(first) == len(second)


def test_names_behind_keys_stop_at_the_border(cast: Cast):
    ben, cai = cast.people["ben"], cast.people["cai"]
    assert names_of(cast.people["ada"], Staff, [ben.pk, cai.pk]) == {ben.pk: ben.user.full_name}


def test_outside_the_subtree_there_is_no_history(client: Any, cast: Cast):
    end_staff(by=cast.people["ann"], staff=cast.people["ben"], ends_on=date(2099, 1, 1), reason="x")
    cast.sign_in(client, "ada")
    assert timeline(client, cast.unions["west-1"]).status_code == 404
    assert timeline(client, cast.people["cai"]).status_code == 404


def rows_of(client: Any, query: str = "") -> list[dict[str, str]]:
    found = log(client, query).context["list"].page.rows
    return [{cell.column.key: cell.text for cell in row.cells} for row in found]


def test_an_export_names_its_list_its_rows_and_its_conditions(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    query = "q=米经办&role=maker&state=live"
    assert client.post(f"{reverse('staff-export')}?{query}", {"scope": "all"}).status_code == 200
    told = rows_of(client, "action=export")[0]["object"]
    assert told == "人员名单，1 个岗位；条件：姓名、用户名、拼音，角色 经办，状态 在岗"


def test_a_list_that_is_no_more_keeps_its_line(client: Any, cast: Cast):
    record(cast.people["ann"], Event.Action.EXPORT, table="gone", filter={"x": "1"}, rows=1200)
    record(cast.people["ann"], Event.Action.EXPORT, table="staff", filter={"gone": "1"}, rows=1)
    cast.sign_in(client, "ann")
    told = [row["object"] for row in rows_of(client, "action=export")]
    assert told == ["人员名单，1 个岗位；条件：gone", "gone，1,200 条"]


def test_a_failed_log_in_names_the_account_or_says_that_there_is_none(client: Any, cast: Cast):
    for name in ("ben", "nobody.at.all"):
        client.post(reverse("login"), {"username": name, "password": "wrong wrong wrong"})
    cast.sign_in(client, "ann")
    assert [row["object"] for row in rows_of(client, "action=log_in_failed")] == ["账号 卞恩"]
    events = Event.objects.filter(action=Event.Action.LOG_IN_FAILED).order_by("pk")
    whole = with_names(events, cast.people["ann"])
    assert [subject_of(event) for event in whole] == ["账号 卞恩", "没有这个用户名的账号"]


def test_a_districts_own_people_are_in_its_log_also_without_a_session(client: Any, cast: Cast):
    ben = cast.accounts["ben"]
    change_password(by=ben, password="quite another pass-phrase, 9 words")
    cast.sign_in(client, "ann")
    told = rows_of(client, "action=password_change")
    assert [(row["actor"], row["role"], row["object"]) for row in told] == [
        ("卞恩", "经办", "账号 卞恩")
    ]


def test_of_two_postings_the_one_that_is_worked_in_is_named(cast: Cast):
    mia = cast.people["mia"]
    other = Staff.objects.create(user=mia.user, union=cast.unions["east-1"], role="reporter")
    with acting(user_id=mia.user_id, staff_id=other.pk, request_id="r"):
        record(mia.user, Event.Action.PASSWORD_CHANGE, mia.user)
    assert Event.objects.get(action="password_change").staff_id == other.pk


def test_what_a_command_did_was_done_by_the_system(client: Any, cast: Cast):
    record(Command("seed"), Event.Action.CREATE, cast.unions["east-1"])
    record(cast.accounts["eve"], Event.Action.LOG_IN, cast.accounts["eve"])
    events = with_names(Event.objects.order_by("-pk")[:2], cast.people["ann"])
    assert [actor_of(event) for event in events] == [cast.accounts["eve"].full_name, "系统"]


def test_what_only_moved_along_has_no_empty_change(client: Any, cast: Cast):
    with acting(user_id=cast.accounts["ann"].pk, staff_id=None, request_id="moving"):
        move_union(
            by=cast.people["ann"],
            union=cast.unions["east-1"],
            parent=cast.unions["east-2"],
            effective_on=None,
            reason="批复",
        )
    cast.sign_in(client, "ann")
    page = client.get(reverse("log-object", args=["unions.Union", cast.unions["cell"].pk]))
    assert [event.what for event in page.context["events"]] == ["新建"]
    page = client.get(reverse("log-object", args=["unions.Union", cast.unions["east-1"].pk]))
    assert [event.what for event in page.context["events"]] == ["调整上级", "新建"]


def test_a_merger_is_told_on_both_sides(client: Any, cast: Cast):
    merge_union(
        by=cast.people["ann"],
        union=cast.unions["east-1"],
        into=cast.unions["east-2"],
        effective_on=None,
        reason="街道合并",
    )
    cast.sign_in(client, "ann")
    into = cast.unions["east-2"]
    page = client.get(reverse("log-object", args=["unions.Union", into.pk]))
    assert page.context["events"][0].what == "合并"
    text = client.get(reverse("union-detail", args=[into.code])).content.decode()
    assert "“东一街道总工会”并入这里" in text


@pytest.mark.parametrize("typed", ["安", "an", "AN", "anning", "nn"])
def test_who_did_it_is_found_by_name_user_name_and_pinyin(client: Any, told: Cast, typed: str):
    told.accounts["ann"].pinyin = "anning"
    told.accounts["ann"].save(update_fields=["pinyin"])
    told.sign_in(client, "ada")
    assert len(objects(client, f"person={typed}&action=change")) == 4


def test_a_period_that_ends_before_it_begins_is_said(client: Any, told: Cast):
    told.sign_in(client, "ada")
    page = log(client, "since=2026-11-25&until=2026-11-01").content.decode()
    assert "“到”这个条件没有用上：比“从”还早，请改正。" in page
