from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from audit.models import Event
from beneficiaries import lifecycle
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    FilePublicity,
    FileReview,
    FileStep,
    HardshipFile,
    HouseholdMember,
    IncomeCalculation,
    LivingStandard,
    PublicityRule,
)
from beneficiaries.models.hardship_file import CODED
from beneficiaries.models.person_key import key_of
from beneficiaries.services import file_reviews, file_steps, files
from beneficiaries.services.renewal import renew_file
from beneficiaries.working_days import after_working_days
from tests.audit.attacker import as_superuser, rows
from tests.beneficiaries.conftest import TODAY, Coded, Register
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.refusals import codes_of, refused
from unions.permissions import Role

pytestmark = pytest.mark.django_db
Step = Callable[..., HardshipFile]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def person(register: Register) -> Beneficiary:
    return register("王桂兰", id_number=id_number(22))


@pytest.fixture
def draft(cast: Cast, person: Beneficiary) -> HardshipFile:
    return files.open_file(by=cast.people["ben"], person=person, year=2026)


@pytest.fixture
def answers(coded: Coded) -> dict[str, Any]:
    """Everything that the present form asks for."""
    codes = {name: coded(f"{key}:甲") for name, key in CODED.items()}
    return codes | {
        "region": coded("region:110101"),
        "working_since": date(1990, 7, 1),
        "own_monthly_income": Decimal(2000),
        "other_yearly_income": Decimal(0),
        "yearly_income": Decimal(24000),
        "rigid_spending": Decimal(18000),
        "household_size": 1,
        "health": "终末期肾病",
    }


@pytest.fixture
def full(cast: Cast, draft: HardshipFile, answers: dict[str, Any]) -> HardshipFile:
    return files.change_file(by=cast.people["ben"], file=draft, version=draft.version, **answers)


@pytest.fixture
def at(cast: Cast, full: HardshipFile) -> Callable[[Status], HardshipFile]:
    """The file as it waits at that step, brought there by its steps, without a second posting."""

    def advance(wanted: Status) -> HardshipFile:
        kay: dict[str, Any] = {"by": cast.people["kay"], "file": full}
        steps: dict[Status, Callable[[], HardshipFile]] = {
            Status.APPLIED: lambda: file_steps.submit_file(by=cast.people["ben"], file=full),
            Status.PUBLICITY: lambda: file_steps.pass_first_review(**kay, place="厂门口公示栏"),
            Status.REVIEW: lambda: _after_posting(kay),
            Status.COMPARISON: lambda: file_steps.pass_review(**kay),
            Status.APPROVAL: lambda: file_steps.pass_comparison(**kay),
            Status.ACTIVE: lambda: file_steps.approve_file(**kay),
            Status.RELIEVED: lambda: file_steps.exit_file(
                **kay, exit_reason="relieved", reason="收入已高于标准"
            ),
        }
        current = full
        for status, step in steps.items():
            if current.status == wanted:
                break
            current = step()
            assert current.status == status
        return current

    return advance


def _after_posting(kay: dict[str, Any]) -> HardshipFile:
    with time_machine.travel(TODAY + timedelta(8), tick=False):
        return file_steps.end_publicity(**kay, outcome="none")


