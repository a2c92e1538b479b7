"""What became of an import: its counts, the people that were written, what undoing left."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.http import QueryDict

from beneficiaries.ledger_shown import LOOKS
from beneficiaries.models import Beneficiary, LedgerImport, StagedRow
from beneficiaries.models.ledger_import import UNDO_FOR
from beneficiaries.services.ledgers.undoing import may_undo
from beneficiaries.shown import name_for
from relief.lib.tables import page_of
from unions.models import Staff
from unions.permissions import Capability, has

Outcome = StagedRow.Outcome


class WrittenShown(NamedTuple):
    """One row and its person; `why` it stayed when the import was taken back."""

    row: StagedRow
    name: str
    kind: str
    icon: str
    why: str


def context_of(staff: Staff, ledger: LedgerImport, params: QueryDict) -> dict[str, Any]:
    """For beneficiaries/ledger_detail.html."""
    is_undone = ledger.status == LedgerImport.Status.UNDONE
    rows = StagedRow.objects.visible_to(staff).of_ledger(ledger).select_related("person", "union")
    listed = rows.filter(written_at__isnull=False)
    if is_undone:
        listed = listed.filter(is_kept=True)
    page = page_of(listed, params)
    may_enter = has(staff, Capability.ENTER_RECORDS)
    return {
        "page": page,
        "rows": list(_written(staff, page.object_list)),
        "terms": terms(ledger.counts, url="") if ledger.counts else [],
        "total": {"number": ledger.counts.get("read", 0), "label": "读出行数", "url": ""},
        "held": held(ledger.counts),
        "may_undo": may_undo(staff, ledger),
        "may_enter": may_enter,
        "undo_until": ledger.applied_at + UNDO_FOR if ledger.applied_at else None,
    }


def terms(counts: dict[str, Any], *, url: str) -> list[dict[str, Any]]:
    """The equation: what was read is the sum of these."""
    return [
        {
            "number": counts[outcome.value],
            "label": str(outcome.label),
            "kind": LOOKS[outcome][0],
            "icon": LOOKS[outcome][1],
            "url": f"{url}?outcome={outcome.value}" if url else "",
        }
        for outcome in Outcome
        if counts[outcome.value] or outcome != Outcome.SKIPPED
    ]


def held(counts: dict[str, Any]) -> int:
    """Rows that writing leaves where they are."""
    return int(counts.get("mend", 0)) + int(counts.get("duplicate", 0))


def to_write(counts: dict[str, Any]) -> int:
    return int(counts["new"]) + int(counts["changed"]) - int(counts["written"])


def _written(staff: Staff, rows: Iterable[StagedRow]) -> Iterator[WrittenShown]:
    for row in rows:
        assert row.person is not None
        kind, icon = LOOKS[Outcome(row.outcome)]
        name = name_for(staff, row.person)
        yield WrittenShown(row, name, kind or "mute", icon, _why(row, row.person))


def _why(row: StagedRow, person: Beneficiary) -> str:
    if not row.is_kept:
        return ""
    if person.version != row.person_version:
        return "写入以后有人改过这个人的资料"
    return "写入以后这个人有了新的材料、回访、审批或关联"
