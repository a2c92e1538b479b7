"""Putting verdicts into the table of staged rows: new ones by COPY, judged again in one batch."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg import sql

from beneficiaries.importing.rows import SkippedRow
from beneficiaries.models import LedgerImport, StagedRow
from beneficiaries.services.ledgers.content import Content
from beneficiaries.services.ledgers.judging import Verdict
from relief.lib.bulk import bulk_cursor
from relief.lib.crypto.fields import sealed_field
from relief.lib.crypto.sealing import DataKey
from relief.lib.ids import uuid7

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
#: The values of a new row in the order of `_COLUMNS`.
Line = tuple[Any, ...]
_NOT_WRITTEN: Final = (False, False, False)
_SKIPPED: Final = StagedRow.Outcome.SKIPPED
_CONTENT: Final = sealed_field(StagedRow, "content")

_COPY: Final = sql.SQL("COPY {} ({}) FROM STDIN").format(
    sql.Identifier(_TABLE), sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
)
_UPDATE: Final = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s AND written_at IS NULL").format(
    sql.Identifier(_TABLE),
    sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in _JUDGED
    ),
)


def add_rows(lines: Iterable[Line]) -> None:
    with bulk_cursor() as cursor, cursor.copy(_COPY) as copy:
        for line in lines:
            copy.write_row(line)


def change_rows(rows: Sequence[StagedRow]) -> None:
    """What judging them again found; rows that were written meanwhile stay as they are."""
    parameters = [{name: getattr(row, name) for name in ("id", *_JUDGED)} for row in rows]
    with bulk_cursor() as cursor:
        cursor.executemany(_UPDATE, parameters)


def staged(ledger: LedgerImport, verdict: Verdict, key: DataKey) -> Line:
    """As `fill`, without the cost of 50,000 model instances."""
    item, person, file = verdict.item, verdict.person, verdict.file
    pk = uuid7()
    return (
        pk,
        ledger.pk,
        item.position,
        item.sheet[:100],
        item.number,
        verdict.outcome,
        "",
        verdict.open_problems,
        key.seal(item.content.dumped().encode(), _CONTENT.place_of(pk)),
        verdict.union.pk if verdict.union else None,
        item.indexes.own,
        item.indexes.every,
        person.pk if person else None,
        person.version if person else None,
        file.pk if file else None,
        file.version if file else None,
        *_NOT_WRITTEN,
    )


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
) -> Line:
    """A row that is nobody: it counts, and what it said can be looked at."""
    pk = uuid7()
    content = key.seal(Content(note=skipped.text).dumped().encode(), _CONTENT.place_of(pk))
    said = (pk, ledger.pk, position, sheet[:100], skipped.number)
    nobody: Line = (None, None, [], None, None, None, None)
    return (*said, _SKIPPED, skipped.reason, [], content, *nobody, *_NOT_WRITTEN)
