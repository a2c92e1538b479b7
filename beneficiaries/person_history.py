"""操作记录 of a person: what was done to the row, and to papers, categories and consents."""

from typing import Any

from django.db.models import Q

from audit.models import Event
from beneficiaries import shown
from beneficiaries.models import Attachment, Beneficiary, CategoryMembership, Consent
from beneficiaries.models.person_key import key_of
from relief.lib.crypto.fields import SealedField
from unions.models import Staff, User
from unions.object_history import Opener, TimelineItem, entries_of, in_words
from unions.scope import visible_events


def history_of(staff: Staff, person: Beneficiary, count: int) -> list[TimelineItem]:
    """The newest entries; sealed values are told as masks, old → new."""
    entries = entries_of(staff, person)[:count]
    own = in_words(staff, Beneficiary, entries, opened=_opener(staff, person))
    items = [*map(_without_equals, own), *_of_what_belongs(staff, person, count)]
    return sorted(items, key=lambda item: item.at, reverse=True)[:count]


def _opener(staff: Staff, person: Beneficiary) -> Opener:
    key = key_of(person)

    def opened(row: Any, column: Any) -> str:
        if not isinstance(column, SealedField):
            return "（加密保存）"
        value = key.open(bytes(getattr(row, column.attname)), column.place(person)).decode()
        return shown.mask_of(staff, column.name, value)

    return opened


def _without_equals(item: TimelineItem) -> TimelineItem:
    """Two values can have one mask: then only that it changed is told."""
    changes = [
        (name, "", "已改，不显示内容") if old == new else (name, old, new)
        for name, old, new in item.changes
    ]
    return TimelineItem(item.at, item.who, item.what, item.note, changes)


def _of_what_belongs(staff: Staff, person: Beneficiary, count: int) -> list[TimelineItem]:
    """Acts on the person's papers, categories and consents: one query for all of them."""
    visible = (
        Attachment.objects.visible_to(staff).filter(person=person),
        CategoryMembership.objects.visible_to(staff).filter(beneficiary=person),
        Consent.objects.visible_to(staff).filter(person=person),
    )
    names = {str(rows.model._meta.label): str(rows.model._meta.verbose_name) for rows in visible}
    about = Q(pk__in=[])
    for rows in visible:
        keys = [str(key) for key in rows.values_list("pk", flat=True)]
        about |= Q(object_type=rows.model._meta.label, object_id__in=keys)
    events = list(visible_events(staff).filter(about).order_by("-id")[:count])
    people = _names_of(events)
    return [
        TimelineItem(
            at=event.at,
            who=people.get(event.actor_id, "系统"),
            what=f"{event.get_action_display()}：{names[event.object_type]}",
            note=f"理由：{event.reason}" if event.reason else "",
            changes=[],
        )
        for event in events
    ]


def _names_of(events: list[Event]) -> dict[int | None, str]:
    actors = {event.actor_id for event in events}
    return dict(User.objects.filter(pk__in=actors).values_list("pk", "full_name"))
