"""The union list from a file: what the preview says is what is written, as the app's own role."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from relief.lib.workbooks import seats
from tests.audit.attacker import rows
from tests.cast import CAST, Cast
from unions.models import Union, UnionChange, UnionUpload
from unions.services.tree import create_union
from unions.services.upload import stage_upload

HEAD = "编码,名称,类型,上级编码,行政区划代码,成立日期\n"


def upload(client: Any, *lines: str) -> UnionUpload:
    content = (HEAD + "\n".join(lines)).encode("gb18030")
    file = SimpleUploadedFile("机构.csv", content)
    answer = client.post(reverse("union-import"), {"file": file})
    assert answer.status_code == 302, answer.context["form"].errors
    return UnionUpload.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[1])


def states(kept: UnionUpload) -> list[str]:
    return [outcome["state"] for outcome in kept.outcomes]


def problems(kept: UnionUpload) -> str:
    return " ".join(text for outcome in kept.outcomes for text in outcome["problems"])


def apply(client: Any, kept: UnionUpload) -> Any:
    return client.post(reverse("union-import-apply", args=[kept.pk]), follow=True)


@pytest.mark.django_db(transaction=True)
def test_what_was_previewed_is_written_once(client: Any, cast: Cast):
    """Really committed: the import once reported success while the database had refused."""
    cast.sign_in(client, "ann")
    east, first = cast.unions["east"], cast.unions["east-1"]
    kept = upload(
        client,
        f"110101X08,东城区卫健委工会,局（系统）工会,{east.code},,2020年1月31日",
        f"{first.code},改了名字的街道总工会,街道总工会,{east.code},,",
    )
    assert states(kept) == ["new", "changed"]
    assert not Union.objects.filter(code="110101X08").exists()

    assert "新建 1 个，修改 1 个" in apply(client, kept).content.decode()

    made = Union.objects.get(code="110101X08")
    assert (made.parent, made.kind, str(made.opened_on)) == (east, "system", "2020-01-31")
    first.refresh_from_db()
    assert first.name == "改了名字的街道总工会"
    assert Event.objects.about("unions.Union", made.pk).filter(action="create").count() == 1
    imported = Event.objects.get(action=Event.Action.IMPORT)
    assert imported.details == {"new": 1, "changed": 1, "same": 0, "bad": 0}

    assert "已经写入过了" in apply(client, kept).content.decode()
    assert Event.objects.filter(action=Event.Action.IMPORT).count() == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("110101X08,某工会,什么工会,{east},,", "类型“什么工会”不认识"),
        ("110101X08,某工会,局（系统）工会,{west},,", "在您的范围里找不到"),
        ("11-01,某工会,局（系统）工会,{east},,", "编码只用数字和大写字母"),
        ("110101X08,某工会,局（系统）工会,{east},,2020-13-45", "“2020-13-45”不是日期"),
        ("{west},抢来的,区总工会,{east},,", "这个编码已经有机构在用"),
        ("{first},换上级,街道总工会,{first},,", "要换上级，请在机构页"),
    ],
    ids=["kind", "parent elsewhere", "code", "day", "code of another district", "other parent"],
)
def test_a_bad_row_is_said_in_chinese_and_nothing_is_written(
    client: Any, cast: Cast, line: str, said: str
):
    cast.sign_in(client, "ann")
    codes = {name: cast.unions[name].code for name in ("east", "west")}
    codes["first"] = cast.unions["east-1"].code
    kept = upload(
        client, f"110101X07,好的工会,局（系统）工会,{codes['east']},,", line.format(**codes)
    )
    assert states(kept) == ["new", "bad"]
    assert said in problems(kept)
    assert "路径" not in problems(kept)
    assert "还有要改的行" in apply(client, kept).content.decode()
    assert not Union.objects.filter(code="110101X07").exists()
    kept.refresh_from_db()
    assert kept.applied_at is None


def test_the_same_code_twice_is_named_with_its_row(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    east = cast.unions["east"].code
    kept = upload(
        client,
        f"110101X08,甲工会,局（系统）工会,{east},,",
        "",
        f"110101X08,乙工会,局（系统）工会,{east},,",
    )
    assert states(kept)[1] == "bad"
    assert "与第 2 行重复" in problems(kept)


def test_twelve_rows_cost_no_more_queries_than_two(cast: Cast):
    def cost(count: int) -> int:
        rows = [(1, HEAD.strip().split(","))]
        rows += [
            (n, [f"110101X{n:02}", f"工会{n}", "基层工会", "110101", "", ""])
            for n in range(2, 2 + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            stage_upload(by=cast.people["ann"], file_name="a", sha256="0" * 64, rows=rows)
        return len(queries)

    assert cost(12) == cost(2)


def test_the_preview_shows_old_and_new_and_what_adds_up(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    first, second = cast.unions["east-1"], cast.unions["east-2"]
    kept = upload(
        client,
        f"{first.code},新名称街道总工会,街道总工会,110101,110101001,2020年1月31日",
        f"{second.code},{second.name},街道总工会,110101,,",
        "１１０１０１x08,某工会,局（系统）工会,110101,,",
        ",,什么工会,,1,2099-01-01",
    )
    page = client.get(reverse("union-import-preview", args=[kept.pk]))
    assert kept.counts == {"new": 1, "changed": 1, "same": 1, "bad": 1}
    assert [row.number for row in page.context["page"]] == [5, 2, 3, 4]
    assert kept.outcomes[0]["changes"] == {
        "名称": [first.name, "新名称街道总工会"],
        "行政区划代码": ["", "110101001"],
        "成立日期": ["", "2020-01-31"],
    }
    assert 'class="diff-old"' in page.content.decode()
    only = client.get(reverse("union-import-preview", args=[kept.pk]), {"state": "same"})
    assert [row.number for row in only.context["page"]] == [3]


def test_every_mistake_of_a_row_is_told_at_once(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    kept = upload(client, "11-01,,什么工会,,1,2099-01-01")
    for said in ("编码只用", "请填写名称", "什么工会", "请填写上级编码", "6、9 或 12", "晚于今天"):
        assert said in problems(kept)


def test_children_may_come_with_their_parents_and_names_be_passed_on(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    first, second = cast.unions["east-1"], cast.unions["east-2"]
    kept = upload(
        client,
        f"{first.code},腾出名称街道总工会,街道总工会,110101,,",
        f"{second.code},{first.name},街道总工会,110101,,",
        f"110101X08,{second.name},局（系统）工会,110101,,",
        "110101X08G1,底层工会,基层工会,110101X08,,",
    )
    assert states(kept) == ["changed", "changed", "new", "new"]
    assert "新建 2 个，修改 2 个" in apply(client, kept).content.decode()
    assert Union.objects.get(code="110101X08G1").path == "110000/110101/110101X08/110101X08G1/"
    renamed = UnionChange.objects.get(union=second, kind="rename")
    assert (renamed.name_before, renamed.name_after) == (second.name, first.name)
    call_command("check_tree")


def test_what_changed_since_the_preview_is_judged_again(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    kept = upload(client, "110101X08,某工会,局（系统）工会,110101,,")
    create_union(
        by=CAST, parent=cast.unions["west"], code="110101X08", name="别人的", kind="system"
    )
    page = apply(client, kept).content.decode()
    assert "还有要改的行" in page
    assert "这个编码已经有机构在用" in page
    kept.refresh_from_db()
    assert (kept.counts["bad"], kept.applied_at) == (1, None)


@pytest.mark.parametrize(
    ("head", "said"),
    [("编码,名称\n", "类型、上级编码"), (HEAD.replace("成立日期", "名称"), "不止一次：名称")],
    ids=["missing", "twice"],
)
def test_headings_are_there_once(client: Any, cast: Cast, head: str, said: str):
    cast.sign_in(client, "ann")
    file = SimpleUploadedFile("机构.csv", f"{head}1,2,3,4,5,6\n".encode())
    page = client.post(reverse("union-import"), {"file": file})
    assert said in page.content.decode()
    assert said in str(page.context["form"].errors["file"])


@pytest.mark.parametrize(
    ("content", "said"),
    [(HEAD.encode(), "只有标题"), (b"\x89PNG\r\n\x1a\n\x00\x00", "这不是 Excel 表格")],
    ids=["only headings", "no table"],
)
def test_what_is_wrong_with_a_file_stands_beside_it(
    client: Any, cast: Cast, content: bytes, said: str
):
    cast.sign_in(client, "ann")
    file = SimpleUploadedFile("机构.csv", content)
    page = client.post(reverse("union-import"), {"file": file})
    assert said in str(page.context["form"].errors["file"])
    assert page.context["form"].non_field_errors() == []


def test_our_own_export_can_be_read_back(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    workbook = client.post(reverse("union-export"), {"scope": "all"}).content
    file = SimpleUploadedFile("机构名单.xlsx", workbook)
    answer = client.post(reverse("union-import"), {"file": file})
    kept = UnionUpload.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[1])
    assert states(kept) == ["same"] * Union.objects.visible_to(cast.people["ann"]).count()


def test_a_preview_leaves_the_tree_to_others(client: Any, cast: Cast):
    """The locks of a test last as long as its transaction; only writing takes that of the tree."""
    cast.sign_in(client, "ann")
    held = "SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ShareRowExclusiveLock'"
    kept = upload(client, f"110101X08,新工会,局（系统）工会,{cast.unions['east'].code},,")
    assert rows(held) == []
    apply(client, kept)
    assert len(rows(held)) == 1


def test_one_file_is_read_at_a_time(client: Any, cast: Cast, monkeypatch: Any):
    monkeypatch.setattr(seats, "WAIT_SECONDS", 0.01)
    cast.sign_in(client, "ann")
    file = SimpleUploadedFile("机构.csv", HEAD.encode("gb18030"))
    with seats.reading_seat():
        answer = client.post(reverse("union-import"), {"file": file})
    assert "请过一分钟再试" in answer.content.decode()
    line = f"110101X08,某工会,局（系统）工会,{cast.unions['east'].code},,"
    assert states(upload(client, line)) == ["new"]


def test_a_blank_cell_changes_nothing(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    first = cast.unions["east-1"]
    Union.objects.filter(pk=first.pk).update(region_code="110101001000", opened_on="2020-01-31")
    kept = upload(
        client,
        f"{first.code},,,,,",
        f"{cast.unions['east-2'].code},东二新名街道总工会,, ,　,",
    )
    assert states(kept) == ["same", "changed"], problems(kept)
    apply(client, kept)
    first.refresh_from_db()
    assert (first.name, first.region_code, str(first.opened_on)) == (
        "东一街道总工会",
        "110101001000",
        "2020-01-31",
    )
    assert Union.objects.get(pk=cast.unions["east-2"].pk).name == "东二新名街道总工会"


def test_a_new_union_still_needs_what_a_union_needs(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    kept = upload(client, "110101X08,,,,,")
    assert {"请填写名称。", "请填写上级编码。"} <= {
        text.split("：")[-1] for outcome in kept.outcomes for text in outcome["problems"]
    }


def test_a_written_list_is_among_the_imports_and_exports(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    east = cast.unions["east"].code
    kept = upload(client, f"110101X08,东城区卫健委工会,局（系统）工会,{east},,")
    assert "导入机构" not in client.get(reverse("job-list")).content.decode()
    apply(client, kept)
    client.post(reverse("union-export"), {"scope": "all"})
    page = client.get(reverse("job-list")).content.decode()
    assert "导入机构：机构.csv" in page
    assert "新建 1 个，修改 0 个。" in page
    assert "导出机构" in page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("110101X08,某省总工会,省总工会,{first},,", "“省总工会”不能设在“街道总工会”之下"),
        ("{first},,基层工会,,,", "states"),
        ("{second},,区总工会,,,", "“区总工会”不能设在“区总工会”之下"),
    ],
    ids=["new", "of the same level as what is below", "changed"],
)
def test_a_kind_has_its_place(client: Any, cast: Cast, line: str, said: str):
    cast.sign_in(client, "ann")
    codes = {"first": cast.unions["east-1"].code, "second": cast.unions["east-2"].code}
    kept = upload(client, line.format(**codes))
    if said == "states":  # a 基层工会 may stand below another one
        assert states(kept) == ["changed"]
        return
    assert states(kept) == ["bad"]
    assert said in problems(kept)