def test_a_file_goes_through_every_step_and_each_is_written_down(cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    assert (file.applied_by, file.approved_by) == (cast.accounts["ben"], cast.accounts["kay"])
    walked = [(step.from_status, step.to_status) for step in FileStep.objects.of_file(file)]
    order = ["draft", "applied", "publicity", "review", "comparison", "approval", "active"]
    assert walked == list(pairwise(order))
    posting = FilePublicity.objects.get(file=file)
    assert (posting.starts_on, posting.ends_on, posting.is_estimated) == (
        TODAY,
        date(2026, 3, 17),
        False,
    )
    assert Event.objects.newest_first()[0].details == {"before": "approval", "after": "active"}


def test_the_database_knows_the_legal_steps(full: HardshipFile):
    """All pairs: what `lifecycle.STEPS` has not is refused by the trigger, whoever asks."""
    for start in Status:
        for end in Status:
            if start == end:
                continue
            with transaction.atomic():
                told = _try_step(full, start, end)
                transaction.set_rollback(True)
            assert told == ("" if end in lifecycle.STEPS[start] else "23R07"), (start, end)


def _try_step(file: HardshipFile, start: Status, end: Status) -> str:
    ended = {"exit_reason": "moved", "ended_on": TODAY}
    state = {status: ended if status in {"relieved", "closed"} else {} for status in Status}
    blank = {"exit_reason": "", "ended_on": None}
    with transaction.atomic(), as_superuser(silent=True):
        HardshipFile.objects.filter(pk=file.pk).update(status=start, **blank | state[start])
    try:
        with transaction.atomic():
            HardshipFile.objects.filter(pk=file.pk).update(status=end, **blank | state[end])
    except IntegrityError as error:
        return str(getattr(error.__cause__, "sqlstate", ""))
    return ""


@pytest.mark.parametrize("status", sorted(set(Status) - lifecycle.BEGINNINGS))
def test_no_file_begins_midway(person: Beneficiary, status: str):
    file = HardshipFile(person=person, union=person.union, year=2025, status=status)
    if status in {"relieved", "closed"}:
        file.exit_reason, file.ended_on = "moved", TODAY
    with pytest.raises(IntegrityError, match="begins midway"), transaction.atomic():
        file.save()


def test_an_incomplete_file_is_not_handed_in(cast: Cast, draft: HardshipFile, coded: Coded):
    with pytest.raises(Exception) as refusal:  # noqa: PT011 (its fields are asserted)
        file_steps.submit_file(by=cast.people["ben"], file=draft)
    missing = set(refusal.value.error_dict)  # type: ignore[attr-defined]
    assert missing >= {"hardship_class", "rigid_spending", "health", "household_size"}
    files.change_file(by=cast.people["ben"], file=draft, version=1, standard="old")
    with pytest.raises(Exception) as refusal:  # noqa: PT011
        file_steps.submit_file(by=cast.people["ben"], file=draft)
    assert missing - set(refusal.value.error_dict) == {  # type: ignore[attr-defined]
        "file_standard",
        "file_kind",
        "family_kind",
        "rigid_spending",
    }


def test_a_disabled_applicant_says_how(cast: Cast, full: HardshipFile):
    full = files.change_file(
        by=cast.people["ben"], file=full, version=full.version, health="残疾（三级）"
    )
    with refused("incomplete"):
        file_steps.submit_file(by=cast.people["ben"], file=full)


def test_the_household_counts_or_says_why_not(cast: Cast, full: HardshipFile):
    ben = cast.people["ben"]
    full = files.change_file(by=ben, file=full, version=full.version, household_size=3)
    with refused("household_differs"):
        file_steps.submit_file(by=ben, file=full)
    files.change_file(
        by=ben, file=full, version=full.version, household_size_reason="两个孩子随前夫生活"
    )
    assert file_steps.submit_file(by=ben, file=full).status == Status.APPLIED


@pytest.mark.parametrize(
    ("who", "is_let"),
    [("kay", True), ("ben", False), ("mia", False), ("leo", False), ("cai", False)],
)
def test_reviews_need_a_checker_above(cast: Cast, at: Any, who: str, is_let: bool):
    file = at(Status.APPLIED)
    act: dict[str, Any] = {"by": cast.people[who], "file": file}
    if is_let:
        assert file_steps.return_file(**act, reason="缺收入证明").status == Status.DRAFT
        return
    with pytest.raises(PermissionDenied):
        file_steps.pass_first_review(**act)
    for back in (file_steps.return_file, file_steps.reject_file):
        with pytest.raises(PermissionDenied):
            back(**act, reason="缺收入证明")


def test_nobody_reviews_what_he_handed_in(cast: Cast, at: Any, full: HardshipFile):
    file = at(Status.APPROVAL)
    HardshipFile.objects.filter(pk=file.pk).update(applied_by=cast.accounts["kay"])
    with pytest.raises(PermissionDenied, match="自己申报"):
        file_steps.approve_file(by=cast.people["kay"], file=file)
    with pytest.raises(IntegrityError, match="maker_is_not_checker"), transaction.atomic():
        HardshipFile.objects.filter(pk=file.pk).update(approved_by=cast.accounts["kay"])


def test_comparison_and_approval_are_the_districts(cast: Cast, at: Any):
    file = at(Status.COMPARISON)
    street = cast.people["ben"]
    street.role = Role.CHECKER
    street.user = cast.accounts["eve"]
    with pytest.raises(PermissionDenied, match="区总工会"):
        file_steps.pass_comparison(by=street, file=file)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.APPLIED, Status.ACTIVE])
