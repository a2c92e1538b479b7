"""Whether what stands in clear is what stands sealed: told apart from the services that keep it.

Lists, search and duplicates read name, pinyin, tails, birth and blind indexes; whoever changes one
of them in SQL makes a person unfindable, or another one. A breach names the row and the column,
never a value.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from django.utils import timezone

from beneficiaries.models import (
    Beneficiary,
    HouseholdMember,
    LedgerImport,
    LedgerKey,
    PersonKey,
    StagedRow,
)
from beneficiaries.models.beneficiary import ID_NUMBER, PHONE
from beneficiaries.names import name_parts
from beneficiaries.paper import sex_and_birth
from beneficiaries.services.ledgers.content import SHEET, content_of
from relief.lib.crypto.fields import SealedRow, sealed_names
from relief.lib.crypto.keys import blind_index
from relief.lib.crypto.sealing import DataKey, SealError
from relief.lib.snapshot import snapshot

_CHUNK: Final = 500
_TAIL: Final = 4


def registry_breaks(*, told: Callable[[int], None] | None = None) -> Iterator[str]:
    """One sentence per broken rule, by key; a sound registry gives none.

    `told` hears how many people are through.
    """
    last = None
    done = 0
    while True:
        with snapshot():
            people = list(_next_people(last))
            found = list(_breaks_of(people))
        if not people:
            return
        yield from found
        last, done = people[-1].pk, done + len(people)
        if told:
            told(done)


def _next_people(last: Any) -> Iterator[Beneficiary]:
    rows = Beneficiary.objects.order_by("pk")
    yield from islice(rows.filter(pk__gt=last) if last else rows, _CHUNK)


def _breaks_of(people: list[Beneficiary]) -> Iterator[str]:
    keys = PersonKey.objects.in_bulk([person.pk for person in people])
    members: dict[Any, list[HouseholdMember]] = {}
    rows = HouseholdMember.objects.filter(file__person__in=people).select_related("file")
    for member in rows.order_by("pk"):
        members.setdefault(member.file.person_id, []).append(member)
    for person in people:
        named = f"Person {person.pk}"
        kept = keys.get(person.pk)
        is_kept = kept is not None and kept.wrapped is not None
        if person.erased_at is not None:
            if is_kept:
                yield f"{named} is erased and has a key."
            continue
        if kept is None or not is_kept:
            yield f"{named} has no key."
            continue
        try:
            key = kept.unwrapped()
        except SealError:
            yield f"{named} has a key that does not open."
            continue
        yield from _told_of(named, _person_breaks(person, key))
        for member in members.get(person.pk, []):
            yield from _told_of(f"Member {member.pk} of {named}", _member_breaks(member, key))


def _told_of(named: str, columns: Iterator[str]) -> Iterator[str]:
    for column in columns:
        yield f"{named}: {column}."


def _person_breaks(person: Beneficiary, key: DataKey) -> Iterator[str]:
    texts = _opened(person, key)
    yield from (f"{name} does not open" for name, text in texts.items() if text is None)
    if (name := texts["name_sealed"]) is not None:
        parts = name_parts(name)
        stored = {column: getattr(person, column) for column in parts}
        yield from _differing(stored, dict(parts))
    if (number := texts["id_number"]) is not None:
        yield from _number_breaks(person, number)
        yield from _born_otherwise(person, number)
    if (phone := texts["phone"]) is not None:
        stored = {"phone_tail": person.phone_tail, "phone_index": _bytes(person.phone_index)}
        yield from _differing(
            stored, {"phone_tail": phone[-_TAIL:], "phone_index": blind_index(PHONE).of(phone)}
        )
    if (account := texts["bank_account"]) is not None:
        yield from _differing({"bank_tail": person.bank_tail}, {"bank_tail": account[-_TAIL:]})


def _member_breaks(member: HouseholdMember, key: DataKey) -> Iterator[str]:
    texts = _opened(member, key)
    yield from (f"{name} does not open" for name, text in texts.items() if text is None)
    if (number := texts["id_number"]) is not None:
        yield from _number_breaks(member, number)
        if member.file.ledger_id is None:
            yield from _born(member, number)


def _opened(row: SealedRow, key: DataKey) -> dict[str, str | None]:
    """Sealed column → text; None where it does not open."""
    texts: dict[str, str | None] = {}
    for name in sealed_names(type(row)):
        try:
            texts[name] = row.unseal(key, name)
        except SealError:
            texts[name] = None
    return texts


def _number_breaks(row: Beneficiary | HouseholdMember, number: str) -> Iterator[str]:
    stored = {"id_tail": row.id_tail, "id_index": _bytes(row.id_index)}
    yield from _differing(
        stored, {"id_tail": number[-_TAIL:], "id_index": blind_index(ID_NUMBER).of(number)}
    )


def _born_otherwise(person: Beneficiary, number: str) -> Iterator[str]:
    """Unless a ledger was believed against the number: somebody decided that."""
    for column in _born(person, number):
        code = "birth_mismatch" if column.startswith("birth_on") else "sex_mismatch"
        if not _is_decided(person, code):
            yield column


def _born(row: Beneficiary | HouseholdMember, number: str) -> Iterator[str]:
    sex, birth = sex_and_birth(number, today=timezone.localdate())
    proven: dict[str, Any] = {"sex": sex, "birth_on": birth} if sex and birth else {}
    yield from _differing({name: getattr(row, name) for name in proven}, proven)


def _differing(stored: dict[str, Any], sealed: dict[str, Any]) -> Iterator[str]:
    for column, value in sealed.items():
        if stored[column] != value:
            yield f"{column} is not what is sealed"


def _bytes(index: Any) -> bytes | None:
    return None if index is None else bytes(index)


def _is_decided(person: Beneficiary, code: str) -> bool:
    """A row that was written for the person says so, or has been emptied since."""
    rows = StagedRow.objects.filter(person=person, written_at__isnull=False)
    for row in rows.select_related("ledger"):
        key = _key_of(row.ledger)
        if key is None or row.content is None:
            return True
        settled = content_of(row, key).settled
        if any(name.startswith(f"{code}:") and how[0] == SHEET for name, how in settled.items()):
            return True
    return False


def _key_of(ledger: LedgerImport) -> DataKey | None:
    kept = LedgerKey.objects.filter(pk=ledger.pk, wrapped__isnull=False).first()
    return kept.unwrapped() if kept else None
