"""What this app gives to the shared search."""

from collections.abc import Iterator

from django.urls import reverse

from unions.models import Staff, Union
from unions.permissions import Capability, has
from unions.slots import SearchHit

LIMIT = 8


def find_unions(staff: Staff, text: str) -> Iterator[SearchHit]:
    if not has(staff, Capability.VIEW_UNIONS):
        return
    for union in Union.objects.visible_to(staff).matching(text).in_tree_order()[:LIMIT]:
        url = reverse("union-detail", args=[union.code])
        yield SearchHit(union.name, f"{union.get_kind_display()} · {union.code}", url)


def find_staff(staff: Staff, text: str) -> Iterator[SearchHit]:
    if not has(staff, Capability.VIEW_STAFF):
        return
    rows = Staff.objects.visible_to(staff).live().with_people().matching(text)
    for row in rows.order_by("user__pinyin", "pk")[:LIMIT]:
        note = f"{row.union.name} · {row.get_role_display()}"
        yield SearchHit(row.user.full_name, note, reverse("staff-detail", args=[row.pk]))
