"""How every act on the ledger is written: its key first, then the locks, then the entries.

Parts of the services beside it, which have asked whether it is allowed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from ledger.models import Entry, Posting
from ledger.refusals import worded
from relief.lib.bulk import copy_in
from unions.models import Staff, Union
from unions.permissions import Command
from unions.services.trail import posting_of

#: From here on COPY is cheaper than one INSERT.
_MANY: Final = 20
_RESERVE: Final = """
    INSERT INTO ledger_posting (actor, route, key, body_hash, made_at)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class Act:
    posting: Posting
    #: False: it was sent before, and what it did stands.
    is_new: bool


@dataclass(frozen=True)
class Circumstances:
    """What is noted with every movement."""

    occurred_on: date | None = None
    voucher_number: str = ""
    note: str = ""
    is_backfilled: bool = False

    def on(self) -> date | None:
        """Today unless said otherwise; a paper without a day stays without one."""
        if self.occurred_on is None and not self.is_backfilled:
            return timezone.localdate()
        return self.occurred_on


PLAIN: Final = Circumstances()


@transaction.atomic(savepoint=False)
def begin(*, by: Staff | Command, route: str, key: UUID, body: Mapping[str, Any]) -> Act:
    """Reserve the key. A second act with it waits here until the first is through.

    Raises ValidationError: key_reused (the same key with another content).
    """
    actor = by.user_id if isinstance(by, Staff) else Posting.NOBODY
    fingerprint = fingerprint_of(body)
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [actor, route, key, fingerprint, now])
        row = cursor.fetchone()
    if row:
        posting = Posting(row[0], actor, route, key, fingerprint, now)
        return Act(posting, is_new=True)
    posting = Posting.objects.get(actor=actor, route=route, key=key)
    if posting.body_hash != fingerprint:
        text = "这一页已经提交过别的内容，请重新打开页面再填。"
        raise ValidationError(text, code="key_reused")
    return Act(posting, is_new=False)


def fingerprint_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of the content, however its keys are ordered."""
    text = json.dumps(_plain(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return f"{value._meta.label}:{value.pk}"
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


def locked(*unions: Union) -> dict[int, Union]:
    """The unions as they stand now, locked in the order of their keys; nobody moves them.

    Not of their paths (DESIGN §8.1): a union that is being moved has two, and whoever sees the old
    one waits crosswise for whoever sees the new one.
    """
    keys = {union.pk for union in unions}
    rows = Union.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    return {union.pk: union for union in rows}


@transaction.atomic(savepoint=False)
def write(*, by: Staff | Command, act: Act, entries: Sequence[Entry]) -> Posting:
    """Add the entries of an act; balances, commitments and chains follow by trigger.

    Raises ValidationError: over_balance, over_commitment, reversed, not_directly_below …
    """
    for entry in entries:
        entry.posting = act.posting
        entry.recorded_by = posting_of(by)
    with worded():
        if len(entries) < _MANY:
            Entry.objects.bulk_create(entries)
        else:
            copy_in(entries)
    return act.posting
