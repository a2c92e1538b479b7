"""Finding a person by a whole number. Who has the number learns who it is, so the look is logged;
the number is not."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.identity import read_id, read_phones
from beneficiaries.models import Beneficiary
from beneficiaries.services.people import find_by_id
from unions.models import Staff
from unions.permissions import Capability, require
from unions.services.trail import record

#: A family shares a phone; more than this is no family.
MOST = 20


@dataclass(frozen=True)
class Looked:
    """Who is found. Of other unions only that there is somebody, and only by ID number."""

    people: tuple[Beneficiary, ...] = ()
    is_elsewhere: bool = False
    by_phone: bool = False


def find_by_number(*, by: Staff, number: str) -> Looked:
    """Look for exactly this ID number or mobile phone.

    Raises ValidationError: not_a_number (it is neither).
    """
    require(by, Capability.READ_RECORDS)
    paper = read_id(number, today=timezone.localdate())
    if not paper.problem or paper.problem in {"id_15", "id_other_paper"}:
        found = find_by_id(by=by, id_number=paper.key)
        return Looked((found.person,) if found.person else (), found.is_elsewhere)
    phone = read_phones(number).mobile
    if phone:
        return _find_by_phone(by, phone)
    raise ValidationError(
        {"number": ValidationError(REFUSALS.get(paper.problem, NEITHER), code="not_a_number")}
    )


NEITHER = "这不是完整的证件号，也不是 11 位手机号，请核对后再查。"
REFUSALS = {
    "id_checksum": "这个身份证号的末位校验不对，请对照证件核对后再查。",
    "id_birth_invalid": "这个身份证号里的出生日期不对，请对照证件核对后再查。",
}


@transaction.atomic
def _find_by_phone(by: Staff, phone: str) -> Looked:
    people = Beneficiary.objects.visible_to(by).current().with_phone(phone)
    found = tuple(people.listed().order_by("pinyin", "pk")[:MOST])
    only = found[0] if len(found) == 1 else None
    record(by, Event.Action.LOOK_UP, only, found="own" if found else "nobody", kind="phone")
    return Looked(found, by_phone=True)
