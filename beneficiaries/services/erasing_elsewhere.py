"""Who erases a person does not reach into other unions: their keepers are asked.

Whoever knows a number could otherwise register anybody under it, erase that record and so destroy
what another union keeps. The person's right goes on there: the request is handed to the owner.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from django.db.models import Model, Q

from audit.models import Event
from audit.services import Actor, record_event
from beneficiaries.models import Beneficiary, HouseholdMember, LedgerImport
from beneficiaries.services.ledgers.forgetting import imports_naming
from unions.models import Message, Staff, Union
from unions.permissions import Capability, roles_with
from unions.scope import ancestor_paths
from unions.services.messages import notify

_MEMBER: Final = (
    "按本人要求删除个人信息：你单位一份困难档案的第 {} 位家庭成员可能是同一人，请核实办理。"
)
_LEDGER: Final = "按本人要求删除个人信息：你单位的一份台账导入里可能有同一人，请核实后跳过或放弃。"


class _Place(NamedTuple):
    """Where another union names the person."""

    about: Model
    union: Union
    text: str
    url: str


def ask_elsewhere(*, by: Staff, people: Sequence[Beneficiary], indexes: Sequence[bytes]) -> None:
    """Tell the keepers of every place outside the subtree, by no number and no name.

    For the service that erases, before it does. Nothing comes back, and the events stand in the
    chain of the system: who erases learns nothing, also not from the log of the own union.
    """
    for place in [*_households(by, people, indexes), *_imports(by, people)]:
        details = {"asked": "erase", "by": by.union.code, "of": place.union.code}
        record_event(
            actor=Actor(by.user_id),
            action=Event.Action.HAND_OVER,
            about=place.about,
            details=details,
        )
        for keeper in _keepers(place.union):
            notify(
                by=by,
                to=keeper.user,
                staff=keeper,
                kind=Message.Kind.NEWS,
                text=f"{by.union.name}{place.text}"[:200],
                url=place.url,
            )


def _households(
    by: Staff, people: Sequence[Beneficiary], indexes: Sequence[bytes]
) -> Iterator[_Place]:
    members = HouseholdMember.objects.naming(people, indexes).exclude(file__person__in=people)
    outside = members.exclude(pk__in=HouseholdMember.objects.visible_to(by).values("pk"))
    for member in outside.select_related("file__union").order_by("pk"):
        url = f"/files/{member.file_id}/"
        yield _Place(member.file, member.file.union, _MEMBER.format(member.position), url)


def _imports(by: Staff, people: Sequence[Beneficiary]) -> Iterator[_Place]:
    own = LedgerImport.objects.visible_to(by).values("pk")
    outside = imports_naming(people).exclude(pk__in=own)
    for ledger in outside.select_related("union").order_by("pk"):
        yield _Place(ledger, ledger.union, _LEDGER, f"/ledgers/{ledger.pk}/")


def _keepers(union: Union) -> list[Staff]:
    """Who may erase people at the union, or at the nearest one above that has somebody."""
    above = Q(union__path__in=ancestor_paths(union.path))
    postings = Staff.objects.live().filter(above, role__in=roles_with(Capability.ERASE_PEOPLE))
    found = list(postings.with_people().order_by("-union__path", "pk"))
    return [staff for staff in found if staff.union_id == found[0].union_id]
