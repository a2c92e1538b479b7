"""What pages and the landing page say about people who may be the same."""

from collections.abc import Iterator

from django.urls import reverse

from beneficiaries.duplicates import doubles_of, suspects
from beneficiaries.models import Beneficiary, BeneficiaryLink, Transfer
from beneficiaries.models.same_person import TransferQuerySet
from beneficiaries.shown import name_for
from unions.models import Staff
from unions.permissions import Capability, has
from unions.slots import Panel, Task

#: A family has fewer; whoever has more is looked at in the list.
MOST = 10


def doubles(staff: Staff, person: Beneficiary) -> Iterator[Panel]:
    """On the page of a person: who may be the same one, and who was merged into this one."""
    if not staff.union.contains(person.union) or person.merged_into_id or person.erased_at:
        return
    found = [
        {"double": double, "name": name_for(staff, double.person)}
        for double in doubles_of(person, staff=staff)
        if staff.union.contains(double.person.union)
    ]
    if found:
        context = {"person": person, "found": found[:MOST], "more": len(found) - MOST}
        yield Panel("可能是同一人", "beneficiaries/parts/person_doubles.html", context)
    merged = (
        Beneficiary.objects.visible_to(staff).owned_by(staff).filter(merged_into=person).listed()
    )
    if rows := [(row, name_for(staff, row)) for row in merged.order_by("-changed_at", "pk")]:
        yield Panel("合并进来的旧记录", "beneficiaries/parts/person_merged.html", {"rows": rows})


def links(staff: Staff, person: Beneficiary) -> Iterator[Panel]:
    """On the page of a person: which unions are linked, who asks for the record."""
    if not has(staff, Capability.ENTER_RECORDS) or person.merged_into_id or person.erased_at:
        return
    standing = BeneficiaryLink.objects.visible_to(staff).standing().filter(beneficiary=person)
    waiting = Transfer.objects.visible_to(staff).waiting().filter(person=person)
    transfer = waiting.select_related("to_union").first()
    rows = list(standing.select_related("union").order_by("linked_on", "pk"))
    if not rows and transfer is None and staff.union == person.union:
        return
    context = {
        "person": person,
        "links": rows,
        "transfer": transfer,
        "may_ask": transfer is None and staff.union != person.union,
    }
    yield Panel("关联和转移", "beneficiaries/parts/person_links.html", context)


def tasks(staff: Staff) -> Iterator[Task]:
    """People of the own union about whom nobody has decided; households are no haste."""
    if not has(staff, Capability.ENTER_RECORDS):
        return
    if number := suspects(staff).count():
        yield Task(
            label="疑似重复：等核对",
            url=f"{reverse('doubles-list')}?union={staff.union_id}",
            state="todo",
            note=f"{number:,} 人",
        )
    requests = reverse("transfer-list")
    if number := to_answer(staff).count():
        yield Task(
            label="转移申请：等您答复",
            url=f"{requests}?status=requested&direction=out",
            state="todo",
            note=f"{number:,} 份",
        )
    asked = Transfer.objects.visible_to(staff).waiting().filter(to_union=staff.union)
    if number := asked.count():
        yield Task(
            label="转移申请：等对方答复",
            url=f"{requests}?status=requested&direction=in",
            state="doing",
            note=f"{number:,} 份",
        )


def to_answer(staff: Staff) -> TransferQuerySet:
    """Requests for people of the own union: what is asked of a street is the street's business."""
    if not has(staff, Capability.ENTER_RECORDS):
        return Transfer.objects.none()
    return Transfer.objects.visible_to(staff).to_decide(staff).filter(from_union=staff.union)
