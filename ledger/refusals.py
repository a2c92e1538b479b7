"""From what the database refuses to what a person reads.

Only the CHECK of a balance says 余额不足; an error that it does not know stays an error.
Source: SECURITY §3.2.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from relief.lib.http import sqlstate

_OVER: Final = "余额不足：本机构这笔款物没有这么多。"
#: Name of the constraint → code, words.
_CONSTRAINTS: Final = {
    "ledger_balance_not_negative": ("over_balance", _OVER),
    "ledger_balance_committed_covered": (
        "over_balance",
        "余额不足：剩下的已经批准给别的发放，不能再用。",
    ),
    "ledger_commitmentleft_not_negative": ("over_commitment", "超出了批准的额度。"),
    "ledger_entry_reversed_once": ("reversed", "这一笔已经冲销过，不能再冲销。"),
    "ledger_acknowledgement_entry_id_key": ("acknowledged", "这一笔已经确认收到。"),
    "ledger_donation_receipt_once": ("receipt_used", "本机构已经用过这个票据号。"),
}
#: SQLSTATE of our triggers → code, words.
_STATES: Final = {
    "23R21": ("not_mirrored", "冲销必须与原来那一笔完全一致。"),
    "23R22": ("not_directly_below", "只能下拨给直接下级，退回给直接上级。"),
    "23R23": ("other_lot", "这个批次不属于所选的物资。"),
    "23R24": ("other_commitment", "所用的批准额度不是这个机构、这笔款物的。"),
    "23R25": ("same_person", "下拨的人不能自己确认收到，请由收到的机构另一个人确认。"),
}


@contextmanager
def worded() -> Iterator[None]:
    """Raises ValidationError for what the ledger's own walls refuse inside."""
    try:
        yield
    except IntegrityError as error:
        known = _STATES.get(sqlstate(error)) or _CONSTRAINTS.get(_constraint(error))
        if known is None:
            raise
        code, words = known
        raise ValidationError(words, code=code) from error


def _constraint(error: IntegrityError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
