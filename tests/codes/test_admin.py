"""The system administration: who gets in, and code lists as Excel and CSV with a preview."""

import io
import zipfile
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse

from audit.models import Event
from relief.codes.formats import MOST_BYTES, escape_formula, unescape_formula
from relief.codes.models import Code, CodeList
from tests.audit.attacker import as_owner
from tests.phones import bound
from unions.models import Staff, Union
from unions.permissions import Role

pytestmark = pytest.mark.django_db

HEADINGS = "代码表,代码,名称,标准,上级,次序,别名,出处,停用日期,改用"


def member(username: str, role: Role) -> Any:
    """An account with one posting, at the root of a tree of its own."""
    user = get_user_model().objects.create(username=username, full_name=username)
    union = Union.objects.create(code="990000", path="990000/", name="某市总工会", kind="city")
    Staff.objects.create(user=user, union=union, role=role)
    return user


@pytest.fixture
def administrator() -> Any:
    return member("sys", Role.SYSTEM_ADMIN)


@pytest.fixture
def administration(client: Client, administrator: Any) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def colours() -> None:
    CodeList.objects.create(key="colour", name="颜色")
    Code.objects.create(key="colour:red", list_id="colour", code="red", name="红", aliases=["大红"])


def test_anonymous_visitor_gets_the_one_log_in(client: Client) -> None:
    response = client.get(reverse("admin:index"), follow=True)
    address, status = response.redirect_chain[-1]
    assert (address.split("?")[0], status) == (reverse("login"), 302)


def test_business_role_is_refused(client: Client) -> None:
    client.force_login(member("maker", Role.MAKER))
    assert client.get(reverse("admin:index"), follow=True).status_code == 403
    assert client.get(reverse("admin:codes_code_changelist"), follow=True).status_code == 403


def test_administrator_gets_in_in_chinese(administration: Client) -> None:
    page = administration.get(reverse("admin:index")).content.decode()
    assert "代码表和账号 · 系统管理" in page
    assert "代码表" in page


def test_administrator_with_a_second_factor_must_show_it(
    administration: Client, administrator: Any
) -> None:
    bound(administrator)
    response = administration.get(reverse("admin:index"))
    assert response.status_code == 302
    assert response.headers["Location"].split("?")[0] == reverse("second-factor")


def test_administrator_whose_role_demands_one_must_set_it_up(
    administration: Client, settings: Any
) -> None:
    settings.SECOND_FACTOR_ROLES = [Role.SYSTEM_ADMIN]
    response = administration.get(reverse("admin:codes_code_changelist"))
    assert response.status_code == 302
    assert response.headers["Location"].split("?")[0] == reverse("second-factor-setup")


def test_log_out_and_password_are_those_of_the_site(administration: Client) -> None:
    response = administration.post(reverse("admin:password_change"), {"new_password1": "x" * 20})
    assert (response.status_code, response.headers["Location"]) == (302, reverse("password-change"))
    response = administration.post(reverse("admin:logout"))
    assert (response.status_code, response.headers["Location"]) == (307, reverse("logout"))
    administration.post(reverse("admin:logout"), follow=True)
    assert "_auth_user_id" not in administration.session


def test_nobody_sets_anothers_password() -> None:
    for name in ("admin:auth_user_password_change", "admin:unions_user_password_change"):
        with pytest.raises(NoReverseMatch):
            reverse(name, args=[1])


@pytest.mark.parametrize(
    "address",
    [
        "/admin/codes/code/?generation=%00",
        "/admin/codes/code/?list__key__exact=%00",
        "/admin/codes/code/?q=%00",
        "/admin/codes/code/?%00=1",
        "/admin/codes/code/%00/change/",
        "/admin/codes/codelist/%00/change/",
        "/admin/codes/code/import/?x=%00",
        "/admin/autocomplete/?app_label=codes&model_name=code&field_name=parent&term=%00",
    ],
)
def test_a_parameter_that_the_database_cannot_take_is_a_bad_request(
    administration: Client, colours: None, address: str
) -> None:
    administration.raise_request_exception = False
    assert administration.get(address).status_code == 400


