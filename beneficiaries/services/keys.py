"""Keys of people: wrapping them anew when the ring changes, destroying one for ever."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Beneficiary, HouseholdMember, LedgerKey, PersonKey
from beneficiaries.services.erasing_elsewhere import ask_elsewhere
from beneficiaries.services.ledgers.forgetting import forget_people
from beneficiaries.services.papers import forget_papers
from relief.lib.crypto.fields import sealed_names
from relief.lib.crypto.keys import ring
from relief.lib.refusals import refuse_blank
from unions.models import Staff
from unions.permissions import Capability, Command, require
from unions.services.trail import record

#: What stands for the name; a roster that was paid keeps its line.
ERASED_NAME = "（已删除）"


@transaction.atomic
def rewrap_keys(*, by: Staff | Command, batch: int) -> int:
    """Wrap the next keys of older rings with the present one; returns how many it wrapped.

    A row says itself which ring key wraps it: killed at any moment, the next call goes on where
    the last committed batch ended.
    """
    require(by, Capability.MANAGE_SYSTEM)
    keys = _rewrap(PersonKey, batch)
    keys += _rewrap(LedgerKey, batch - keys)
    if keys:
        record(by, Event.Action.SETTING, keys=keys, ring_key=ring().current)
    return keys


def _rewrap(model: type[PersonKey] | type[LedgerKey], most: int) -> int:
    manager: Any = model.objects
    older = manager.of_older_rings().order_by("ring_key", "pk")
    rewrapped: int = manager.all().rewrap(list(older[:most]))
    return rewrapped


@transaction.atomic
def erase_beneficiary(*, by: Staff | Command, person: Beneficiary, reason: str) -> int:
    """Destroy the key of a person, and of every row merged into that one; empty the rows and
    remove the papers.

    Rosters, files and sums keep their figures; nothing in a row, in history or in a file can be
    opened again. In households and imports of unions outside the posting's subtree nothing is
    emptied: their keepers are asked, and whoever erases does not learn whether there are any.
    Returns how many rows were emptied. Raises ValidationError: erased, no_reason.
    """
    require(by, Capability.ERASE_PEOPLE, at=person.union)
    refuse_blank(reason)
    rows = Beneficiary.objects.select_for_update(no_key=True).order_by("pk")
    people = list(rows.filter(Q(pk=person.pk) | Q(merged_into=person), erased_at__isnull=True))
    if person.pk not in {row.pk for row in people}:
        raise ValidationError("这个人的个人信息已经删除。", code="erased")
    indexes = [bytes(row.id_index) for row in people if row.id_index is not None]
    reach = by.union.path if isinstance(by, Staff) else ""
    if isinstance(by, Staff):
        ask_elsewhere(by=by, people=people, indexes=indexes)
    ledger_rows = forget_people(by=by, people=people, reach=reach)
    for row in people:
        _empty(row)
    PersonKey.objects.all().destroy(row.pk for row in people)
    _empty_members(people, indexes, reach)
    papers = forget_papers(by=by, people=people)
    told = {"erased": len(people), "papers": papers, "ledger_rows": ledger_rows}
    record(by, Event.Action.ERASE, person, reason=reason, **told)
    return len(people)


@transaction.atomic
def withdraw_people(keys: set[UUID], *, at: datetime) -> None:
    """Empty people and destroy their keys, for an import that is undone: they were never there.

    For whoever has asked, and locked them. Nothing of theirs but the rows of the import is left.
    """
    people = Beneficiary.objects.filter(pk__in=keys, erased_at__isnull=True)
    people.update(**_nothing(at), version=F("version") + 1)
    PersonKey.objects.all().destroy(keys)
    rows = HouseholdMember.objects.filter(file__person__in=keys)
    nothing: dict[str, None] = dict.fromkeys(sealed_names(HouseholdMember))
    rows.update(**nothing, birth_on=None, id_index=None, id_tail="")


def _empty(person: Beneficiary) -> None:
    for name, value in _nothing(timezone.now()).items():
        setattr(person, name, value)
    person.version += 1
    person.save()


def _nothing(at: datetime) -> dict[str, Any]:
    """The columns of a person of whom nothing is kept."""
    return {
        **dict.fromkeys(sealed_names(Beneficiary)),
        **dict.fromkeys(
            ("pinyin", "initials", "id_kind", "id_tail", "phone_tail", "bank_tail"), ""
        ),
        **dict.fromkeys(("birth_on", "id_index", "phone_index")),
        "name": ERASED_NAME,
        "grams": [],
        "erased_at": at,
        "changed_at": at,
    }


def _empty_members(people: list[Beneficiary], indexes: list[bytes], reach: str) -> None:
    """Rows of the person's households, and of the person in the households of others in reach."""
    members = HouseholdMember.objects.all()
    rows = members.filter(file__person__in=people) | members.naming(people, indexes).within(reach)
    nothing: dict[str, None] = dict.fromkeys(sealed_names(HouseholdMember))
    rows.update(**nothing, birth_on=None, id_index=None, id_tail="")