def test_no_step_is_skipped(cast: Cast, at: Any, status: Status):
    file = at(status)
    with refused("wrong_step"):
        file_steps.approve_file(by=cast.people["kay"], file=file)


@pytest.mark.parametrize("back", [file_steps.return_file, file_steps.reject_file])
def test_sending_back_needs_words_and_stops_the_posting(cast: Cast, at: Any, back: Step):
    file = at(Status.PUBLICITY)
    with refused("no_reason"):
        back(by=cast.people["kay"], file=file, reason=" ")
    file = back(by=cast.people["kay"], file=file, reason="收入证明没有盖章")
    assert file.status in {Status.DRAFT, Status.REJECTED}
    assert FilePublicity.objects.get(file=file).outcome == "stopped"


@pytest.mark.parametrize(
    ("day", "outcome", "code", "status"),
    [
        (date(2026, 3, 17), "none", "too_early", None),
        (date(2026, 3, 18), "none", None, Status.REVIEW),
        (date(2026, 3, 18), "dismissed", None, Status.REVIEW),
        (date(2026, 3, 12), "upheld", None, Status.DRAFT),
        (date(2026, 3, 18), "stopped", "unknown_outcome", None),
    ],
)
def test_a_posting_lasts_its_working_days(
    cast: Cast, at: Any, day: date, outcome: str, code: str | None, status: Status | None
):
    file = at(Status.PUBLICITY)
    act: dict[str, Any] = {
        "by": cast.people["kay"],
        "file": file,
        "outcome": outcome,
        "note": "电话反映",
    }
    with time_machine.travel(day, tick=False):
        if code:
            with refused(code):
                file_steps.end_publicity(**act)
            return
        assert file_steps.end_publicity(**act).status == status


@pytest.mark.parametrize(
    ("after_first", "after_comparison", "walk"),
    [
        (False, False, ["applied", "review", "comparison", "approval"]),
        (False, True, ["applied", "review", "comparison", "publicity", "approval"]),
    ],
)
def test_publicity_is_a_step_that_can_be_placed(
    cast: Cast, full: HardshipFile, after_first: bool, after_comparison: bool, walk: list[str]
):
    """The rule of the district holds for its streets."""
    PublicityRule.objects.create(
        union=cast.unions["east"],
        after_first_review=after_first,
        after_comparison=after_comparison,
        working_days=7,
    )
    kay: dict[str, Any] = {"by": cast.people["kay"], "file": full}
    file_steps.submit_file(by=cast.people["ben"], file=full)
    file_steps.pass_first_review(**kay)
    file_steps.pass_review(**kay)
    file = file_steps.pass_comparison(**kay, place="区总网站")
    if after_comparison:
        assert FilePublicity.objects.get(file=file).ends_on == date(2026, 3, 19)
        with time_machine.travel(date(2026, 3, 20), tick=False):
            file = file_steps.end_publicity(**kay, outcome="none")
    assert [step.to_status for step in FileStep.objects.of_file(file)] == walk


@pytest.mark.parametrize(
    ("start", "days", "last", "is_estimated"),
    [
        (date(2026, 2, 13), 5, date(2026, 2, 27), False),
        (date(2026, 9, 30), 5, date(2026, 10, 13), False),
        (date(2098, 12, 29), 5, date(2099, 1, 5), True),
    ],
    ids=["春节 and its moved Saturday", "国庆", "a year that is not announced"],
)
def test_working_days_follow_the_state_council(
    start: date, days: int, last: date, is_estimated: bool
):
    assert after_working_days(start, days) == (last, is_estimated)


