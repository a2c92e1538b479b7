"""Whether an import waits for a reviewer: the rules of all unions whose people it touches count.

A demand that stood when the file came in holds for that import to its end: who may set rules and
write imports could else take it away for one file. One made later holds as well.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from django.core.exceptions import ValidationError

from beneficiaries.models import ImportRule, LedgerImport, StagedRow
from beneficiaries.models.staged_row import StagedRowQuerySet
from unions.models import Staff, Union
from unions.scope import ancestor_paths

#: In `decisions`: path of a union → its rule when the file came in.
AT_UPLOAD: Final = "release"
#: In `decisions`: the users who decided about rows.
HANDS: Final = "hands"


def rules_for(union: Union) -> dict[str, bool]:
    """The rules that bear on the union and on those below it."""
    above = ImportRule.objects.filter(union__path__in=ancestor_paths(union.path))
    rules = above | ImportRule.objects.within(union.path)
    return dict(rules.values_list("union__path", "needs_release"))


def needs_release(ledger: LedgerImport) -> bool:
    """Of what is still to be written."""
    return _is_demanded(ledger, StagedRow.objects.of_ledger(ledger).to_write())


def needed_release(ledger: LedgerImport) -> bool:
    """Of what was written."""
    if ledger.released_by_id is not None:
        return True
    rows = StagedRow.objects.of_ledger(ledger)
    return _is_demanded(ledger, rows.filter(written_at__isnull=False))


def _is_demanded(ledger: LedgerImport, rows: StagedRowQuerySet) -> bool:
    rules = [ledger.decisions.get(AT_UPLOAD, {}), rules_for(ledger.union)]
    if not any(any(found.values()) for found in rules):
        return False
    paths = {ledger.union.path, *_paths(ledger, rows)}
    return any(_rule_of(path, found) for path in paths for found in rules)


def _paths(ledger: LedgerImport, rows: StagedRowQuerySet) -> Iterator[str]:
    """Where the people of the rows are kept or will be; of a linked person nothing changes."""
    found = rows.order_by().values_list("union__path", "person__union__path").distinct()
    for path in _flat(found):
        if path and path.startswith(ledger.union.path):
            yield path


def _flat(pairs: Iterable[tuple[str | None, str | None]]) -> Iterator[str | None]:
    return (path for pair in pairs for path in pair)


def _rule_of(path: str, rules: dict[str, bool]) -> bool:
    """That of the nearest union, as `ImportRule.objects.for_union`."""
    nearest = max((one for one in rules if path.startswith(one)), key=len, default=None)
    return nearest is not None and rules[nearest]


def refuse_own(ledger: LedgerImport, by: Staff, text: str) -> None:
    """Whoever uploaded, decided or handed in is not the second person."""
    makers = (ledger.uploaded_by, ledger.staged_by, ledger.submitted_by)
    hands = {maker.user_id for maker in makers if maker is not None}
    if by.user_id in hands | set(ledger.decisions.get(HANDS, [])):
        raise ValidationError(text, code="own_work")
