"""Step 3: what people decide about rows. Each decision judges only what it touches."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Beneficiary, LedgerImport, StagedRow, WordMemory
from beneficiaries.models.ledger_import import key_of_ledger
from beneficiaries.services import files
from beneficiaries.services.ledgers import (
    decisions,
    group_decisions,
    overview,
    problem_book,
    questions,
)
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.content import Content, content_of
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.people import change_beneficiary
from relief.codes.models import Code
from relief.codes.services import codes_folder, load_codes
from relief.lib.workbooks import read_rows
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledgers import contents, outcomes, problems, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.refusals import refused

pytestmark = pytest.mark.django_db
ZHANG, LI, WANG = id_number(401), id_number(403), id_number(405)
OLD = "110101680101001"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    return Path(settings.MEDIA_ROOT)


@pytest.fixture(autouse=True)
def codes(db: None) -> None:
    load_codes(codes_folder())


class Table:
    """An import and whoever decides about it; always at the version of the moment."""

    def __init__(self, cast: Cast, ledger: LedgerImport, by: str) -> None:
        self.by = cast.people[by]
        self.ledger = ledger

    def _now(self) -> dict[str, Any]:
        self.ledger.refresh_from_db()
        return {"by": self.by, "version": self.ledger.version}

    def row(self, at: int) -> StagedRow:
        return rows_of(self.ledger)[at]

    def content(self, at: int) -> Content:
        return content_of(self.row(at), key_of_ledger(self.ledger))

    def about(self, decide: Any, at: int, **details: Any) -> StagedRow:
        """A decision about one row; the equation holds after it."""
        row: StagedRow = decide(**self._now(), row=self.row(at), **details)
        self.check()
        return row

    def all(self, decide: Any, **details: Any) -> Any:
        found = decide(**self._now(), ledger=self.ledger, **details)
        self.check()
        return found

    def check(self) -> None:
        self.ledger.refresh_from_db()
        counts = self.ledger.counts
        assert counts["read"] == sum(counts[name] for name in StagedRow.Outcome.values)
        stored = outcomes(self.ledger)
        assert counts == counts | {name: stored.count(name) for name in StagedRow.Outcome.values}


def table(cast: Cast, *rows: list[Any], by: str = "ben", **options: Any) -> Table:
    return Table(cast, staged(cast, list(rows), by=by, **options), by)


SIMPLE = ["姓名", "身份证号", "手机", "慰问金"]


def test_a_mended_cell_is_judged_like_one_that_was_read(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG[:-1], "", 500], ["李四", LI, "", 300])
    assert outcomes(made.ledger) == ["mend", "new"]
    made.about(decisions.mend_cell, 0, field="id_number", text=f" {ZHANG} ")
    assert outcomes(made.ledger) == ["new", "new"]
    content = made.content(0)
    assert content.values["id_number"] == ZHANG
    assert content.mended == {"id_number": ZHANG[:-1]}
    made.about(decisions.mend_cell, 0, field="relief_amount", text="五百五十元")
    assert made.ledger.counts["sums"] == {"relief_amount": "850"}
    made.about(decisions.mend_cell, 0, field="relief_amount", text="很多")
    assert problems(made.ledger)[0] == ["amount_invalid:relief_amount"]
    assert made.ledger.counts["sums"] == {"relief_amount": "300"}
    for nothing in ("", "无"):
        made.about(decisions.mend_cell, 0, field="relief_amount", text="400")
        made.about(decisions.mend_cell, 0, field="relief_amount", text=nothing)
        assert made.ledger.counts["sums"] == {"relief_amount": "300"}
        assert "relief_amount" not in made.content(0).values
    assert outcomes(made.ledger) == ["new", "new"]
    made.about(decisions.mend_cell, 0, field="id_number", text="")
    assert problems(made.ledger)[0] == ["id_missing:id_number"]


def test_a_field_that_the_sheet_does_not_have_may_be_added(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG, "", ""])
    made.about(decisions.mend_cell, 0, field="address", text="北京市东城区")
    assert made.content(0).values["address"] == "北京市东城区"
    for field, code in [("salary", "field_unknown"), ("memberX.wage", "field_unknown")]:
        with refused(code):
            made.about(decisions.mend_cell, 0, field=field, text="1")
    with refused("text_too_long"):
        made.about(decisions.mend_cell, 0, field="remark", text="长" * 2001)


def test_an_old_version_of_the_import_is_refused(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG[:-1], "", ""])
    old = made.ledger.version
    made.about(decisions.mend_cell, 0, field="id_number", text=ZHANG)
    with refused("stale"):
        decisions.mend_cell(by=made.by, row=made.row(0), version=old, field="name", text="王五")
    assert made.content(0).values["name"] == "张三"


def test_only_who_enters_records_there_decides(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG[:-1], "", ""])
    for name in ("kay", "eli", "leo", "wes"):
        with pytest.raises(PermissionDenied):
            decisions.mend_cell(
                by=cast.people[name],
                row=made.row(0),
                version=made.ledger.version,
                field="id_number",
                text=ZHANG,
            )


def test_mending_a_number_frees_and_binds_the_rows_beside_it(cast: Cast):
    made = table(
        cast, SIMPLE, ["张三", ZHANG, "", ""], ["李四", ZHANG, "", ""], ["王五", WANG, "", ""]
    )
    assert outcomes(made.ledger) == ["new", "duplicate", "new"]
    made.about(decisions.mend_cell, 0, field="id_number", text=LI)
    assert outcomes(made.ledger) == ["new", "new", "new"]
    made.about(decisions.mend_cell, 2, field="id_number", text=LI)
    assert outcomes(made.ledger) == ["new", "new", "duplicate"]
    assert "第 2 行" in made.content(2).open()[0].message


def test_skipping_a_row_frees_its_double_and_taking_it_back_binds_it(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG, "", 500], ["张三", ZHANG, "", 300])
    first = made.row(0).pk
    with refused("no_reason"):
        made.all(group_decisions.skip_rows, rows=[first], reason=" ")
    assert made.all(group_decisions.skip_rows, rows=[first], reason="重复登记") == 1
    assert outcomes(made.ledger) == ["skipped", "new"]
    assert made.ledger.counts["reasons"] == {"人工跳过": 1}
    assert made.ledger.counts["sums"] == {"relief_amount": "300"}
    assert made.content(0).note == "重复登记"
    with refused("skipped"):
        made.about(decisions.mend_cell, 0, field="name", text="李四")
    with refused("no_rows"):
        made.all(group_decisions.skip_rows, rows=[first], reason="再一次")
    made.about(decisions.include_row, 0)
    assert outcomes(made.ledger) == ["new", "duplicate"]
    assert made.ledger.counts["sums"] == {"relief_amount": "800"}
    with refused("not_skipped"):
        made.about(decisions.include_row, 0)


def test_a_row_that_is_nobody_stays_out(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG, "", 500], ["合计", "", "", 500])
    with refused("nobody"):
        made.about(decisions.include_row, 1)


def test_all_of_a_group_are_confirmed_at_once(cast: Cast):
    rows = [
        [f"张{name}", OLD[:-1] + digit, "", ""] for name, digit in zip("甲乙丙", "135", strict=True)
    ]
    made = table(cast, SIMPLE, *rows, ["李四", LI[:-1], "", ""])
    assert [group[:2] for group in overview.problem_groups(made.ledger)] == [
        ("id_length", "id_number"),
        ("id_15", "id_number"),
    ]
    assert made.all(group_decisions.accept_group, code="id_15", field="id_number") == 3
    assert outcomes(made.ledger) == ["new", "new", "new", "mend"]
    assert len(made.content(0).settled_values()["id_number"]) == 18
    with refused("not_open"):
        made.all(group_decisions.accept_group, code="id_15", field="id_number")
    with refused("not_confirmable"):
        made.all(group_decisions.accept_group, code="id_length", field="id_number")
    event = Event.objects.filter(details__decision="accept").get()
    assert event.details == {
        "decision": "accept",
        "rows": 3,
        "code": "id_15",
        "field": "id_number",
    }


def test_one_confirmation_holds_until_the_cell_is_mended(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG, "12", ""])
    assert problems(made.ledger) == [["phone_invalid:phone"]]
    made.about(decisions.accept_row, 0, code="phone_invalid", field="phone")
    assert outcomes(made.ledger) == ["new"]
    made.about(decisions.mend_cell, 0, field="phone", text="123")
    assert problems(made.ledger) == [["phone_invalid:phone"]]
    with refused("not_open"):
        made.about(decisions.accept_row, 0, code="phone_invalid", field="member1.phone")


@pytest.mark.parametrize(("side", "sex"), [("sheet", "女"), ("id", "男")])
def test_a_side_is_chosen_where_sheet_and_number_differ(cast: Cast, side: str, sex: str):
    made = table(cast, ["姓名", "身份证号", "性别"], ["张三", ZHANG, "女"], ["李四", LI, "女"])
    about: dict[str, Any] = {"code": "sex_mismatch", "field": "sex"}
    with refused("side_unknown"):
        made.about(decisions.choose_side, 0, **about, side="link")
    made.about(decisions.choose_side, 0, **about, side=side)
    assert made.content(0).settled_values()["sex"] == sex
    assert outcomes(made.ledger) == ["new", "mend"]
    assert made.all(group_decisions.choose_sides, **about, side=side) == 1
    assert outcomes(made.ledger) == ["new", "new"]


def test_a_word_is_named_once_and_known_ever_after(cast: Cast):
    heading = ["姓名", "身份证号", "民族"]
    rows = [heading, ["张三", ZHANG, "汉人"], ["李四", LI, "汉 人"], ["王五", WANG, "番族"]]
    made = table(cast, *rows)
    assert overview.words_of_group(made.ledger, "code_unknown", "ethnicity") == [
        ("汉人", 1),
        ("汉 人", 1),
        ("番族", 1),
    ]
    han = Code.objects.of("ethnicity").get(name="汉族")
    wrong = Code.objects.of("marriage").order_by("pk")[0]
    about: dict[str, Any] = {"field": "ethnicity", "word": "汉人"}
    with refused("list_differs"):
        made.all(group_decisions.map_word, **about, code=wrong)
    with refused("not_coded"):
        made.all(group_decisions.map_word, field="name", word="汉人", code=han)
    assert made.all(group_decisions.map_word, **about, code=han) == 2
    assert made.content(1).values["ethnicity"] == "汉族"
    assert outcomes(made.ledger) == ["new", "new", "mend"]
    made.all(group_decisions.accept_group, code="code_unknown", field="ethnicity")
    assert "ethnicity" not in made.content(2).settled_values()
    assert WordMemory.objects.for_union(cast.unions["cell"]) == {("ethnicity", "汉人"): "汉族"}
    again = table(cast, *rows)
    assert outcomes(again.ledger) == ["new", "new", "mend"]
    elsewhere = table(cast, *rows, union="east-2", by="eli")
    assert outcomes(elsewhere.ledger) == ["mend", "mend", "mend"]


def test_a_word_is_named_in_all_columns_of_its_list(cast: Cast):
    heading = ["姓名", "身份证号"]
    heading += [f"家庭成员{n}{part}" for n in (1, 2) for part in ("姓名", "关系")]
    made = table(cast, heading, ["张三", ZHANG, "李四", "媳妇", "王五", "媳妇"])
    wife = Code.objects.of("relationship").get(name="配偶")
    made.all(group_decisions.map_word, field="member1.relationship", word="媳妇", code=wife)
    assert outcomes(made.ledger) == ["new"]
    assert made.content(0).values["member2.relationship"] == "配偶"


def test_a_name_of_a_union_is_explained_for_the_whole_file(cast: Cast):
    made = table(
        cast,
        ["姓名", "身份证号", "街道"],
        ["张三", ZHANG, "印刷一厂"],
        ["李四", LI, "印刷一厂"],
        ["王五", WANG, "火星"],
    )
    about: dict[str, Any] = {"word": "印刷一厂"}
    with refused("outside"):
        made.all(group_decisions.choose_union, **about, union=cast.unions["east-2"])
    assert made.all(group_decisions.choose_union, **about, union=cast.unions["cell"]) == 2
    assert [row.union for row in rows_of(made.ledger)][:2] == [cast.unions["cell"]] * 2
    made.all(group_decisions.accept_group, code="union_unknown", field="union")
    assert made.row(2).union == cast.unions["east-1"]
    assert outcomes(made.ledger) == ["new", "new", "new"]


def test_a_candidate_is_the_same_person_or_somebody_else(cast: Cast, register: Register):
    known = register("张三", id_kind="", id_number="", phone="13800000001")
    other = register("李四")
    rows = [
        SIMPLE,
        ["张三", ZHANG, "13800000001", ""],
        ["张三", "", "13800000001", ""],
    ]
    made = table(cast, *rows)
    with refused("not_candidate"):
        made.about(decisions.same_person, 0, person=other)
    made.about(decisions.same_person, 0, person=known)
    row, content = made.row(0), made.content(0)
    assert (row.outcome, row.person) == ("changed", known)
    assert {"field": "id_number", "old": "", "new": ZHANG} in content.differences
    with refused("person_taken"):
        made.about(decisions.same_person, 1, person=known)
    again = table(cast, *rows[:2])
    again.about(decisions.not_same_person, 0)
    assert (again.row(0).outcome, again.content(0).distinct_from) == ("new", [str(known.pk)])
    with refused("not_open"):
        again.about(decisions.not_same_person, 0)


def test_whoever_is_the_same_needs_no_number(cast: Cast, register: Register):
    known = register("张三", id_number=ZHANG, phone="13800000001")
    made = table(cast, SIMPLE, ["张三", "", "13800000001", 500])
    assert sorted(problems(made.ledger)[0]) == ["alike_phone:name", "id_missing:id_number"]
    made.about(decisions.same_person, 0, person=known)
    assert (made.row(0).outcome, made.row(0).open_problems) == ("changed", [])


def test_two_numbers_are_two_people_whatever_was_said_before(cast: Cast, register: Register):
    known = register("张三", id_number=ZHANG, phone="13800000001")
    made = table(cast, SIMPLE, ["张三", "", "13800000001", 500])
    made.about(decisions.same_person, 0, person=known)
    made.about(decisions.mend_cell, 0, field="id_number", text=WANG)
    row = made.row(0)
    assert (row.person, row.open_problems) == (None, ["id_differs:id_number"])
    made.about(decisions.mend_cell, 0, field="id_number", text=ZHANG)
    assert (made.row(0).person, made.row(0).open_problems) == (known, [])
    made.about(decisions.mend_cell, 0, field="id_number", text=WANG)
    made.about(decisions.accept_row, 0, code="id_differs", field="id_number")
    assert made.row(0).outcome == "new"
    made.all(questions.confirm_sums)
    made.all(apply_ledger, progress=Directly())
    known.refresh_from_db()
    assert known.id_tail == ZHANG[-4:]
    assert Beneficiary.objects.with_id_number(WANG).get() != known


def test_a_person_of_another_union_is_linked_or_skipped(cast: Cast, register: Register):
    person = register("张三", union="west-1", by="wes", id_number=ZHANG)
    made = table(cast, SIMPLE, ["张三", ZHANG, "", 500])
    about: dict[str, Any] = {"code": "known_elsewhere", "field": "id_number"}
    with refused("side_unknown"):
        made.about(decisions.choose_side, 0, **about, side="sheet")
    made.about(decisions.choose_side, 0, **about, side="link")
    row, content = made.row(0), made.content(0)
    assert (row.outcome, row.person, content.link) == ("changed", person, "make")
    assert [one["field"] for one in content.differences] == ["link", "relief_amount"]


def test_a_written_row_is_not_decided_about(cast: Cast, register: Register):
    made = table(cast, SIMPLE, ["张三", ZHANG, "", ""], ["李四", LI[:-1], "", ""])
    person = register("张三")
    StagedRow.objects.filter(pk=made.row(0).pk).update(person=person, written_at=timezone.now())
    LedgerImport.objects.filter(pk=made.ledger.pk).update(
        status="partly", applied_by=made.by, applied_at=timezone.now()
    )
    with refused("written"):
        made.about(decisions.mend_cell, 0, field="name", text="王五")
    made.about(decisions.mend_cell, 1, field="id_number", text=ZHANG)
    assert outcomes(made.ledger) == ["new", "duplicate"]
    assert made.ledger.counts["written"] == 1


def test_nothing_is_decided_before_or_after(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG[:-1], "", ""])
    LedgerImport.objects.filter(pk=made.ledger.pk).update(status="laid_out")
    with refused("wrong_status"):
        made.about(decisions.mend_cell, 0, field="id_number", text=ZHANG)


def test_money_and_a_file_of_known_people_are_confirmed_by_name(cast: Cast, register: Register):
    register("张三", id_number=ZHANG)
    made = table(cast, SIMPLE, ["张三", ZHANG, "", 500], ["张三", ZHANG, "", 300])
    asked = questions.open_questions(made.ledger)
    assert [name for name, _ in asked] == ["brake", "sums"]
    assert "慰问金 800 元" in asked[1][1]
    with refused("brake_open"):
        questions.refuse_unready(made.ledger)
    made.all(questions.confirm_brake)
    with refused("sums_open"):
        questions.refuse_unready(made.ledger)
    made.all(questions.confirm_sums)
    questions.refuse_unready(made.ledger)
    assert made.ledger.decisions["sums"]["by"] == made.by.pk
    made.all(group_decisions.skip_rows, rows=[made.row(1).pk], reason="重复")
    with refused("sums_open"):
        questions.refuse_unready(made.ledger)


def test_people_whom_the_file_lacks_are_listed(cast: Cast, register: Register):
    ben, eli = cast.people["ben"], cast.people["eli"]
    named = register("张三", id_number=ZHANG)
    this, last, older = register("甲甲"), register("乙乙"), register("丙丙")
    other = register("丁丁", union="east-2", by="eli")
    for by, person, year in [
        (ben, named, 2026),
        (ben, this, 2026),
        (ben, last, 2025),
        (ben, older, 2020),
        (eli, other, 2026),
    ]:
        files.open_file(by=by, person=person, year=year)
    register("没有档案")
    made = table(cast, SIMPLE, ["张三", ZHANG, "", ""], ["李四", LI, "", ""])
    assert set(overview.missing_people(made.ledger, Beneficiary.objects.all())) == {this, last}
    assert Beneficiary.objects.filter(pk=last.pk).exists()


def test_the_rows_to_mend_go_out_as_they_were_and_come_back_mended(cast: Cast):
    rows: list[list[Any]] = [
        ["台账"],
        ["序号", "姓名", "身份证号", "备注", "备注"],
        [1, "张三", ZHANG, "甲", "乙"],
        [2, "李四", LI[:-1], "=1+1", ""],
        [3, "王五", 110101196801010000, "", ""],
    ]
    made = table(cast, *rows)
    target = BytesIO()
    assert problem_book.write_problem_rows(by=made.by, ledger=made.ledger, target=target) == 2
    head, *body = read_rows(target.getvalue())
    assert head == ["问题说明", "序号", "姓名", "身份证号", "备注", "备注"]
    assert body[0][1:] == ["2", "李四", LI[:-1], "=1+1", ""]
    assert "不是 18 位" in body[0][0]
    assert body[1][2] == "王五"
    assert Event.objects.filter(action="export").get().details == {"rows": 2}
    body[0][3], body[1][3] = LI, WANG
    again = table(cast, head, *body[:2])
    assert outcomes(again.ledger) == ["new", "new"]
    assert contents(again.ledger)[0].values.keys() >= {"name", "id_number"}
    with pytest.raises(PermissionDenied):
        problem_book.write_problem_rows(by=cast.people["wes"], ledger=made.ledger, target=BytesIO())


def test_what_was_decided_survives_a_reload_and_another_day(cast: Cast):
    made = table(cast, SIMPLE, ["张三", ZHANG, "12", ""])
    made.about(decisions.accept_row, 0, code="phone_invalid", field="phone")
    LedgerImport.objects.filter(pk=made.ledger.pk).update(
        staged_at=timezone.now() - timedelta(days=3)
    )
    made.about(decisions.mend_cell, 0, field="name", text="张三丰")
    assert outcomes(made.ledger) == ["new"]


def test_a_person_changed_since_the_check_is_compared_and_asked_about_again(
    cast: Cast, register: Register
):
    person = register("张三", id_number=ZHANG, phone="13800000001")
    made = table(cast, SIMPLE, ["张三", ZHANG, "13800000002", ""])
    assert outcomes(made.ledger) == ["changed"]
    change_beneficiary(by=made.by, person=person, version=1, phone="13800000002")
    for _ in range(2):
        assert (
            group_decisions.mark_changed(by=made.by, ledger=made.ledger, rows=[made.row(0).pk]) == 1
        )
        made.check()
        row = made.row(0)
        assert (row.outcome, row.open_problems) == ("mend", ["changed_since:"])
        assert row.person_version == 2
        assert [one["field"] for one in made.content(0).differences] == ["file"]
        made.about(decisions.accept_row, 0, code="changed_since", field="")
        assert outcomes(made.ledger) == ["changed"]


def test_several_members_in_rows_of_their_own_are_one_question(cast: Cast):
    rows = [
        ["序号", "姓名", "与户主关系", "身份证号", "慰问金"],
        [1, "张三", "户主", ZHANG, 500],
        [2, "张小三", "儿子", id_number(9, birth="20050303"), ""],
        [3, "张小四", "女儿", id_number(10, birth="20070303"), ""],
    ]
    ledger = staged(cast, rows)
    assert problems(ledger) == [["household_read:"]]
    group_decisions.accept_group(
        by=cast.people["ben"],
        ledger=ledger,
        version=ledger.version,
        code="household_read",
        field="",
    )
    assert (outcomes(ledger), problems(ledger)) == (["new"], [[]])


def test_a_number_that_is_none_is_left_empty(cast: Cast):
    ledger = staged(cast, [["姓名", "身份证号", "建筑面积"], ["张三", ZHANG, "不清楚"]])
    assert problems(ledger) == [["number_unclear:floor_area"]]
    group_decisions.accept_group(
        by=cast.people["ben"],
        ledger=ledger,
        version=ledger.version,
        code="number_unclear",
        field="floor_area",
    )
    assert outcomes(ledger) == ["new"]
    assert not contents(ledger)[0].settled_values().get("floor_area")