def test_one_household_one_file_over_members_and_unions(
    cast: Cast, draft: HardshipFile, register: Register
):
    ben, eli = cast.people["ben"], cast.people["eli"]
    with refused("file_exists"):
        files.open_file(by=ben, person=draft.person, year=2026)
    files.add_member(by=ben, file=draft, name="李明", id_number=id_number(31, birth="19660101"))
    husband = register("李明", "east-2", "eli", id_number=id_number(31, birth="19660101"))
    with refused("household_has_file"):
        files.open_file(by=eli, person=husband, year=2026)
    other = files.open_file(by=eli, person=register("赵六", "east-2", "eli"), year=2026)
    for number in (id_number(22), id_number(31, birth="19660101")):
        with refused("household_has_file"):
            files.add_member(by=eli, file=other, name="又一人", id_number=number)
    with refused("member_twice"):
        files.add_member(by=ben, file=draft, name="李明", id_number=id_number(31, birth="19660101"))
    file_steps.exit_file(by=ben, file=draft, exit_reason="withdrawn", reason="本人撤回")
    files.open_file(by=eli, person=husband, year=2026)


def test_the_database_holds_one_household_to_one_file(
    cast: Cast, draft: HardshipFile, register: Register
):
    other = files.open_file(
        by=cast.people["eli"], person=register("赵六", "east-2", "eli"), year=2026
    )
    index = HouseholdMember.objects.get(file=draft).id_index
    with pytest.raises(IntegrityError, match="one_live_file"), transaction.atomic():
        HouseholdMember.objects.filter(file=other).update(id_index=index)
    file_steps.exit_file(
        by=cast.people["eli"], file=other, exit_reason="withdrawn", reason="本人撤回"
    )
    HouseholdMember.objects.filter(file=other).update(id_index=index)
    assert not HouseholdMember.objects.get(file=other).is_live


def test_members_are_sealed_under_the_applicants_key(cast: Cast, draft: HardshipFile):
    member = files.add_member(
        by=cast.people["ben"],
        file=draft,
        name="李小明",
        id_number=id_number(33, birth="20150101"),
        health="哮喘",
        workplace_or_school="史家小学",
        monthly_income=Decimal(0),
    )
    key = key_of(draft.person)
    stored = HouseholdMember.objects.get(pk=member.pk)
    assert [stored.unseal(key, name) for name in ("name", "health", "id_number")] == [
        "李小明",
        "哮喘",
        id_number(33, birth="20150101"),
    ]
    told = str(rows("SELECT t::text FROM beneficiaries_householdmember t"))
    told += str(rows("SELECT t::text FROM beneficiaries_householdmemberevent t"))
    for plain in ("李小明", "哮喘", "史家小学", "王桂兰", id_number(33, birth="20150101")):
        assert plain not in told
        assert plain.encode().hex() not in told


def test_members_are_changed_and_removed_but_not_the_applicant(cast: Cast, draft: HardshipFile):
    ben = cast.people["ben"]
    member = files.add_member(by=ben, file=draft, name="李明")
    with refused("name_missing"):
        files.change_member(by=ben, member=member, name=" ")
    files.change_member(by=ben, member=member, monthly_income=Decimal(1800))
    assert HouseholdMember.objects.get(pk=member.pk).monthly_income == 1800
    applicant = HouseholdMember.objects.get(file=draft, is_applicant=True)
    with refused("applicant"):
        files.change_member(by=ben, member=applicant, name="别名")
    with refused("applicant"):
        files.remove_member(by=ben, member=applicant, reason="误登")
    files.remove_member(by=ben, member=member, reason="已分户")
    assert HouseholdMember.objects.filter(file=draft).count() == 1


def test_a_file_is_edited_by_its_owner_with_the_newest_in_hand(
    cast: Cast, full: HardshipFile, at: Any
):
    act: dict[str, Any] = {"file": full, "version": full.version}
    with pytest.raises(PermissionDenied):
        files.change_file(by=cast.people["eli"], **act, postcode="100005")
    with refused("stale"):
        files.change_file(by=cast.people["ben"], file=full, version=1, postcode="100005")
    with refused("unknown_field"):
        files.change_file(by=cast.people["ben"], **act, status="active")
    applied = at(Status.APPLIED)
    with refused("not_editable"):
        files.change_file(by=cast.people["ben"], file=full, version=applied.version, number="1")
    with refused("not_editable"):
        files.add_member(by=cast.people["ben"], file=full, name="李明")


