"""What was approved holds as it was approved, in the services and in SQL."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from beneficiaries.lifecycle import Status
from beneficiaries.models import Beneficiary, FilePublicity, FileStep, HardshipFile, HouseholdMember
from beneficiaries.services import file_reviews, file_steps, files
from beneficiaries.services.keys import erase_beneficiary
from tests.audit.attacker import run
from tests.beneficiaries.conftest import TODAY
from tests.beneficiaries.files_at import a_ledger, put
from tests.cast import CAST, Cast
from tests.unions.refusals import refused
from unions.object_history import event_model
from unions.permissions import Role
from unions.services.accounts import create_account
from unions.services.staff import post_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


# Services: a change of what was approved goes back to review, for a reason.


def change(cast: Cast, file: HardshipFile, **answers: Any) -> HardshipFile:
    return files.change_file(by=cast.people["ben"], file=file, version=file.version, **answers)


def test_the_maker_changes_an_income_by_a_reason_and_others_look_again(cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    with refused("no_change_reason"):
        change(cast, file, yearly_income=Decimal(1))
    file = change(cast, file, yearly_income=Decimal(1), change_reason="失业，收入没有了")
    assert (file.status, file.approved_by, file.is_live) == (Status.REVIEW, None, True)
    step = FileStep.objects.of_file(file).last()
    assert step is not None
    assert (step.from_status, step.to_status, step.reason) == (
        "active",
        "review",
        "失业，收入没有了",
    )
    with refused("not_editable"):
        change(cast, file, yearly_income=Decimal(2), change_reason="又变了")
    kay: dict[str, Any] = {"by": cast.people["kay"], "file": file}
    file_steps.pass_review(**kay)
    file_steps.pass_comparison(**kay)
    assert file_steps.approve_file(**kay).status == Status.ACTIVE


def test_what_says_nothing_about_need_changes_freely(cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    file = change(cast, file, postcode="100005", remark="住三楼")
    assert (file.status, file.postcode) == (Status.ACTIVE, "100005")
    member = HouseholdMember.objects.get(file=file, is_applicant=True)
    files.change_member(by=cast.people["ben"], member=member, position=2)
    file.refresh_from_db()
    assert file.status == Status.ACTIVE


def test_the_household_and_the_negative_list_are_what_was_approved(cast: Cast, at: Any):
    file, ben = at(Status.ACTIVE), cast.people["ben"]
    with refused("no_change_reason"):
        files.add_member(by=ben, file=file, name="李明")
    assert HouseholdMember.objects.filter(file=file).count() == 1
    member = HouseholdMember.objects.get(file=file)
    with refused("no_change_reason"):
        files.change_member(by=ben, member=member, monthly_income=Decimal(9000))
    files.add_member(by=ben, file=file, name="李明", change_reason="儿子搬回同住")
    file.refresh_from_db()
    assert file.status == Status.REVIEW


def test_a_finding_of_the_negative_list_sends_a_file_in_force_to_review(cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    act: dict[str, Any] = {"by": cast.people["ben"], "file": file, "kind": "vehicle"}
    file_reviews.record_exclusion(**act, is_found=True, evidence="车管所查询单")
    file.refresh_from_db()
    assert file.status == Status.REVIEW


def test_the_page_asks_for_the_reason_and_says_where_the_change_went(
    client: Any, cast: Cast, at: Any
):
    file = at(Status.ACTIVE)
    cast.sign_in(client, "ben")
    address = reverse("file-change", args=[file.pk])
    form = client.get(address).context["form"]
    typed = {
        name: value
        for name in form.fields
        if (value := form[name].value()) not in (None, "", [], True, False)
    }
    typed["yearly_income"] = "12000"
    answer = client.post(address, typed)
    assert answer.context["form"].has_error("change_reason", "no_change_reason")
    answer = client.post(address, typed | {"change_reason": "收入减少"}, follow=True)
    assert "这是变更，档案已经回到复核" in answer.text
    file.refresh_from_db()
    assert (file.status, file.yearly_income) == (Status.REVIEW, Decimal(12000))


WARNED = "会使档案回到复核"
GONE_BACK = "档案已经回到复核"


def test_pages_of_a_file_in_force_say_before_what_a_change_does(client: Any, cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    cast.sign_in(client, "ben")
    page = client.get(reverse("file-detail", args=[file.pk])).text
    assert WARNED in page
    assert "情况变了由建档机构修改" not in page
    for name in ("file-change", "member-create", "file-exclusions", "file-income"):
        assert WARNED in client.get(reverse(name, args=[file.pk])).text, name
    member = HouseholdMember.objects.get(file=file)
    assert WARNED in client.get(reverse("member-change", args=[member.pk])).text


def test_pages_of_a_draft_do_not_warn(client: Any, cast: Cast, full: HardshipFile):
    cast.sign_in(client, "ben")
    for name in ("file-detail", "file-change", "member-create", "file-exclusions", "file-income"):
        assert WARNED not in client.get(reverse(name, args=[full.pk])).text, name


def test_it_is_said_afterwards_that_the_file_went_back(client: Any, cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    cast.sign_in(client, "ben")
    typed = {"name": "李红", "relationship": "", "change_reason": "新生儿"}
    answer = client.post(reverse("member-create", args=[file.pk]), typed, follow=True)
    assert "家庭成员已加上" in answer.text
    assert GONE_BACK in answer.text
    assert "变更待复核" in answer.text
    assert "新生儿" in answer.text


def test_another_finding_says_that_the_file_went_back(client: Any, cast: Cast, at: Any):
    file = at(Status.ACTIVE)
    cast.sign_in(client, "ben")
    address = reverse("file-exclusions", args=[file.pk])
    typed = {"vehicle-answer": "yes", "vehicle-evidence": "车管所查询单"}
    answer = client.post(address, typed, follow=True)
    assert GONE_BACK in answer.text


# Two hands besides the maker's, where there are two.


def test_who_decided_every_step_does_not_approve_where_another_could(cast: Cast, at: Any):
    file = at(Status.APPROVAL)
    user = create_account(by=CAST, username="second.checker", full_name="二复核")
    other = post_staff(by=CAST, user=user, union=cast.unions["east"], role=Role.CHECKER)
    with pytest.raises(PermissionDenied, match="另一位复核人员"):
        file_steps.approve_file(by=cast.people["kay"], file=file)
    assert file_steps.approve_file(by=other, file=file).status == Status.ACTIVE


def test_a_posting_does_not_begin_in_the_past(cast: Cast, at: Any):
    file = at(Status.APPLIED)
    with refused("past"):
        file_steps.pass_first_review(
            by=cast.people["kay"], file=file, place="公示栏", starts_on=TODAY - timedelta(30)
        )


# SQL as the app role.

ATTACKS = {
    "approved by nobody": ("approval", "status = 'active'", "in_force_was_approved"),
    "another approver": ("active", "approved_by_id = applied_by_id", "makers stay"),
    "no maker": ("active", "applied_by_id = NULL", "makers stay"),
    "another day": ("active", "approved_on = approved_on - 30", "makers stay"),
    "another year": ("active", "year = year + 1", "the year stays"),
    "another income": ("active", "yearly_income = 1", "approved as it stands"),
    "another household": ("comparison", "household_size = 9", "approved as it stands"),
    "another class": ("relieved", "hardship_class_id = NULL", "approved as it stands"),
    "not a number": ("draft", "yearly_income = 'NaN'", "amounts_finite"),
    "the end of days": ("draft", "opened_on = 'infinity'", "days_finite"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_sql_changes_nothing_that_was_approved(full: HardshipFile, attack: str):
    status, assignment, refusal = ATTACKS[attack]
    put(full, Status(status))
    with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
        run(f"UPDATE beneficiaries_hardshipfile SET {assignment} WHERE id = %s", [full.pk])


def test_a_ledger_changes_a_file_in_force_and_is_named_on_it(cast: Cast, full: HardshipFile):
    file = put(full, Status.ACTIVE)
    ledger = a_ledger(file.union)
    rows = HardshipFile.objects.filter(pk=file.pk)
    rows.update(yearly_income=Decimal(5), ledger=ledger)
    with pytest.raises(IntegrityError, match="approved as it stands"), transaction.atomic():
        rows.update(yearly_income=Decimal(6))
    history = event_model(HardshipFile).objects.filter(pgh_obj_id=file.pk).latest("pgh_id")
    assert (history.ledger_id, history.yearly_income) == (ledger.pk, Decimal(5))


@pytest.mark.parametrize(
    ("assignment", "refusal"),
    [
        ("ends_on = ends_on - 1", "posted as announced"),
        ("working_days = 30", "posted as announced"),
        ("outcome = 'none', ends_on = ends_on", None),
        ("outcome = 'stopped'", None),
    ],
)
def test_a_posting_stays_as_announced(full: HardshipFile, assignment: str, refusal: str | None):
    put(full, Status.PUBLICITY)
    statement = f"UPDATE beneficiaries_filepublicity SET {assignment}"
    if refusal is None:
        assert run(statement) == 1
        with pytest.raises(IntegrityError, match="posted as announced"), transaction.atomic():
            run("UPDATE beneficiaries_filepublicity SET outcome = ''")
        return
    with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
        run(statement)


def test_no_posting_ends_before_its_last_day(full: HardshipFile):
    file = put(full, Status.APPLIED)
    FilePublicity.objects.create(
        file=file,
        follows="applied",
        place="公示栏",
        starts_on="2999-01-01",
        ends_on="2999-01-09",
        working_days=5,
    )
    with pytest.raises(IntegrityError, match="posting still runs"), transaction.atomic():
        run("UPDATE beneficiaries_filepublicity SET outcome = 'none'")


# People.


@pytest.mark.parametrize(
    "assignment",
    ["name = '李鬼'", "pinyin = 'ligui'", "id_tail = '0000'", "birth_on = '1950-01-01'"],
)
def test_a_clear_value_changed_by_sql_leaves_a_row_without_it(person: Beneficiary, assignment: str):
    history = event_model(Beneficiary).objects.filter(pgh_obj_id=person.pk)
    before = history.count()
    run(f"UPDATE beneficiaries_beneficiary SET {assignment} WHERE id = %s", [person.pk])
    assert history.count() == before + 1
    assert "李鬼" not in str(history.values().latest("pgh_id"))


@pytest.mark.parametrize("assignment", ["erased_at = NULL, name = '李鬼'", "name = '李鬼'"])
def test_who_was_erased_stays_so(person: Beneficiary, assignment: str):
    erase_beneficiary(by=CAST, person=person, reason="来函")
    with pytest.raises(IntegrityError, match="erased"), transaction.atomic():
        run(f"UPDATE beneficiaries_beneficiary SET {assignment} WHERE id = %s", [person.pk])
