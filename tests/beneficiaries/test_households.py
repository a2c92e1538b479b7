from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    FileReview,
    HardshipFile,
    HouseholdMember,
    IncomeCalculation,
    LivingStandard,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.services import file_reviews, file_steps, files
from beneficiaries.services.renewal import renew_file
from tests.audit.attacker import rows
from tests.beneficiaries.conftest import TODAY, Coded, Register
from tests.beneficiaries.numbers import id_number
from tests.cast import Cast
from tests.unions.refusals import codes_of, refused

pytestmark = pytest.mark.django_db
Step = Callable[..., HardshipFile]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


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


def test_the_next_year_begins_with_the_last_and_replaces_it(
    cast: Cast, full: HardshipFile, at: Any
):
    ben, kay = cast.people["ben"], cast.people["kay"]
    files.add_member(by=ben, file=full, name="李明", id_number=id_number(31, birth="19660101"))
    full.refresh_from_db()
    HardshipFile.objects.filter(pk=full.pk).update(household_size=2)
    file = at(Status.ACTIVE)
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