@pytest.mark.parametrize("model", ["code", "codelist"])
def test_nothing_is_deleted(administration: Client, colours: None, model: str) -> None:
    key = "colour:red" if model == "code" else "colour"
    response = administration.post(reverse(f"admin:codes_{model}_delete", args=[key]))
    assert response.status_code == 403
    assert Code.objects.filter(pk="colour:red").exists()


def test_change_by_hand_is_marked_as_local(administration: Client, colours: None) -> None:
    response = administration.post(
        reverse("admin:codes_code_change", args=["colour:red"]),
        {
            "name": "红色",
            "generation": "any",
            "position": "1",
            "aliases": "大红\n 朱红 \n",
            "source": "",
        },
    )
    assert response.status_code == 302
    code = Code.objects.get(pk="colour:red")
    assert (code.name, code.aliases, code.is_local) == ("红色", ["大红", "朱红"], True)


def test_new_code_gets_its_key(administration: Client, colours: None) -> None:
    response = administration.post(
        reverse("admin:codes_code_add"),
        {"list": "colour", "code": "blue", "name": "蓝", "generation": "any", "position": "2"},
    )
    assert response.status_code == 302
    assert Code.objects.get(pk="colour:blue").is_local


def test_mistake_is_told_in_words_and_nothing_is_saved(
    administration: Client, colours: None
) -> None:
    response = administration.post(
        reverse("admin:codes_code_add"),
        {"list": "colour", "code": "a b", "name": "蓝", "generation": "any", "position": "2"},
    )
    assert "代码里不能有空格、冒号和斜线。" in response.content.decode()
    assert Code.objects.count() == 1


def upload(client: Client, content: bytes, name: str = "a.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("admin:codes_code_import"), {"format": "0", "import_file": file})


def confirm(client: Client, preview: Any) -> Any:
    form = preview.context["confirm_form"]
    return client.post(reverse("admin:codes_code_process_import"), form.initial, follow=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_import_shows_a_preview_then_writes(
    administration: Client, colours: None, media: Any, encoding: str
) -> None:
    rows = "colour,red,红,通用,,0,大红,,,\ncolour,green,绿,新标准,,2,翠绿、草绿,,,\n"
    preview = upload(administration, f"{HEADINGS}\n{rows}".encode(encoding))
    assert "翠绿" in preview.content.decode()
    assert not Code.objects.filter(pk="colour:green").exists()
    assert preview.context["result"].totals["new"] == 1
    assert preview.context["result"].totals["skip"] == 1, "what is the same is not written"

    assert confirm(administration, preview).status_code == 200
    code = Code.objects.get(pk="colour:green")
    assert (code.name, code.generation, code.aliases) == ("绿", "new", ["翠绿", "草绿"])
    assert code.is_local


def test_faulty_row_is_shown_and_nothing_is_written(
    administration: Client, colours: None, media: Any
) -> None:
    rows = "colour,g n,绿,新标准,,2,,,,\ncolour,gold,金,最新,,3,,,,\n"
    preview = upload(administration, f"{HEADINGS}\n{rows}".encode())
    page = preview.content.decode()
    assert "confirm_form" not in preview.context
    assert "第 2 行：代码里不能有空格" in page
    assert "第 3 行：标准只能写" in page
    assert Code.objects.count() == 1


def test_workbook_is_read(administration: Client, colours: None, media: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS.split(","))
    sheet.append(["colour", "blue", "蓝", "通用", None, 2, "天蓝", None, None, None])
    stream = io.BytesIO()
    book.save(stream)
    preview = upload(administration, stream.getvalue(), "a.xlsx")
    confirm(administration, preview)
    assert Code.objects.get(pk="colour:blue").aliases == ["天蓝"]


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 40_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x01no workbook", "不是 Excel"),
        (bomb(), "文件已损坏"),
        (b"x" * (MOST_BYTES + 1), "超过 2 MB"),
        (HEADINGS.encode(), "只有标题"),
        (f"{HEADINGS},名称\ncolour".encode(), "空的或重复的"),
        ("名称,出处\n红,某处".encode(), "第一行要有这些列名：代码表、代码"),
    ],
    ids=["no workbook", "bomb", "large", "no rows", "column twice", "columns missing"],
)
def test_hostile_file_is_refused_in_words(
    administration: Client, colours: None, media: Any, content: bytes, words: str
) -> None:
    response = upload(administration, content, "a.bin")
    assert response.status_code == 200
    assert words in response.content.decode()


