"""What the page of a person is made of, each part as far as the posting may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from audit.models import Event
from beneficiaries import shown, slots
from beneficiaries.forms.person import ChangePersonForm, Difference, RevealForm
from beneficiaries.models import (
    Beneficiary,
    BeneficiaryLink,
    CategoryMembership,
    Consent,
    HardshipFile,
    HouseholdMember,
    PastAid,
)
from beneficiaries.models.beneficiary import PHONE
from beneficiaries.paper import agree, read_paper, read_phone
from beneficiaries.person_history import history_of
from relief.lib.crypto.keys import blind_index
from unions.models import Staff, User
from unions.permissions import Capability, has

#: How many of the newest entries the page shows; the log has the rest.
ENTRIES = 8


def context_of(staff: Staff, person: Beneficiary) -> dict[str, Any]:
    """For beneficiaries/person_detail.html."""
    is_owner = staff.union.contains(person.union)
    is_open = person.merged_into_id is None and person.erased_at is None
    masks = shown.masked_values(person)
    can_see_papers = is_owner and is_open and _works_with_papers(staff)
    household = shown.household_of(staff, person)
    held = CategoryMembership.objects.visible_to(staff).of_person(person)
    return {
        "person": person,
        "name": shown.name_for(staff, person),
        "masks": masks,
        "is_owner": is_owner,
        "may_change": is_owner and is_open and has(staff, Capability.ENTER_RECORDS),
        "may_reveal": is_owner and is_open and has(staff, Capability.REVEAL),
        "may_erase": is_owner and is_open and has(staff, Capability.ERASE_PEOPLE),
        "reveal_form": RevealForm(None, masks=masks),
        "links": _links(staff, person),
        "today": timezone.localdate(),
        "held": held.select_related("category", "level", "evidence"),
        "household": household,
        "files": HardshipFile.objects.visible_to(staff)
        .of_person(person)
        .select_related("hardship_class", "union"),
        "members": _members(staff, person, household),
        "past_aid": PastAid.objects.visible_to(staff).of_person(person).select_related("union"),
        "aid_panels": slots.aid_panels.items(staff, person),
        "visit_panels": slots.visit_panels.items(staff, person),
        "panels": slots.person_panels.items(staff, person),
        "papers": shown.papers_of(staff, person) if can_see_papers else [],
        "consents": _consents(staff, person) if can_see_papers else [],
        "can_see_papers": can_see_papers,
        "history": history_of(staff, person, ENTRIES) if can_see_papers else [],
    }


def _works_with_papers(staff: Staff) -> bool:
    return has(staff, Capability.REVEAL) or has(staff, Capability.ENTER_RECORDS)


def _links(staff: Staff, person: Beneficiary) -> Any:
    standing = BeneficiaryLink.objects.visible_to(staff).standing().filter(beneficiary=person)
    return standing.select_related("union")


def _consents(staff: Staff, person: Beneficiary) -> Any:
    rows = Consent.objects.visible_to(staff).filter(person=person)
    return rows.select_related("recorded_by__user", "paper").order_by("-given_on", "-pk")


def _members(
    staff: Staff, person: Beneficiary, household: shown.Household | None
) -> list[shown.MaskedMember]:
    if household is None or person.erased_at:
        return []
    rows = HouseholdMember.objects.visible_to(staff).of_file(household.file)
    return shown.masked_members(person, rows.select_related("relationship", "identity"))


def similar_to(staff: Staff, details: dict[str, Any]) -> list[Beneficiary]:
    """People the posting may see with the same name and birth date, or name and phone."""
    try:
        paper = read_paper(
            details.get("id_kind", ""), details.get("id_number", ""), today=timezone.localdate()
        )
        _, birth_on = agree(paper, sex=details.get("sex", ""), birth_on=details.get("birth_on"))
        phone = read_phone(details.get("phone", ""))
    except ValidationError:
        return []  # the service says what is wrong with it
    same = Q(pk__in=[])
    if birth_on:
        same |= Q(birth_on=birth_on)
    if phone:
        same |= Q(phone_index=blind_index(PHONE).of(phone))
    people = Beneficiary.objects.visible_to(staff).current().filter(same, name=details["name"])
    if paper.number:
        # Whoever has another number is another person; the same number is refused by itself.
        people = people.filter(id_index__isnull=True)
    return list(people.listed().order_by("pk")[:5])


@dataclass(frozen=True)
class Conflict:
    """Somebody saved after the page was opened: who, when, which items, and both versions."""

    who: str
    at: datetime
    items: list[str]
    rows: list[Difference]


def conflict_of(person: Beneficiary, form: ChangePersonForm) -> Conflict:
    """What the later of two editors has to know."""
    opened = form.cleaned_data.get("version") or 0
    changes = Event.objects.about(Beneficiary._meta.label, person.pk).filter(
        action=Event.Action.CHANGE
    )
    since = list(changes.newest_first()[: max(1, person.version - opened)])
    names = {name for event in since for name in event.details.get("fields", [])}
    user = User.objects.filter(pk__in=[event.actor_id for event in since[:1]]).first()
    return Conflict(
        who=user.full_name if user else "别人",
        at=person.changed_at,
        items=[str(field.label) for name, field in form.fields.items() if name in names],
        rows=form.differences(person),
    )
