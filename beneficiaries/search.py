"""What this app gives to the shared search: people and workplaces."""

from collections.abc import Iterator

from django.urls import reverse

from beneficiaries.models import Beneficiary, Workplace
from beneficiaries.people_filters import is_whole_number
from beneficiaries.shown import name_for
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import SearchHit

LIMIT = 8


def find_people(staff: Staff, text: str) -> Iterator[SearchHit]:
    """By name, pinyin, initials or the last four; a whole number has a way of its own, by post."""
    if not has(staff, Capability.READ_RECORDS):
        return
    if is_whole_number(text):
        yield SearchHit("按完整号码查找", "号码不会留在网址里", reverse("people-find"))
        return
    people = Beneficiary.objects.visible_to(staff).current().matching(text)
    for person in people.listed().order_by("pinyin", "pk")[:LIMIT]:
        note = f"{person.union.name} · 帮扶对象"
        if person.id_tail:
            note = f"证件尾号 {person.id_tail} · {note}"
        yield SearchHit(name_for(staff, person), note, reverse("person-detail", args=[person.pk]))


def find_workplaces(staff: Staff, text: str) -> Iterator[SearchHit]:
    if not has(staff, Capability.READ_RECORDS) or is_whole_number(text):
        return
    found = Workplace.objects.visible_to(staff).open().matching(text).select_related("union")
    for place in found.order_by("name", "pk")[:LIMIT]:
        url = reverse("workplace-detail", args=[place.pk])
        yield SearchHit(place.name, f"{place.union.name} · 单位", url)