def export(client: Client, **filters: str) -> bytes:
    query = urlencode(filters)
    response = client.post(f"{reverse('admin:codes_code_export')}?{query}")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].endswith(".xlsx")
    return bytes(response.content)


def cells(workbook: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).active  # noqa: TID251 (our own file)
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_export_holds_the_filtered_rows(administration: Client, colours: None) -> None:
    CodeList.objects.create(key="shape", name="形状")
    Code.objects.create(key="shape:round", list_id="shape", code="round", name="圆")
    heading, *rows = cells(export(administration, list__key__exact="colour"))
    assert heading == HEADINGS.split(",")
    assert [row[:4] for row in rows] == [["颜色", "red", "红", "通用"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_formula_is_escaped_and_comes_back(text: str) -> None:
    assert escape_formula(text) == f"'{text}"
    assert unescape_formula(escape_formula(text)) == text


def test_plain_words_are_not_escaped() -> None:
    assert escape_formula("红") == "红"
    assert unescape_formula("'红'") == "'红'"


def test_exported_formula_is_text(administration: Client, colours: None) -> None:
    Code.objects.filter(pk="colour:red").update(name="=HYPERLINK(1)")
    book = openpyxl.load_workbook(io.BytesIO(export(administration)))  # noqa: TID251 (our own)
    cell = book.active["C2"]  # type: ignore[index]
    assert (cell.value, cell.data_type) == ("'=HYPERLINK(1)", "s")


def test_exported_file_changes_nothing_when_it_is_imported(
    administration: Client, colours: None, media: Any
) -> None:
    Code.objects.filter(pk="colour:red").update(name="=x", aliases=["大红、朱红", "赤"])
    content = export(administration)
    preview = upload(administration, content, "a.xlsx")
    assert preview.context["result"].totals["skip"] == 1


def test_exchange_is_written_into_the_log(
    administration: Client, colours: None, media: Any
) -> None:
    export(administration)
    rows = "颜色,red,红色,通用,,0,大红,,,\n颜色,green,绿,新标准,red,2,,,,\n"
    confirm(administration, upload(administration, f"{HEADINGS}\n{rows}".encode()))
    told = Event.objects.filter(action__in=["export", "import", "setting"]).order_by("id")
    assert [(event.action, event.object_id, event.details) for event in told] == [
        ("export", "", {"table": "codes.Code", "rows": 1}),
        ("setting", "colour:red", {}),
        ("setting", "colour:green", {}),
        ("import", "", {"table": "codes.Code", "new": 1, "update": 1, "skip": 0}),
    ]
    assert Code.objects.get(pk="colour:green").parent_id == "colour:red"


@pytest.mark.parametrize("limit", ["export", "upload"])
def test_exchange_is_counted(
    administration: Client, colours: None, settings: Any, limit: str
) -> None:
    settings.RATE_LIMITS = {limit: (0, 3600)}
    name = {"export": "export", "upload": "import"}[limit]
    assert administration.post(reverse(f"admin:codes_code_{name}")).status_code == 429
    assert administration.get(reverse("admin:codes_code_import")).status_code == 200


def test_lists_of_all_are_changed_at_the_root_only(
    client: Client, administrator: Any, colours: None
) -> None:
    root = Union.objects.get(code="990000")
    district = Union.objects.create(
        code="990001", path="990000/990001/", name="某区总工会", kind="district", parent=root
    )
    with as_owner():
        Staff.objects.filter(user=administrator).update(union=district)
    client.force_login(administrator)
    for name in ("changelist", "export"):
        url = reverse(f"admin:codes_code_{name}")
        assert (client.get(url) if name == "changelist" else client.post(url)).status_code == 200
    assert client.get(reverse("admin:codes_code_change", args=["colour:red"])).status_code == 200
    for url in (
        reverse("admin:codes_code_add"),
        reverse("admin:codes_code_import"),
        reverse("admin:codes_code_process_import"),
        reverse("admin:codes_code_change", args=["colour:red"]),
    ):
        assert client.post(url, {"name": "红色"}).status_code == 403, url
    assert Code.objects.get(pk="colour:red").name == "红"
