"""The union list from a file: what the preview says is what is written, as the app's own role."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import Event
from tests.cast import Cast
from unions.models import Union, UnionUpload

HEAD = "编码,名称,类型,上级编码,行政区划代码,成立日期\n"


def upload(client: Any, *lines: str) -> UnionUpload:
    content = (HEAD + "\n".join(lines)).encode("gb18030")
    file = SimpleUploadedFile("机构.csv", content)
    answer = client.post(reverse("union-import"), {"file": file})
    assert answer.status_code == 302, answer.context["form"].errors
    return UnionUpload.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[1])


def states(kept: UnionUpload) -> list[str]:
    return [outcome["state"] for _, _, outcome in kept.preview]


def problems(kept: UnionUpload) -> str:
    return " ".join(text for _, _, outcome in kept.preview for text in outcome["problems"])


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


def test_our_own_export_can_be_read_back(client: Any, cast: Cast):
    cast.sign_in(client, "ann")
    workbook = client.post(reverse("union-export")).content
    file = SimpleUploadedFile("机构名单.xlsx", workbook)
    answer = client.post(reverse("union-import"), {"file": file})
    kept = UnionUpload.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[1])
    visible = Union.objects.visible_to(cast.people["ann"]).count()
    # The own union's parent lies outside the scope: that one row cannot be judged from here.
    assert states(kept).count("same") == visible - 1