def test_exits_say_why_and_when(cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    kay: dict[str, Any] = {"by": cast.people["kay"], "file": file}
    with refused("unknown_exit"):
        file_steps.exit_file(**kay, exit_reason="tired", reason="说不清")
    with refused("no_reason"):
        file_steps.exit_file(**kay, exit_reason="moved", reason="")
    with pytest.raises(PermissionDenied):
        file_steps.exit_file(by=cast.people["ben"], file=file, exit_reason="moved", reason="调离")
    closed = file_steps.exit_file(**kay, exit_reason="moved", reason="调往外区")
    assert (closed.status, closed.ended_on) == (Status.CLOSED, TODAY)
    assert not closed.is_live


def test_a_temporary_file_becomes_regular_once(cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    with refused("not_temporary"):
        file_steps.make_regular(by=cast.people["kay"], file=file, reason="会议通过")
    HardshipFile.objects.filter(pk=file.pk).update(is_temporary=True)
    assert not file_steps.make_regular(
        by=cast.people["kay"], file=file, reason="会议通过"
    ).is_temporary


def test_work_lists_follow_the_reviews(cast: Cast, at: Any):
    file, ben = at(Status.ACTIVE), cast.people["ben"]
    later = TODAY + timedelta(366)
    assert not HardshipFile.objects.due_for_review(TODAY + timedelta(300)).exists()
    assert HardshipFile.objects.due_for_review(later).get() == file
    with refused("wrong_step"):
        file_reviews.review_file(by=ben, file=file, kind="look_back", finding="unchanged")
    with time_machine.travel(later, tick=False):
        file_reviews.review_file(by=ben, file=file, kind="spot", finding="not_reached")
        assert HardshipFile.objects.due_for_review(later).exists()
        file_reviews.review_file(by=ben, file=file, kind="yearly", finding="unchanged")
        assert not HardshipFile.objects.due_for_review(later).exists()
        assert FileReview.objects.spot_checks_of(2027).count() == 1
        relieved = file_steps.exit_file(
            by=cast.people["kay"], file=file, exit_reason="relieved", reason="已就业"
        )
    half = later + timedelta(200)
    assert HardshipFile.objects.due_for_looking_back(half).get() == relieved
    with time_machine.travel(half, tick=False):
        file_reviews.review_file(by=ben, file=relieved, kind="look_back", finding="relapsed")
        assert not HardshipFile.objects.due_for_looking_back(half).exists()


@pytest.fixture
def standards(coded: Coded) -> None:
    for code, day, amount in [
        ("110000", date(2025, 7, 1), 1450),
        ("110101", date(2024, 7, 1), 1300),
        ("110101", date(2026, 7, 1), 1550),
    ]:
        LivingStandard.objects.create(
            region=coded(f"region:{code}"), starts_on=day, amount=Decimal(amount)
        )


@pytest.mark.parametrize(
    ("region", "kind", "day", "amount"),
    [
        ("110101", "urban", TODAY, 1300),
        ("110101017", "urban", date(2026, 7, 1), 1550),
        ("110102", "urban", TODAY, 1450),
        ("110102", "urban", date(2025, 6, 30), None),
        ("110101", "rural", TODAY, None),
    ],
    ids=["own", "street of it", "the city's", "before any", "other kind"],
)
def test_the_standard_is_that_of_the_place_and_the_day(
    standards: None, region: str, kind: str, day: date, amount: int | None
):
    found = LivingStandard.objects.in_force(region=region, kind=kind, day=day)
    assert (found.amount if found else None) == amount


@pytest.mark.parametrize(
    ("yearly", "rigid", "people", "net", "decided"),
    [
        (24000, 18000, 1, "500.00", "深度困难"),
        (15600, 0, 1, "1300.00", "相对困难"),
        (62399, 0, 2, "2599.96", "相对困难"),
        (62400, 0, 2, "2600.00", None),
        (10000, 30000, 3, "-555.56", "深度困难"),
    ],
)
def test_net_income_says_the_class_and_keeps_its_figures(
    cast: Cast,
    full: HardshipFile,
    coded: Coded,
    standards: None,
    yearly: int,
    rigid: int,
    people: int,
    net: str,
    decided: str | None,
):
    ben = cast.people["ben"]
    for name in ("深度困难", "相对困难"):
        coded(f"hardship_class:{name}")
    full = files.change_file(
        by=ben,
        file=full,
        version=full.version,
        yearly_income=Decimal(yearly),
        rigid_spending=Decimal(rigid),
        household_size=people,
    )
    if decided is None:
        with refused("no_class"):
            file_reviews.calculate_income(by=ben, file=full)
        return
    file_reviews.calculate_income(by=ben, file=full)
    kept = IncomeCalculation.objects.newest(full)
    assert kept is not None
    assert (str(kept.net_monthly), str(kept.standard_amount)) == (net, "1300.00")
    assert kept.decided_class_id == f"hardship_class:{decided}"


def test_another_class_than_the_standard_says_needs_words(
    cast: Cast, full: HardshipFile, coded: Coded, standards: None
):
    coded("hardship_class:深度困难")
    act: dict[str, Any] = {
        "by": cast.people["ben"],
        "file": full,
        "decided_class": coded("hardship_class:意外致困"),
    }
    with refused("override_without_reason"):
        file_reviews.calculate_income(**act)
    kept = file_reviews.calculate_income(**act, override_reason="车祸，赔偿未到位")
    assert (kept.suggested_class_id, kept.decided_class_id) == (
        "hardship_class:深度困难",
        "hardship_class:意外致困",
    )


def test_income_needs_its_figures_and_a_standard(
    cast: Cast, draft: HardshipFile, full: HardshipFile
):
    with refused("no_standard"):
        file_reviews.calculate_income(by=cast.people["ben"], file=full)
    HardshipFile.objects.filter(pk=full.pk).update(rigid_spending=None)
    with refused("incomplete"):
        file_reviews.calculate_income(by=cast.people["ben"], file=full)


def test_the_negative_list_is_ticked_with_evidence(cast: Cast, draft: HardshipFile):
    act: dict[str, Any] = {"by": cast.people["ben"], "file": draft, "kind": "vehicle"}
    with pytest.raises(Exception) as refusal:  # noqa: PT011 (its code is asserted)
        file_reviews.record_exclusion(**act, is_found=False, evidence=" ")
    assert codes_of(refusal.value) == {"blank"}  # type: ignore[arg-type]
    file_reviews.record_exclusion(**act, is_found=False, evidence="车管所查询单")
    row = file_reviews.record_exclusion(**act, is_found=True, evidence="邻居反映，已核实")
    assert (row.is_found, row.checked_by) == (True, cast.people["ben"])


def test_the_next_year_begins_with_the_last_and_replaces_it(cast: Cast, at: Any):
    ben, kay = cast.people["ben"], cast.people["kay"]
    file = at(Status.ACTIVE)
    files.add_member(by=ben, file=file, name="李明", id_number=id_number(31, birth="19660101"))
    with refused("not_later"):
        renew_file(by=ben, file=file, year=2026)
    renewed = renew_file(by=ben, file=file, year=2027)
    key = key_of(file.person)
    assert renewed.unseal(key, "health") == "终末期肾病"
    assert (renewed.status, renewed.year) == ("draft", 2027)
    assert renewed.yearly_income == 24000
    names = [row.unseal(key, "name") for row in HouseholdMember.objects.of_file(renewed)]
    assert names == ["王桂兰", "李明"]
    HardshipFile.objects.filter(pk=renewed.pk).update(status="applied", applied_by=ben.user)
    for status in ("review", "comparison", "approval"):
        HardshipFile.objects.filter(pk=renewed.pk).update(status=status)
    file_steps.approve_file(by=kay, file=renewed)
    file.refresh_from_db()
    assert (file.status, file.exit_reason) == (Status.CLOSED, "renewed")


def test_files_of_other_unions_are_not_there(cast: Cast, draft: HardshipFile):
    assert HardshipFile.objects.visible_to(cast.people["ann"]).get() == draft
    for who in ("eli", "cai"):
        assert not HardshipFile.objects.visible_to(cast.people[who]).exists()
        assert not HouseholdMember.objects.visible_to(cast.people[who]).exists()
        with pytest.raises(PermissionDenied):
            file_steps.submit_file(by=cast.people[who], file=draft)
