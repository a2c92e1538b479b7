"""Putting verdicts into the table of staged rows: new ones by COPY, judged again in one batch."""

from collections.abc import Iterable, Sequence
from typing import Final

from psycopg import sql

from beneficiaries.importing.rows import SkippedRow
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers.content import Content
from beneficiaries.services.ledgers.judging import Verdict
from relief.lib.bulk import bulk_cursor
from relief.lib.crypto.sealing import DataKey

_TABLE: Final = StagedRow._meta.db_table
_COLUMNS: Final = (
    "id",
    "ledger_id",
    "position",
    "sheet",
    "number",
    "outcome",
    "skip_reason",
    "open_problems",
    "content",
    "union_id",
    "id_index",
    "indexes",
    "person_id",
    "person_version",
    "file_id",
    "file_version",
    "made_person",
    "made_file",
    "is_kept",
)
#: What judging again may change; `UPDATE … WHERE id`.
_JUDGED: Final = (
    "outcome",
    "skip_reason",
    "open_problems",
    "content",
    "union_id",
    "id_index",
    "indexes",
    "person_id",
    "person_version",
    "file_id",
    "file_version",
)
_COPY: Final = sql.SQL("COPY {} ({}) FROM STDIN").format(
    sql.Identifier(_TABLE), sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)
_UPDATE: Final = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s AND written_at IS NULL").format(
    sql.Identifier(_TABLE),
    sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in _JUDGED
    ),
)


def add_rows(rows: Iterable[StagedRow]) -> None:
    with bulk_cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row([getattr(row, name) for name in _COLUMNS])


def change_rows(rows: Sequence[StagedRow]) -> None:
    """What judging them again found; rows that were written meanwhile stay as they are."""
    parameters = [{name: getattr(row, name) for name in ("id", *_JUDGED)} for row in rows]
    with bulk_cursor() as cursor:
        cursor.executemany(_UPDATE, parameters)


def staged(ledger: LedgerImport, verdict: Verdict, key: DataKey) -> StagedRow:
    item = verdict.item
    row = StagedRow(
        ledger_id=ledger.pk, position=item.position, sheet=item.sheet[:100], number=item.number
    )
    fill(row, verdict, key)
    return row


def fill(row: StagedRow, verdict: Verdict, key: DataKey) -> None:
    """The verdict into the row; not saved."""
    person, file = verdict.person, verdict.file
    row.outcome = verdict.outcome
    row.skip_reason = ""
    row.open_problems = verdict.open_problems
    row.union_id = verdict.union.pk if verdict.union else None
    row.id_index = verdict.item.indexes.own
    row.indexes = verdict.item.indexes.every
    row.person_id, row.person_version = (person.pk, person.version) if person else (None, None)
    row.file_id, row.file_version = (file.pk, file.version) if file else (None, None)
    row.seal(key, content=verdict.item.content.dumped())


def staged_skip(
    ledger: LedgerImport, position: int, sheet: str, skipped: SkippedRow, key: DataKey
) -> StagedRow:
    """A row that is nobody: it counts, and what it said can be looked at."""
    row = StagedRow(
        ledger_id=ledger.pk,
        position=position,
        sheet=sheet[:100],
        number=skipped.number,
        outcome=StagedRow.Outcome.SKIPPED,
        skip_reason=skipped.reason,
    )
    row.seal(key, content=Content(note=skipped.text).dumped())
    return row
