"""The pages of the tree: what they tell, what they ask twice, how long they get."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests.cast import Cast
from tests.unions.refusals import refused
from unions.branches import CHILDREN
from unions.models import Union, UnionUpload
from unions.services.tree import change_union, close_union, create_union, move_union

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


def many(parent: Union, count: int) -> None:
    """Written directly: a hundred through the service would only take longer."""
    Union.objects.bulk_create(
        Union(
            code=f"110101X{number:03}",
            name=f"第{number}工会",
            kind="grassroots",
            parent=parent,
            path=f"{parent.path}110101X{number:03}/",
        )
        for number in range(count)
    )


def post(client: Any, act: str, code: str, **typed: Any) -> Any:
    return client.post(reverse(f"union-{act}", args=[code]), {"reason": "批复"} | typed)


@pytest.mark.parametrize(
    ("act", "code", "said"),
    [
        ("merge", "110101001", ["下面的 1 个机构归到“东二街道总工会”之下", "1 个岗位不能再登录"]),
        ("close", "110101002", ["“东二街道总工会”自2026年6月1日起撤销", "1 个岗位不能再登录"]),
    ],
)
def test_what_cannot_be_undone_is_asked_twice_with_counts(
    client: Any, cast: Cast, act: str, code: str, said: list[str]
):
    cast.sign_in(client, "ann")
    into = str(cast.unions["east-2"].pk)
    typed = {"into": into} if act == "merge" else {"closed_on": "2026-06-01"}
    page = post(client, act, code, **typed).content.decode()
    for sentence in said:
        assert sentence in page
    assert Union.objects.open().filter(code=code).exists()

    back = post(client, act, code, **typed, step="edit").content.decode()
    assert 'value="批复"' in back
    assert Union.objects.open().filter(code=code).exists()

    assert post(client, act, code, **typed, step="confirm").status_code == 302
    assert not Union.objects.open().filter(code=code).exists()


@pytest.mark.parametrize(
    ("act", "typed", "said"),
    [
        ("close", {"closed_on": "2026-06-01"}, "下面还有没撤销的机构"),
        ("merge", {"into": "cell"}, "不能并入自己或自己的下级"),
    ],
)
def test_what_would_be_refused_is_told_before_it_is_asked(
    client: Any, cast: Cast, act: str, typed: dict[str, str], said: str
):
    cast.sign_in(client, "ann")
    if "into" in typed:
        typed = {"into": str(cast.unions["cell"].pk)}
    page = post(client, act, "110101001", **typed)
    assert said in page.content.decode()
    assert page.templates[0].name == f"unions/union_{act}.html"


def test_a_move_is_asked_twice(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    typed = {"parent": str(cast.unions["east-2"].pk)}
    asked = post(client, "move", "110101001", **typed)
    assert "下面的 1 个机构归到“东二街道总工会”之下" in asked.content.decode()
    assert Union.objects.get(code="110101001").parent == cast.unions["east"]
    assert post(client, "move", "110101001", **typed, step="confirm").status_code == 302
    assert Union.objects.get(code="110101001").parent == cast.unions["east-2"]


@pytest.mark.parametrize("act", ["change", "move", "merge", "close"])
def test_what_is_closed_is_refused_at_the_door(client: Any, cast: Cast, act: str):
    ann, union = cast.people["ann"], cast.unions["cell"]
    close_union(by=ann, union=union, closed_on=DAY, reason="批复")
    cast.sign_in(client, "ann")
    answer = client.get(reverse(f"union-{act}", args=[union.code]), follow=True)
    assert answer.redirect_chain == [(reverse("union-detail", args=[union.code]), 302)]
    assert "已经撤销，不能再改" in answer.content.decode()
    union.refresh_from_db()
    with refused("closed"):
        change_union(
            by=ann,
            union=union,
            name="新名",
            kind=union.kind,
            region_code="",
            effective_on=None,
            version=union.version,
        )
    with refused("closed"):
        move_union(
            by=ann, union=union, parent=cast.unions["east"], effective_on=None, reason="批复"
        )


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("1990-01-01", "日期不能早于成立日期 2026年1月5日"),
        ("2026-02-01", "日期不能早于上一次变动 2026年6月1日"),
        ("2100-01-01", "日期不能晚于今天"),
    ],
)
@pytest.mark.parametrize("act", ["close", "move", "merge"])
def test_a_day_that_cannot_be_is_said_beside_the_field_before_it_is_asked(
    client: Any, cast: Cast, act: str, day: str, said: str
):
    ann, east = cast.people["ann"], cast.unions["east"]
    union = create_union(
        by=ann, parent=east, code="NEW1", name="新工会", kind="park", opened_on=date(2026, 1, 5)
    )
    move_union(by=ann, union=union, parent=cast.unions["east-1"], effective_on=DAY, reason="批复")
    cast.sign_in(client, "ann")
    target = {"move": "parent", "merge": "into", "close": ""}[act]
    field = "closed_on" if act == "close" else "effective_on"
    typed = {field: day} | ({target: str(cast.unions["east-2"].pk)} if target else {})
    page = post(client, act, "NEW1", **typed)
    assert page.templates[0].name == f"unions/union_{act}.html"
    assert said in str(page.context["form"].errors[field])


def test_nobody_closes_a_union_in_the_last_century(client: Any, cast: Cast):
    with refused("long_ago"):
        close_union(
            by=cast.people["ann"],
            union=cast.unions["east-2"],
            closed_on=date(1990, 1, 1),
            reason="批复",
        )


def test_a_code_that_is_taken_is_said_once(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    form = {
        "parent": str(cast.unions["east"].pk),
        "name": cast.unions["east-1"].name,
        "code": cast.unions["east-1"].code,
        "kind": "street",
    }
    page = client.post(reverse("union-create"), form)
    assert set(page.context["form"].errors) == {"code", "__all__"}
    text = page.content.decode()
    assert "请看下面 2 处" in text
    assert "路径" not in text


def test_a_union_without_its_founding_day_was_entered_not_founded(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    page = client.get(reverse("union-detail", args=[cast.unions["cell"].code])).content.decode()
    assert "<b>录入系统</b>" in page
    assert "<b>成立</b>" not in page


@pytest.mark.parametrize("query", [{"role": "nope"}, {"q": "\0"}, {"state": "nope"}])
def test_what_an_address_says_wrongly_is_told_in_our_words(
    client: Any, cast: Cast, query: dict[str, str]
):
    cast.sign_in(client, "ann")
    page = client.get(reverse("staff-list"), query).content.decode()
    assert "请从列表里选" in page or "请删掉再试" in page
    assert "选择一个有效的选项" not in page
    assert "不允许是用" not in page


def test_changes_are_told_with_names_before_and_after(client: Any, cast: Cast):
    ann, cell = cast.people["ann"], cast.unions["cell"]
    change_union(
        by=ann,
        union=cell,
        name="新印刷厂工会",
        kind=cell.kind,
        region_code="",
        effective_on=DAY,
        version=1,
    )
    move_union(
        by=ann,
        union=cast.unions["east-1"],
        parent=cast.unions["east-2"],
        effective_on=DAY,
        reason="批复",
    )
    cast.sign_in(client, "ann")
    page = client.get(reverse("union-detail", args=[cell.code]))
    told = page.context["changes"]
    assert [(line.old, line.new, line.along_with) for line in told if line.new] == [
        ("东片区总工会", "东二街道总工会", "东一街道总工会"),
        ("东一印刷厂工会", "新印刷厂工会", ""),
    ]
    text = page.content.decode()
    assert "2026年6月1日" in text
    assert reverse("log-object", args=["unions.Union", cell.pk]) in text

    cast.sign_in(client, "eli")  # sees from East-2 down, and no log
    text = client.get(reverse("union-detail", args=[cell.code])).content.decode()
    assert "您范围以外的上级" in text
    assert "东片区总工会" not in text
    assert "操作记录" not in text


def test_long_lists_are_cut_and_lead_to_all_of_it(client: Any, cast: Cast):
    east = cast.unions["east"]
    many(east, CHILDREN)
    cast.sign_in(client, "ann")
    whole = f"{reverse('union-list')}?parent={east.code}"
    tree = client.get(reverse("union-list")).content.decode()
    assert "另有 2 个下级" in tree
    assert whole in tree
    detail = client.get(reverse("union-detail", args=[east.code])).content.decode()
    assert "共 102 个，这里是前 50 个" in detail
    assert whole in detail
    assert client.get(whole).context["page"].paginator.count == 102
    assert client.get(whole, {"parent": east.code, "q": "第7工会"}).context["page"].object_list


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("东二街道", "east-2"),
        ("dyjdzgh", "east-1"),
        ("110101001", "east-1"),
        ("东一印刷厂工会", "cell"),
    ],
)
def test_a_text_that_can_mean_one_union_only_chooses_it(
    client: Any, cast: Cast, typed: str, name: str
):
    cast.sign_in(client, "ann")
    form = {"parent": "", "parent-typed": typed, "name": "新工会", "code": "NEW1"}
    form["kind"] = "grassroots"
    assert client.post(reverse("union-create"), form).status_code == 302
    assert Union.objects.get(code="NEW1").parent == cast.unions[name]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("不存在的工会", "没有找到“不存在的工会”"),
        ("西片区总工会", "没有找到“西片区总工会”"),
        ("街道", "“街道”有 2 个机构符合"),
    ],
)
def test_a_text_that_chooses_nothing_is_refused_and_kept(
    client: Any, cast: Cast, typed: str, said: str
):
    cast.sign_in(client, "ann")
    form = {"parent": "", "parent-typed": typed, "name": "新工会", "code": "NEW1", "kind": "park"}
    page = client.post(reverse("union-create"), form).content.decode()
    assert said in page
    assert f'data-relief-typed="{typed}"' in page
    assert not Union.objects.filter(code="NEW1").exists()


def test_a_union_that_was_typed_survives_the_second_look(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    page = post(client, "merge", "110101001", **{"into": "", "into-typed": "东二街道"})
    sent = re.search(r'name="into"[^>]* value="(\d+)"', page.content.decode())
    assert sent
    assert sent[1] == str(cast.unions["east-2"].pk)


def test_children_of_a_union_elsewhere_are_not_listed(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    assert client.get(reverse("union-list"), {"parent": "110102"}).status_code == 404


def test_a_name_of_a_hundred_letters_is_kept_whole_and_found(cast: Cast):
    name = "双" * 100  # six letters of pinyin each
    union = create_union(
        by=cast.people["ann"], parent=cast.unions["east"], code="LONG", name=name, kind="park"
    )
    assert Union.objects.matching("shuangshuang").get() == union


@pytest.mark.parametrize(
    ("truth", "values"),
    [
        ("kind_known", {"kind": "club"}),
        ("name_filled", {"name": " "}),
        ("region_code_shape", {"region_code": "11"}),
        ("closed_after_opened", {"opened_on": DAY, "closed_on": date(2026, 5, 31)}),
    ],
)
def test_the_database_refuses_what_no_union_can_be(cast: Cast, truth: str, values: dict[str, Any]):
    union = Union.objects.filter(pk=cast.unions["east-2"].pk)
    with pytest.raises(IntegrityError, match=f"unions_union_{truth}"), transaction.atomic():
        union.update(**values)


@pytest.mark.parametrize(
    ("truth", "values"),
    [
        ("states_known", {"rows": [[2, []]], "outcomes": [{"state": "fine"}]}),
        ("outcome_per_row", {"rows": [[2, []]]}),
        (
            "applied_without_bad_rows",
            {"rows": [[2, []]], "outcomes": [{"state": "bad"}], "applied_at": "2026-06-01T00:00Z"},
        ),
    ],
)
def test_the_database_refuses_what_no_upload_can_be(cast: Cast, truth: str, values: dict[str, Any]):
    upload = UnionUpload(
        uploaded_by=cast.people["ann"], file_name="机构.csv", sha256="0" * 64, **values
    )
    with pytest.raises(IntegrityError, match=f"unions_unionupload_{truth}"), transaction.atomic():
        upload.save()


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\x07"])
def test_a_name_with_an_unseen_letter_is_refused(cast: Cast, hidden: str):
    with refused("hidden_characters"):
        create_union(
            by=cast.people["ann"],
            parent=cast.unions["east"],
            code="NEW1",
            name=f"东{hidden}一工会",
            kind="park",
        )


def test_the_staff_of_a_union_are_a_condition_of_the_list(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    found = client.get(reverse("staff-list"), {"union": cast.unions["east-1"].pk})
    names = {row.object.user.username for row in found.context["list"].page.rows}
    assert names == {"ben", "dan"}
    beyond = client.get(reverse("staff-list"), {"union": cast.unions["west-1"].pk})
    assert beyond.context["list"].problems
