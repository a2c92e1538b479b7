"""Step 4: a ledger is written all or nothing, equals its preview, and is taken back in a day."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import (
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    HardshipFile,
    HouseholdMember,
    LedgerImport,
    PastAid,
    PersonKey,
    StagedRow,
    Workplace,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.services import files
from beneficiaries.services.ledgers import decisions, group_decisions, questions, releasing
from beneficiaries.services.ledgers.applying import apply_ledger, start_applying
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.rules import set_import_rule
from beneficiaries.services.ledgers.undoing import undo_ledger
from beneficiaries.services.people import change_beneficiary
from relief.codes.services import codes_folder, load_codes
from tests.beneficiaries.conftest import Register
from tests.beneficiaries.ledgers import outcomes, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.permissions import Role
from unions.services.staff import post_staff

pytestmark = pytest.mark.django_db
ZHANG, LI, WANG = id_number(401), id_number(402), id_number(405)
HEADINGS = [
    "姓名", "身份证号", "手机", "家庭住址", "工作单位", "困难类别", "致困原因", "家庭人口",
    "家庭年收入", "健康状况", "银行卡号", "慰问金", "慰问品", "家庭成员1姓名", "家庭成员1关系",
    "家庭成员1身份证号",
]  # fmt: skip
CHILD = id_number(9, birth="20050303")
FULL = [
    "张三", ZHANG, "13800001234", "和平路1号", "东一印刷厂", "深度困难", "患重特大疾病", 2,
    "24000", "恶性肿瘤", "6222021234567890128", 500, "米面油", "张小三", "儿子", CHILD,
]  # fmt: skip


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "文件"
    return Path(settings.MEDIA_ROOT)


@pytest.fixture(autouse=True)
def codes(db: None) -> None:
    load_codes(codes_folder())


def answered(cast: Cast, ledger: LedgerImport, by: str = "ben") -> LedgerImport:
    """With every question about the whole file answered."""
    for name, _ in questions.open_questions(ledger):
        confirm = questions.confirm_brake if name == questions.BRAKE else questions.confirm_sums
        ledger = confirm(by=cast.people[by], ledger=ledger, version=ledger.version)
    return ledger


def write(cast: Cast, ledger: LedgerImport, by: str = "ben") -> LedgerImport:
    ledger = answered(cast, ledger)
    return apply_ledger(
        by=cast.people[by], ledger=ledger, version=ledger.version, progress=Directly()
    )


def undo(cast: Cast, ledger: LedgerImport, by: str = "ben") -> LedgerImport:
    return undo_ledger(by=cast.people[by], ledger=ledger, version=ledger.version, reason="传错了")


def person_with(number: str) -> Beneficiary:
    return Beneficiary.objects.with_id_number(number).get()


def file_of(person: Beneficiary, year: int = 2026) -> HardshipFile:
    return HardshipFile.objects.of_person(person).live().get(year=year)


def test_a_new_person_comes_with_file_household_category_and_aid(cast: Cast):
    ledger = write(cast, staged(cast, [HEADINGS, FULL]))
    assert (ledger.status, ledger.counts["written"], ledger.counts["new"]) == ("applied", 1, 1)
    person = person_with(ZHANG)
    key = key_of(person)
    assert (person.name, person.union, person.id_tail) == (
        "张三",
        cast.unions["east-1"],
        ZHANG[-4:],
    )
    assert (person.sex, person.birth_on) == ("male", date(1968, 1, 1))
    assert person.pinyin == "zhangsan"
    assert {name: person.unseal(key, name) for name in ("id_number", "phone", "address")} == {
        "id_number": ZHANG,
        "phone": "13800001234",
        "address": "和平路1号",
    }
    assert Beneficiary.objects.with_phone("13800001234").get() == person
    assert person.workplace == Workplace.objects.get(name="东一印刷厂", union=cast.unions["east-1"])
    file = file_of(person)
    assert (file.status, file.household_size, file.yearly_income) == ("active", 2, Decimal(24000))
    assert file.hardship_class is not None
    assert file.main_cause is not None
    assert (file.hardship_class.name, file.main_cause.name) == ("深度困难", "患重特大疾病")
    assert file.unseal(key, "health") == "恶性肿瘤"
    applicant, child = HouseholdMember.objects.of_file(file)
    assert (applicant.is_applicant, applicant.person, applicant.is_live) == (True, person, True)
    assert applicant.unseal(key, "id_number") == ZHANG
    assert (child.unseal(key, "name"), child.unseal(key, "id_number")) == ("张小三", CHILD)
    assert child.relationship is not None
    assert child.relationship.name == "儿子"
    assert CategoryMembership.objects.of_person(person).get().category_id == "category:KN"
    aid = PastAid.objects.of_person(person).get()
    assert (aid.amount, aid.goods, aid.is_verified) == (Decimal(500), "米面油", False)


def test_writing_equals_the_preview_and_leaves_held_rows_for_later(cast: Cast, register: Register):
    known = register("李四", id_number=LI)
    same = register("王五", id_number=WANG, phone="13811112222")
    rows = [
        ["姓名", "身份证号", "手机"],
        ["张三", ZHANG, "13800001234"],
        ["李四", LI, "13900000000"],
        ["赵六", ZHANG[:-1], "13800005678"],
    ]
    ledger = staged(cast, rows)
    preview = {name: ledger.counts[name] for name in StagedRow.Outcome.values}
    assert (preview["new"], preview["changed"], preview["mend"]) == (1, 1, 1)
    ledger = write(cast, ledger)
    assert {name: ledger.counts[name] for name in StagedRow.Outcome.values} == preview
    assert (ledger.status, ledger.counts["written"]) == ("partly", 2)
    known.refresh_from_db()
    assert known.unseal(key_of(known), "phone") == "13900000000"
    assert Beneficiary.objects.with_phone("13900000000").get() == known
    same.refresh_from_db()
    assert same.version == 1
    held = rows_of(ledger)[2]
    decisions.mend_cell(
        by=cast.people["ben"],
        row=held,
        version=ledger.version,
        field="id_number",
        text=id_number(77),
    )
    ledger = write(cast, LedgerImport.objects.get(pk=ledger.pk))
    assert (ledger.status, ledger.counts["written"]) == ("partly", 3)
    assert person_with(id_number(77)).name == "赵六"


def test_writing_twice_writes_once(cast: Cast):
    ledger = answered(cast, staged(cast, [HEADINGS, FULL]))
    version = ledger.version
    write(cast, ledger)
    with refused("wrong_status"):
        apply_ledger(by=cast.people["ben"], ledger=ledger, version=version, progress=Directly())
    assert Beneficiary.objects.with_id_number(ZHANG).count() == 1
    assert PastAid.objects.count() == 1


def test_the_same_file_again_rewrites_nobody(cast: Cast):
    write(cast, staged(cast, [HEADINGS, FULL]))
    ledger = staged(cast, [HEADINGS, FULL])
    assert outcomes(ledger) == ["same"]
    with refused("nothing_to_write"):
        write(cast, ledger)


def test_a_ledger_changed_since_it_was_ordered_is_not_written(cast: Cast):
    ledger = answered(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG], ["李四", LI]]))
    version = ledger.version
    group_decisions.skip_rows(
        by=cast.people["ben"],
        ledger=ledger,
        version=version,
        rows=[rows_of(ledger)[1].pk],
        reason="走了",
    )
    with refused("stale"):
        apply_ledger(by=cast.people["ben"], ledger=ledger, version=version, progress=Directly())


def test_somebody_changed_meanwhile_stops_everything_and_is_named(cast: Cast, register: Register):
    known = register("李四", id_number=LI)
    rows = [["姓名", "身份证号", "手机"], ["张三", ZHANG, ""], ["李四", LI, "13900000000"]]
    ledger = answered(cast, staged(cast, rows))
    change_beneficiary(by=cast.people["ben"], person=known, version=1, address="新街2号")
    with pytest.raises(ValidationError, match="第 3 行"):
        apply_ledger(
            by=cast.people["ben"], ledger=ledger, version=ledger.version, progress=Directly()
        )
    assert not Beneficiary.objects.with_id_number(ZHANG).exists()
    ledger.refresh_from_db()
    assert (ledger.status, outcomes(ledger)) == ("staged", ["new", "mend"])
    group_decisions.accept_group(
        by=cast.people["ben"],
        ledger=ledger,
        version=ledger.version,
        code="changed_since",
        field="",
    )
    assert write(cast, LedgerImport.objects.get(pk=ledger.pk)).counts["written"] == 2


def test_somebody_registered_meanwhile_is_no_second_row(cast: Cast, register: Register):
    ledger = answered(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]]))
    register("张三", id_number=ZHANG)
    with refused("overtaken"):
        apply_ledger(
            by=cast.people["ben"], ledger=ledger, version=ledger.version, progress=Directly()
        )
    assert Beneficiary.objects.with_id_number(ZHANG).count() == 1


def test_a_member_who_got_a_file_meanwhile_stops_the_row(cast: Cast, register: Register):
    ledger = answered(cast, staged(cast, [HEADINGS, FULL]))
    files.open_file(by=cast.people["ben"], person=register("张小三", id_number=CHILD), year=2026)
    with refused("overtaken"):
        apply_ledger(
            by=cast.people["ben"], ledger=ledger, version=ledger.version, progress=Directly()
        )


def test_last_years_file_lends_and_ends(cast: Cast):
    write(cast, staged(cast, [HEADINGS, FULL], year=2025))
    person = person_with(ZHANG)
    last = file_of(person, 2025)
    ledger = staged(cast, [["姓名", "身份证号", "家庭年收入"], ["张三", ZHANG, "30000"]])
    write(cast, ledger)
    last.refresh_from_db()
    assert (last.status, last.exit_reason) == ("closed", "renewed")
    file = file_of(person)
    key = key_of(person)
    assert (file.yearly_income, file.household_size) == (Decimal(30000), 2)
    assert file.unseal(key, "health") == "恶性肿瘤"
    names = [row.unseal(key, "name") for row in HouseholdMember.objects.of_file(file)]
    assert names == ["张三", "张小三"]
    undo(cast, LedgerImport.objects.get(pk=ledger.pk))
    last.refresh_from_db()
    file.refresh_from_db()
    assert (last.status, last.exit_reason, last.ended_on) == ("active", "", None)
    assert (file.status, file.exit_reason) == ("closed", "undone")
    assert HouseholdMember.objects.of_file(last).filter(is_live=True).count() == 2


def test_undoing_withdraws_the_new_and_restores_the_changed(cast: Cast, register: Register):
    known = register("李四", id_number=LI, address="老街1号")
    rows = [
        ["姓名", "身份证号", "家庭住址", "手机", "慰问金"],
        ["张三", ZHANG, "和平路1号", "13800001234", 500],
        ["李四", LI, "新街2号", "13900000000", 300],
    ]
    ledger = write(cast, staged(cast, rows))
    new = person_with(ZHANG)
    known.refresh_from_db()
    assert known.version == 2
    ledger = undo(cast, ledger)
    assert (ledger.status, ledger.counts["undone"], ledger.counts["kept"]) == ("undone", 2, 0)
    new.refresh_from_db()
    known.refresh_from_db()
    assert (new.erased_at is not None, new.id_index, new.name) == (True, None, "（已删除）")
    assert PersonKey.objects.get(pk=new.pk).wrapped is None
    assert not HardshipFile.objects.of_person(new).live().exists()
    key = key_of(known)
    assert known.unseal(key, "address") == "老街1号"
    assert known.unseal(key, "phone").startswith("1380000")
    assert Beneficiary.objects.with_phone(known.unseal(key, "phone")).get() == known
    assert not Beneficiary.objects.with_phone("13900000000").exists()
    assert not PastAid.objects.standing().exists()
    # The number is free, and the file can come again.
    assert outcomes(staged(cast, rows)) == ["new", "changed"]


def test_undoing_keeps_and_names_who_was_touched_since(cast: Cast):
    ledger = write(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG], ["李四", LI]]))
    zhang = person_with(ZHANG)
    change_beneficiary(by=cast.people["ben"], person=zhang, version=1, address="新街2号")
    ledger = undo(cast, ledger)
    assert (ledger.counts["undone"], ledger.counts["kept"]) == (1, 1)
    assert [row.is_kept for row in rows_of(ledger)] == [True, False]
    zhang.refresh_from_db()
    assert (zhang.erased_at, file_of(zhang).status) == (None, "active")
    assert not Beneficiary.objects.with_id_number(LI).exists()


def test_a_day_later_nothing_is_undone(cast: Cast):
    ledger = write(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]]))
    with time_machine.travel(timezone.now() + timedelta(hours=25)), refused("too_late"):
        undo(cast, ledger)


def test_a_person_of_another_union_is_linked_with_the_aid_and_unlinked(
    cast: Cast, register: Register
):
    other = register("张三", id_number=ZHANG, union="west-1", by="wes")
    ledger = staged(cast, [["姓名", "身份证号", "慰问金"], ["张三", ZHANG, 500]])
    group_decisions.choose_sides(
        by=cast.people["ben"],
        ledger=ledger,
        version=ledger.version,
        code="known_elsewhere",
        field="id_number",
        side="link",
    )
    ledger = write(cast, LedgerImport.objects.get(pk=ledger.pk))
    link = BeneficiaryLink.objects.standing().get()
    assert (link.beneficiary, link.union) == (other, cast.unions["east-1"])
    assert PastAid.objects.standing().get().union == cast.unions["east-1"]
    assert not HardshipFile.objects.exists()
    undo(cast, ledger)
    assert not BeneficiaryLink.objects.standing().exists()
    other.refresh_from_db()
    assert other.erased_at is None


@pytest.mark.parametrize(("by", "allowed"), [("ben", True), ("mia", True), ("kay", False)])
def test_who_enters_records_there_writes(cast: Cast, by: str, allowed: bool):
    ledger = answered(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]]))
    if allowed:
        assert start_applying(by=cast.people[by], ledger=ledger, version=ledger.version).job
    else:
        with pytest.raises(PermissionDenied):
            start_applying(by=cast.people[by], ledger=ledger, version=ledger.version)


def test_where_the_union_demands_it_another_person_releases(cast: Cast):
    set_import_rule(by=cast.people["ann"], union=cast.unions["east"], needs_release=True)
    ledger = answered(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]]))
    with pytest.raises(PermissionDenied):
        write(cast, ledger)
    ledger = releasing.submit_ledger(by=cast.people["ben"], ledger=ledger, version=ledger.version)
    with refused("no_reason"):
        releasing.return_ledger(
            by=cast.people["kay"], ledger=ledger, version=ledger.version, reason=" "
        )
    ledger = releasing.return_ledger(
        by=cast.people["kay"], ledger=ledger, version=ledger.version, reason="少一页"
    )
    assert ledger.status == "staged"
    ledger = releasing.submit_ledger(by=cast.people["ben"], ledger=ledger, version=ledger.version)
    ledger = write(cast, ledger, by="kay")
    assert (ledger.status, ledger.released_by) == ("applied", cast.people["kay"])


def test_the_rule_of_every_union_whose_people_are_written_counts(cast: Cast):
    set_import_rule(by=cast.people["ann"], union=cast.unions["east-1"], needs_release=True)
    street = cast.unions["east-1"].name
    rows = [["姓名", "身份证号", "所属工会"], ["张三", ZHANG, street], ["李四", LI, ""]]
    ledger = answered(cast, staged(cast, rows, union="east", by="mia"), by="mia")
    with pytest.raises(PermissionDenied):
        write(cast, ledger, by="mia")
    ledger = releasing.submit_ledger(by=cast.people["mia"], ledger=ledger, version=ledger.version)
    assert write(cast, ledger, by="kay").released_by == cast.people["kay"]
    rows = [["姓名", "身份证号"], ["王五", WANG]]
    own = answered(cast, staged(cast, rows, union="east", by="mia"), by="mia")
    assert write(cast, own, by="mia").released_by is None
    known = [["姓名", "身份证号", "家庭住址"], ["张三", ZHANG, "和平路1号"]]
    again = answered(cast, staged(cast, known, union="east", by="mia"), by="mia")
    with pytest.raises(PermissionDenied):
        write(cast, again, by="mia")


def test_a_demand_that_stood_at_the_upload_is_not_lifted_for_that_import(cast: Cast):
    rule: dict[str, Any] = {"by": cast.people["ann"], "union": cast.unions["east"]}
    rows = [["姓名", "身份证号"], ["张三", ZHANG]]
    set_import_rule(**rule, needs_release=True)
    ledger = answered(cast, staged(cast, rows))
    set_import_rule(**rule, needs_release=False)
    with pytest.raises(PermissionDenied):
        write(cast, ledger)
    assert write(cast, staged(cast, [rows[0], ["李四", LI]])).status == "applied"


def test_what_was_released_is_taken_back_by_a_reviewer_who_did_not_make_it(cast: Cast):
    set_import_rule(by=cast.people["ann"], union=cast.unions["east"], needs_release=True)
    ledger = answered(cast, staged(cast, [["姓名", "身份证号"], ["张三", ZHANG]]))
    ledger = releasing.submit_ledger(by=cast.people["ben"], ledger=ledger, version=ledger.version)
    ledger = write(cast, ledger, by="kay")
    with pytest.raises(PermissionDenied):
        undo(cast, ledger)
    checks = post_staff(
        by=CAST,
        user=cast.accounts["ben"],
        union=cast.unions["east"],
        role=Role.CHECKER,
        starts_on=date(2026, 1, 1),
    )
    with refused("own_work"):
        undo_ledger(by=checks, ledger=ledger, version=ledger.version, reason="传错了")
    assert undo(cast, ledger, by="kay").status == "undone"


def test_writing_leaves_one_event_with_counts_and_no_names(cast: Cast):
    ledger = write(cast, staged(cast, [HEADINGS, FULL]))
    event = Event.objects.filter(action="import", object_id=str(ledger.pk)).latest("pk")
    assert event.details["written"] == 1
    assert "张三" not in str(event.details)
    assert not Event.objects.filter(object_type="beneficiaries.Beneficiary").exists()


def test_goods_keep_their_unit_and_worth(cast: Cast):
    headings = [
        "姓名",
        "身份证号",
        "慰问品",
        "数量",
        "计量单位",
        "折合金额",
        "家庭月收入",
        "家庭人口",
    ]
    rows = [headings, ["张三", ZHANG, "大米", 2, "袋", 180, 3000, 2]]
    rows += [["李四", LI, "", "", "", 90, "", ""]]
    ledger = staged(cast, rows)
    assert ledger.counts["sums"] == {"goods_value": "270"}
    assert write(cast, ledger).counts["written"] == 2
    aid = PastAid.objects.of_person(person_with(ZHANG)).get()
    assert (aid.amount, aid.goods, aid.quantity, aid.unit, aid.value) == (
        None,
        "大米",
        Decimal(2),
        "袋",
        Decimal(180),
    )
    assert file_of(person_with(ZHANG)).yearly_income == Decimal(36_000)
    unnamed = PastAid.objects.of_person(person_with(LI)).get()
    assert (unnamed.goods, unnamed.value) == ("慰问品", Decimal(90))
    assert outcomes(staged(cast, rows)) == ["same", "same"]
