from collections.abc import Callable, Iterator
from datetime import date
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
    FileStep,
    HardshipFile,
    PublicityRule,
)
from beneficiaries.services import file_steps, files
from beneficiaries.working_days import after_working_days
from tests.audit.attacker import as_superuser
from tests.beneficiaries.conftest import TODAY, Coded
from tests.cast import Cast
from tests.unions.refusals import refused
from unions.models import User
from unions.permissions import Role

pytestmark = pytest.mark.django_db
Step = Callable[..., HardshipFile]


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


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
    users = [User.objects.get(username=name) for name in ("ben", "kay")]
    approved = {"applied_by": users[0], "approved_by": users[1], "approved_on": TODAY}
    state = {status: ended if status in {"relieved", "closed"} else {} for status in Status}
    blank = {"exit_reason": "", "ended_on": None}
    with transaction.atomic(), as_superuser(silent=True):
        HardshipFile.objects.filter(pk=file.pk).update(
            status=start, **blank | state[start], **approved
        )
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
    with as_superuser(silent=True):
        HardshipFile.objects.filter(pk=file.pk).update(applied_by=cast.accounts["kay"])
    with pytest.raises(PermissionDenied, match="自己填写或申报"):
        file_steps.approve_file(by=cast.people["kay"], file=file)
    with pytest.raises(IntegrityError, match="maker_is_not_checker"), transaction.atomic():
        HardshipFile.objects.filter(pk=file.pk).update(
            status="active", approved_by=cast.accounts["kay"], approved_on=TODAY
        )


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
