"""What one made, another decides; what others noted since outlives an undoing."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import Event
from beneficiaries.lifecycle import Status
from beneficiaries.models import Beneficiary, BeneficiaryLink, HardshipFile, PastAid, StagedRow
from beneficiaries.services import file_steps, files
from beneficiaries.services.categories import add_category
from beneficiaries.services.ledgers import decisions, questions, releasing
from beneficiaries.services.ledgers.applying import apply_ledger, start_applying
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.rules import set_import_rule
from beneficiaries.services.ledgers.undoing import undo_ledger
from beneficiaries.services.people import change_beneficiary
from beneficiaries.services.same_person import keep_apart, merge_beneficiaries
from beneficiaries.services.transfers import link_beneficiary
from relief.codes.services import codes_folder, load_codes
from tests.beneficiaries.conftest import Coded, Register
from tests.beneficiaries.files_at import put
from tests.beneficiaries.ledgers import contents, outcomes, problems, rows_of, staged
from tests.beneficiaries.numbers import id_number
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.models import Staff
from unions.permissions import Role
from unions.services.staff import post_staff

pytestmark = pytest.mark.django_db
ZHANG, LI = id_number(401), id_number(403)
ROWS = [["姓名", "身份证号", "慰问金"], ["张三", ZHANG, 500]]


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "文件"


@pytest.fixture(autouse=True)
def codes(db: None) -> None:
    load_codes(codes_folder())


def write(cast: Cast, ledger: Any, by: str = "ben") -> Any:
    for name, _ in questions.open_questions(ledger):
        confirm = questions.confirm_brake if name == questions.BRAKE else questions.confirm_sums
        ledger = confirm(by=cast.people[by], ledger=ledger, version=ledger.version)
    order: dict[str, Any] = {"by": cast.people[by], "ledger": ledger, "version": ledger.version}
    return apply_ledger(**order, progress=Directly())


def undo(cast: Cast, ledger: Any) -> Any:
    order: dict[str, Any] = {"by": cast.people["ben"], "ledger": ledger, "version": ledger.version}
    return undo_ledger(**order, reason="传错了")


def zhang() -> Beneficiary:
    return Beneficiary.objects.with_id_number(ZHANG).get()


def _another_ledger(cast: Cast, register: Register, coded: Coded) -> None:
    write(cast, staged(cast, [ROWS[0], ["张三", ZHANG, 800]]))


def _a_category(cast: Cast, register: Register, coded: Coded) -> None:
    add_category(by=cast.people["ben"], person=zhang(), category=coded("category:LM"))


def _kept_apart(cast: Cast, register: Register, coded: Coded) -> None:
    other = register("张三")
    keep_apart(by=cast.people["ben"], person=zhang(), other=other, reason="两个人")


@pytest.mark.parametrize("noted", [_another_ledger, _a_category, _kept_apart])
def test_whom_others_noted_something_of_is_kept(
    cast: Cast, register: Register, coded: Coded, noted: Any
):
    ledger = write(cast, staged(cast, ROWS))
    noted(cast, register, coded)
    ledger = undo(cast, ledger)
    assert (ledger.counts["undone"], ledger.counts["kept"]) == (0, 1)
    assert (zhang().name, zhang().erased_at) == ("张三", None)


def test_a_link_that_stood_before_stays(cast: Cast, register: Register):
    elsewhere = register("张三", "west", "cai", id_number=ZHANG)
    link = link_beneficiary(by=cast.people["ben"], union=cast.unions["east-1"], id_number=ZHANG)
    ledger = write(cast, staged(cast, ROWS))
    undo(cast, ledger)
    assert list(BeneficiaryLink.objects.standing().filter(beneficiary=elsewhere)) == [link]
    assert not PastAid.objects.standing().exists()


def test_aid_of_another_union_is_neither_told_nor_compared(cast: Cast, register: Register):
    elsewhere = register("张三", "west", "cai", id_number=ZHANG)
    PastAid.objects.create(
        person=elsewhere,
        union=cast.unions["west"],
        year=2026,
        amount=Decimal(500),
        recorded_by=cast.people["cai"],
    )
    link_beneficiary(by=cast.people["ben"], union=cast.unions["east-1"], id_number=ZHANG)
    ledger = staged(cast, ROWS)
    assert [one["new"] for one in contents(ledger)[0].differences] == ["500"]
    write(cast, ledger)
    assert PastAid.objects.filter(union=cast.unions["east-1"], amount=500).count() == 1


def test_who_was_refused_a_file_gets_none_by_an_import(cast: Cast, register: Register):
    person = register("张三", id_number=ZHANG)
    put(files.open_file(by=cast.people["ben"], person=person, year=2026), Status.REJECTED)
    ledger = staged(cast, ROWS)
    assert (outcomes(ledger), problems(ledger)) == (["mend"], [["file_rejected:"]])
    assert outcomes(staged(cast, ROWS, year=2025)) == ["changed"]


def test_who_mended_a_cell_does_not_release_it(cast: Cast):
    set_import_rule(by=cast.people["ann"], union=cast.unions["east"], needs_release=True)
    ledger = staged(cast, [ROWS[0], ["张三", ZHANG[:-1], 500]])
    helper = Staff.objects.get(pk=cast.people["kay"].pk)
    maker = post_staff(by=CAST, user=helper.user, union=cast.unions["east-1"], role=Role.MAKER)
    mended: StagedRow = decisions.mend_cell(
        by=maker, row=rows_of(ledger)[0], version=ledger.version, field="id_number", text=ZHANG
    )
    ledger = mended.ledger
    ledger.refresh_from_db()
    ben = cast.people["ben"]
    ledger = questions.confirm_sums(by=ben, ledger=ledger, version=ledger.version)
    ledger = releasing.submit_ledger(by=ben, ledger=ledger, version=ledger.version)
    with refused("own_work"):
        start_applying(by=helper, ledger=ledger, version=ledger.version)


def test_a_number_typed_into_a_cell_is_a_look_into_the_registry(cast: Cast, register: Register):
    register("王五", "west", "cai", id_number=LI)
    ledger = staged(cast, [ROWS[0], ["张三", ZHANG[:-1], 500]])
    order: dict[str, Any] = {"by": cast.people["ben"], "version": ledger.version}
    decisions.mend_cell(**order, row=rows_of(ledger)[0], field="id_number", text=LI)
    event = Event.objects.filter(action=Event.Action.LOOK_UP).newest_first()[0]
    assert event.details == {"found": "elsewhere", "field": "id_number"}
    assert LI not in str(event.details)


def test_who_opened_or_changed_a_file_decides_nothing_about_it(cast: Cast, full: HardshipFile):
    """Though a colleague handed it in, and the posting is another one."""
    handed_in = {"status": Status.APPLIED, "applied_by": cast.accounts["kay"]}
    HardshipFile.objects.filter(pk=full.pk).update(**handed_in)
    maker = cast.accounts["ben"]
    checker = post_staff(by=CAST, user=maker, union=cast.unions["east"], role=Role.CHECKER)
    with pytest.raises(PermissionDenied):
        file_steps.return_file(by=checker, file=full, reason="再看看")


DETAILS = pytest.mark.parametrize(
    "details", [{"name": "李四"}, {"id_number": id_number(404)}], ids=["name", "number"]
)


@DETAILS
def test_neither_name_nor_number_changes_under_review(
    cast: Cast, person: Beneficiary, draft: HardshipFile, details: dict[str, Any]
):
    put(draft, Status.REVIEW)
    order: dict[str, Any] = {"by": cast.people["ben"], "person": person, "version": person.version}
    with refused("file_under_review"):
        change_beneficiary(**order, **details)
    change_beneficiary(**order, address="和平路1号")


@DETAILS
def test_another_name_or_number_sends_a_file_in_force_back(
    cast: Cast, person: Beneficiary, draft: HardshipFile, details: dict[str, Any]
):
    put(draft, Status.ACTIVE)
    order: dict[str, Any] = {"by": cast.people["ben"], "person": person, "version": person.version}
    change_beneficiary(**order, **details)
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by) == ("review", None)


def _relative(
    cast: Cast, register: Register, status: Status
) -> tuple[dict[str, Any], HardshipFile]:
    relative = register("王亲戚", id_kind="", id_number="")
    file = put(files.open_file(by=cast.people["ben"], person=relative, year=2026), status)
    into = register("李贫困")
    return {"by": cast.people["ann"], "person": relative, "into": into, "reason": "同一人"}, file


def test_a_file_under_review_is_not_merged_away(cast: Cast, register: Register):
    order, _ = _relative(cast, register, Status.APPROVAL)
    with refused("file_under_review"):
        merge_beneficiaries(**order)


def test_a_file_in_force_is_reviewed_for_its_new_name(cast: Cast, register: Register):
    order, file = _relative(cast, register, Status.ACTIVE)
    merge_beneficiaries(**order)
    file.refresh_from_db()
    assert (file.person, file.status) == (order["into"], "review")
