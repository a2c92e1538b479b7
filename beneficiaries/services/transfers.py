"""People across unions: linking to somebody another union keeps, and asking for the record."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.models import Beneficiary, BeneficiaryLink, HardshipFile, Transfer
from beneficiaries.services.people import locked_person
from beneficiaries.services.stepping import touch
from relief.lib.refusals import refuse_blank
from unions.models import Message, Staff, Union
from unions.permissions import Capability, require
from unions.services.messages import notify
from unions.services.trail import record
from unions.services.tree import require_open

#: What may be wanted of somebody whom another union keeps.
LINK: Final = "link"
TRANSFER: Final = "transfer"
_NOT_FOUND: Final = "没有这个证件号码的人，请核对号码。"


@transaction.atomic
def link_beneficiary(*, by: Staff, union: Union, id_number: str) -> BeneficiaryLink:
    """Let `union` help a person whom another union keeps; who has the paper knows the number.

    Raises ValidationError: union_closed, not_found, own (no link needed), linked.
    """
    require(by, Capability.ENTER_RECORDS, at=union)
    require_open(union)
    found = Beneficiary.objects.with_id_number(id_number).current().first()
    if found is None:
        raise ValidationError({"id_number": ValidationError(_NOT_FOUND, code="not_found")})
    person = locked_person(found)
    if union.contains(person.union):
        raise ValidationError("这个人就在本机构登记，不用关联。", code="own")
    if BeneficiaryLink.objects.standing().filter(beneficiary=person, union=union).exists():
        raise ValidationError("这个人已经与本机构关联。", code="linked")
    link = BeneficiaryLink(beneficiary=person, union=union, linked_by=by)
    link.full_clean()
    link.save(force_insert=True)
    record(by, Event.Action.CREATE, link, person=str(person.pk), union=union.code)
    return link


@transaction.atomic
def reach_elsewhere(
    *, by: Staff, union: Union, id_number: str, wanted: str = LINK, reason: str = ""
) -> Transfer | BeneficiaryLink:
    """Link `union` to somebody whom another union keeps, and ask for the record where wanted.

    Raises ValidationError: those of the two; a link that stands already does not stop the request.
    """
    require(by, Capability.ENTER_RECORDS, at=union)
    if wanted != TRANSFER:
        return link_beneficiary(by=by, union=union, id_number=id_number)
    refuse_blank(reason)
    linked = BeneficiaryLink.objects.standing().filter(union=union)
    person = Beneficiary.objects.with_id_number(id_number).filter(
        pk__in=linked.values("beneficiary")
    )
    if not person.exists():
        link_beneficiary(by=by, union=union, id_number=id_number)
    return request_transfer(by=by, person=person.get(), to=union, reason=reason)


@transaction.atomic
def end_link(*, by: Staff, link: BeneficiaryLink, reason: str) -> BeneficiaryLink:
    """Either side may end it. Raises ValidationError: ended."""
    current = BeneficiaryLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    is_owner = current.beneficiary.union.path.startswith(by.union.path)
    side = current.beneficiary.union if is_owner else current.union
    require(by, Capability.ENTER_RECORDS, at=side)
    refuse_blank(reason)
    if current.ended_on is not None:
        raise ValidationError("关联已经解除。", code="ended")
    current.ended_on = timezone.localdate()
    current.save(update_fields=["ended_on"])
    record(by, Event.Action.CHANGE, current, reason=reason, person=str(current.beneficiary_id))
    return current


@transaction.atomic
def request_transfer(*, by: Staff, person: Beneficiary, to: Union, reason: str) -> Transfer:
    """Ask the owner for a person whom the union is linked to, or who is in the own subtree.

    Raises ValidationError: union_closed, not_known (link first), waiting, no_reason, gone.
    """
    require(by, Capability.ENTER_RECORDS, at=to)
    require_open(to)
    if not Beneficiary.objects.visible_to(by).filter(pk=person.pk).exists():
        raise ValidationError("请先用完整证件号码关联这个人，再申请转入。", code="not_known")
    current = locked_person(person)
    refuse_blank(reason)
    if Transfer.objects.waiting().filter(person=current).exists():
        raise ValidationError("这个人已有一份转移申请在等答复。", code="waiting")
    transfer = Transfer(
        person=current, from_union=current.union, to_union=to, reason=reason, requested_by=by
    )
    transfer.full_clean()
    transfer.save(force_insert=True)
    record(by, Event.Action.CREATE, transfer, reason=reason, to=to.code)
    return transfer


@transaction.atomic
def accept_transfer(*, by: Staff, transfer: Transfer, answer: str = "") -> Transfer:
    """The owner lets the person go, with the live files; the union that asked keeps them now.

    Raises ValidationError: union_closed (the asking one, since), answered, gone.
    """
    current = _waiting(transfer)
    require(by, Capability.ENTER_RECORDS, at=current.from_union)
    require_open(current.to_union)
    person = locked_person(current.person)
    person.union = current.to_union
    person.version += 1
    person.changed_at = timezone.now()
    person.save(update_fields=["union", "version", "changed_at"])
    for file in HardshipFile.objects.of_person(person).live().select_for_update(no_key=True):
        file.union = current.to_union
        touch(file)
        file.save(update_fields=["union", "version", "changed_at"])
    links = BeneficiaryLink.objects.standing().filter(beneficiary=person, union=current.to_union)
    links.update(ended_on=timezone.localdate())
    return _answer(current, Transfer.Status.ACCEPTED, by, answer)


@transaction.atomic
def decline_transfer(*, by: Staff, transfer: Transfer, answer: str) -> Transfer:
    """Raises ValidationError: answered, no_reason."""
    current = _waiting(transfer)
    require(by, Capability.ENTER_RECORDS, at=current.from_union)
    refuse_blank(answer, field="answer")
    return _answer(current, Transfer.Status.DECLINED, by, answer)


@transaction.atomic
def withdraw_transfer(*, by: Staff, transfer: Transfer) -> Transfer:
    """Raises ValidationError: answered."""
    current = _waiting(transfer)
    require(by, Capability.ENTER_RECORDS, at=current.to_union)
    return _answer(current, Transfer.Status.WITHDRAWN, by, "")


def _waiting(transfer: Transfer) -> Transfer:
    rows = Transfer.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("from_union", "to_union", "person").get(pk=transfer.pk)
    if current.status != Transfer.Status.REQUESTED:
        text = f"这份申请已经有结果：{current.get_status_display()}。"
        raise ValidationError(text, code="answered")
    return current


def _answer(transfer: Transfer, status: Transfer.Status, by: Staff, answer: str) -> Transfer:
    transfer.status, transfer.answer = status, answer
    transfer.decided_by, transfer.decided_at = by, timezone.now()
    transfer.full_clean(validate_constraints=False)
    transfer.save()
    record(by, Event.Action.DECIDE, transfer, reason=answer, result=status)
    _tell(transfer, by)
    return transfer


def _tell(transfer: Transfer, by: Staff) -> None:
    """Whoever asked reads the answer on the landing page; the message names no person."""
    asked = transfer.requested_by
    if asked.user_id == by.user_id:
        return
    answer = transfer.get_status_display()
    notify(
        by=by,
        to=asked.user,
        staff=asked,
        kind=Message.Kind.NEWS,
        text=f"您向{transfer.from_union.name}申请转入的一个人：{answer}。"[:200],
        url=f"/transfers/{transfer.pk}/",
    )
