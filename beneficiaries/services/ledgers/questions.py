"""Questions about the whole file that must be answered before it is written."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from beneficiaries.importing.fields import fields
from beneficiaries.models import LedgerImport
from beneficiaries.services.ledgers import counting
from beneficiaries.services.ledgers.deciding import lock_open
from unions.models import Staff
from unions.services.trail import record

BRAKE, SUMS = "brake", "sums"


def open_questions(ledger: LedgerImport) -> list[tuple[str, str]]:
    """(name, sentence) of what nobody has answered, or what changed since somebody did."""
    counts, decided = ledger.counts, ledger.decisions
    found = []
    if counting.is_mostly_known(counts) and BRAKE not in decided:
        people = counting.people_in(counts)
        text = (
            f"{people} 行里有 {counts['known']} 人已经在库里，{counts['duplicate']} 行重复。"
            "请确认没有选错文件或年度。"
        )
        found.append((BRAKE, text))
    sums = counts.get("sums", {})
    if sums and decided.get(SUMS, {}).get("sums") != sums:
        told = "，".join(f"{fields().label(name)} {amount} 元" for name, amount in sums.items())
        found.append((SUMS, f"金额合计：{told}。请与原表核对后确认。"))
    return found


@transaction.atomic
def confirm_brake(*, by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    """Somebody says by name that a file of mostly known people is meant."""
    return _confirm(by, ledger, version, BRAKE, {"known": ledger.counts["known"]})


@transaction.atomic
def confirm_sums(*, by: Staff, ledger: LedgerImport, version: int) -> LedgerImport:
    """Somebody says by name that the sums are those of the paper; a later change asks again."""
    return _confirm(by, ledger, version, SUMS, {"sums": ledger.counts.get("sums", {})})


def refuse_unready(ledger: LedgerImport) -> None:
    """Raises ValidationError: brake_open, sums_open."""
    for name, sentence in open_questions(ledger):
        raise ValidationError(sentence, code=f"{name}_open")


def _confirm(
    by: Staff, ledger: LedgerImport, version: int, name: str, about: dict[str, object]
) -> LedgerImport:
    current = lock_open(by, ledger, version)
    answer = {**about, "by": by.pk, "at": timezone.now().isoformat()}
    current.decisions = {**current.decisions, name: answer}
    current.version += 1
    current.save()
    record(by, Event.Action.DECIDE, current, decision=name)
    return current
