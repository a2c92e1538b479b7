"""People of the registry: registering, changing, showing a full value, finding by number."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries import lifecycle, personal
from beneficiaries.models import Beneficiary, HardshipFile, PersonKey, Workplace
from beneficiaries.models.beneficiary import ID_NUMBER
from beneficiaries.models.person_key import key_of
from beneficiaries.paper import agree, read_account, read_paper, read_phone
from beneficiaries.services.stepping import send_change_to_review
from relief.lib.crypto.fields import sealed_names
from relief.lib.crypto.keys import blind_index
from relief.lib.crypto.sealing import DataKey
from relief.lib.refusals import refuse_blank, refuse_stale
from unions.models import Staff, Union
from unions.permissions import Capability, require
from unions.services.trail import record


class Details(TypedDict, total=False):
    """What a form says about a person. Left out = as it was: pages show masks, not values."""

    name: str
    sex: str
    birth_on: date | None
    id_kind: str
    id_number: str
    phone: str
    other_contact: str
    address: str
    bank_name: str
    bank_account: str
    health: str
    workplace: Workplace | None


#: What is read before it is sealed: how it is read, how it is put in.
_PUTTERS: Final[
    dict[str, tuple[Callable[[str], str], Callable[[Beneficiary, DataKey, str], None]]]
] = {
    "phone": (read_phone, personal.put_phone),
    "bank_account": (read_account, personal.put_account),
}
_SEALED_TEXTS: Final = frozenset({"other_contact", "address", "bank_name", "health"})
#: Who a file was approved for; once it was filled in, it changes under the eyes of a checker.
_IDENTITY: Final = frozenset({"name", "id_index"})
_PROVEN_BY_PAPER: Final = frozenset({"id_kind", "id_number", "sex", "birth_on"})


@transaction.atomic
def create_beneficiary(
    *, by: Staff, union: Union, is_invented: bool = False, **details: Unpack[Details]
) -> Beneficiary:
    """Register a person at a union, with a data key of the person's own.

    Raises ValidationError: union closed, a number that cannot be, id_taken (known in the own
    subtree), id_elsewhere (known in another union, which is all that is told).
    """
    require(by, Capability.ENTER_RECORDS, at=union)
    if not union.is_open:
        raise ValidationError({"union": ValidationError("这个机构已经撤销。", code="union_closed")})
    person = Beneficiary(union=union, is_invented=is_invented)
    key = DataKey.new()
    _fill(person, key, details, by)
    person.full_clean(validate_unique=False)
    person.save(force_insert=True)
    person_key = PersonKey(person=person)
    person_key.wrap(key)
    person_key.save(force_insert=True)
    record(by, Event.Action.CREATE, person)
    return person


@transaction.atomic
def change_beneficiary(
    *, by: Staff, person: Beneficiary, version: int, **details: Unpack[Details]
) -> Beneficiary:
    """Change what the details name; an older `version` than the stored one is refused.

    Another name or number sends a file in force back to review.
    Raises ValidationError: stale, gone (merged or erased), file_under_review, and what registering
    refuses.
    """
    current = locked_person(person)
    require(by, Capability.ENTER_RECORDS, at=current.union)
    refuse_stale(current.version, version, "这个人的信息")
    before = {field.attname: getattr(current, field.attname) for field in current._meta.fields}
    _fill(current, key_of(current), details, by)
    changed = sorted(name for name, value in before.items() if getattr(current, name) != value)
    if not changed:
        return current
    current.version += 1
    current.changed_at = timezone.now()
    current.full_clean(validate_unique=False)
    current.save()
    record(by, Event.Action.CHANGE, current, fields=sorted(set(changed) & details.keys()))
    if any(before[name] for name in _IDENTITY.intersection(changed)):
        _review_again(current, by)
    return current


@transaction.atomic
def reveal(*, by: Staff, person: Beneficiary, field: str, reason: str) -> str:
    """The full value of a masked one; who saw what of whom, and why, goes into the log.

    Raises ValidationError: no reason, nothing that is masked.
    """
    require(by, Capability.REVEAL, at=person.union)
    refuse_blank(reason, words="请写明查看的理由。")
    if field not in sealed_names(Beneficiary):
        raise ValidationError("没有这一项。", code="unknown_field")
    record(by, Event.Action.REVEAL, person, reason=reason, field=field)
    current = Beneficiary.objects.get(pk=person.pk)
    refuse_gone(current)
    return current.unseal(key_of(current), field)


@transaction.atomic
def reveal_values(
    *, by: Staff, person: Beneficiary, fields: list[str], reason: str
) -> dict[str, str]:
    """Several full values of one person at once, each an event of its own."""
    return {field: reveal(by=by, person=person, field=field, reason=reason) for field in fields}


@dataclass(frozen=True)
class Found:
    """The person with a number, when the posting may see it, or only that there is one."""

    person: Beneficiary | None = None
    is_elsewhere: bool = False


@transaction.atomic
def find_by_id(*, by: Staff, id_number: str) -> Found:
    """Look for exactly this ID number, in all unions.

    Whoever has a number learns whether it is known here, so the look goes into the log; the number
    does not.
    """
    require(by, Capability.READ_RECORDS)
    known = Beneficiary.objects.with_id_number(id_number)
    person = known.visible_to(by).first()
    found = Found(person, is_elsewhere=person is None and known.exists())
    outcome = "elsewhere" if found.is_elsewhere else "own" if person else "nobody"
    record(by, Event.Action.LOOK_UP, person, found=outcome)
    return found


def locked_person(person: Beneficiary) -> Beneficiary:
    """The stored row, locked. Raises ValidationError: gone."""
    rows = Beneficiary.objects.select_for_update(of=("self",), no_key=True)
    current = rows.select_related("union").get(pk=person.pk)
    refuse_gone(current)
    return current


def lock_number(index: bytes) -> None:
    """Whoever writes the same number waits here until this transaction ends."""
    with connection.cursor() as cursor:
        key = int.from_bytes(index[:8], "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def refuse_gone(person: Beneficiary) -> None:
    if person.merged_into_id is not None:
        raise ValidationError("这个人已经合并到另一个人，请到那一页修改。", code="gone")
    if person.erased_at is not None:
        raise ValidationError("这个人的个人信息已经删除。", code="gone")


def refuse_under_review(people: Iterable[Beneficiary]) -> None:
    """Raises ValidationError: file_under_review."""
    files = HardshipFile.objects.filter(person__in=people, status__in=lifecycle.UNDER_REVIEW)
    if files.exists():
        text = "困难档案正在审核，姓名和证件号码现在不能改。请先撤回申报，或等审核结束。"
        raise ValidationError(text, code="file_under_review")


def _review_again(person: Beneficiary, by: Staff) -> None:
    """A file in force was approved for somebody of that name and number."""
    refuse_under_review([person])
    files = HardshipFile.objects.of_person(person).active()
    for file in files.select_for_update(of=("self",), no_key=True):
        send_change_to_review(by=by, file=file, reason="改了姓名或证件号码")


def _fill(person: Beneficiary, key: DataKey, details: Details, by: Staff) -> None:
    """Put in what differs; a value that stays is not sealed anew, so history shows real changes."""
    given: dict[str, Any] = dict(details)
    if "name" in given and given["name"] != person.name:
        personal.put_name(person, key, given["name"])
    if given.keys() & _PROVEN_BY_PAPER:
        _fill_from_paper(person, key, given, by)
    for name in given.keys() & _PUTTERS.keys():
        read, put = _PUTTERS[name]
        if (text := read(given[name])) != person.unseal(key, name):
            put(person, key, text)
    for name in given.keys() & _SEALED_TEXTS:
        if (text := given[name].strip()) != person.unseal(key, name):
            person.seal(key, **{name: text})
    if "workplace" in given:
        person.workplace = given["workplace"]


def _fill_from_paper(person: Beneficiary, key: DataKey, given: dict[str, Any], by: Staff) -> None:
    number = person.unseal(key, "id_number")
    paper = read_paper(
        given.get("id_kind", person.id_kind),
        given.get("id_number", number),
        today=timezone.localdate(),
    )
    person.sex, person.birth_on = agree(
        paper, sex=given.get("sex", person.sex), birth_on=given.get("birth_on", person.birth_on)
    )
    if (paper.kind, paper.number) == (person.id_kind, number):
        return
    if paper.number:
        _refuse_known(person, paper.number, by)
    personal.put_paper(person, key, paper)


def _refuse_known(person: Beneficiary, number: str, by: Staff) -> None:
    """One person, one row."""
    index = blind_index(ID_NUMBER).of(number) or b""
    lock_number(index)
    others = Beneficiary.objects.filter(id_index=index).exclude(pk=person.pk)
    if others.visible_to(by).exists():
        raise _known("id_taken", "这个证件号码已经登记过，请搜索这个号码，在已有的人上修改。")
    if others.exists():
        raise _known(
            "id_elsewhere", "这个证件号码在别的机构已经登记。您可以关联这个人，或申请转入。"
        )


def _known(code: str, text: str) -> ValidationError:
    return ValidationError({"id_number": ValidationError(text, code=code)})
