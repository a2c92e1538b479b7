"""The access rows of imports of ledgers."""

import itertools
import uuid
from io import BytesIO

from beneficiaries.models import ImportRule, LedgerImport, StagedRow
from beneficiaries.services.ledgers import questions, releasing
from beneficiaries.services.ledgers.applying import apply_ledger
from beneficiaries.services.ledgers.progress import Directly
from beneficiaries.services.ledgers.reading import take_book
from beneficiaries.services.ledgers.receiving import keep_upload
from beneficiaries.services.ledgers.staging import stage_rows
from tests.access_rows import FORM, POST, Arguments, Row, Scoped
from tests.beneficiaries.access_people import clerk_of
from tests.beneficiaries.access_people import code as code_of
from tests.beneficiaries.numbers import id_number
from tests.importing.making import book
from unions.models import Union

HEADINGS = ["姓名", "身份证号", "困难类别", "备注", "慰问金"]
#: So that nobody is known to another union.
_numbers = itertools.count(1)


def laid_out(union: Union) -> LedgerImport:
    """Read, and every value carries the union's code, which is a canary outside of it."""
    code = union.code
    for key in ("hardship_class:深度困难", "category:KN"):
        code_of(key)
    ledger = keep_upload(
        by=clerk_of(union),
        union=union,
        year=2026,
        file=BytesIO(code.encode()),
        file_name=f"台账 {code}.xlsx",
    )
    rows = [
        HEADINGS,
        [f"王{code}", _id_number(), f"类别 {code}", f"备注 {code}", 500],
        [f"李{code}", "", "深度困难", f"备注 {code}", 300],
        ["赵建国", _id_number(), "深度困难", f"备注 {code}", 200],
    ]
    with book(rows, names=[f"表 {code}"]) as made:
        return take_book(ledger, made, Directly())


def _id_number() -> str:
    number = next(_numbers)
    return id_number(number % 1000, region=f"{120101 + number // 1000}")


def staged(union: Union) -> LedgerImport:
    return stage_rows(laid_out(union), Directly(), by=clerk_of(union))


def ready(union: Union) -> LedgerImport:
    """Staged, with every question about the whole file answered."""
    ledger, by = staged(union), clerk_of(union)
    answers = {questions.SUMS: questions.confirm_sums, questions.BRAKE: questions.confirm_brake}
    for name, _ in questions.open_questions(ledger):
        ledger = answers[name](by=by, ledger=ledger, version=ledger.version)
    return ledger


def written(union: Union) -> LedgerImport:
    ledger = ready(union)
    return apply_ledger(
        by=clerk_of(union), ledger=ledger, version=ledger.version, progress=Directly()
    )


def submitted(union: Union) -> LedgerImport:
    """Waiting for a reviewer; the demand itself ends at once, other imports know nothing of it."""
    ledger, by = ready(union), clerk_of(union)
    ImportRule.objects.update_or_create(union=union, defaults={"needs_release": True})
    ledger = releasing.submit_ledger(by=by, ledger=ledger, version=ledger.version)
    ImportRule.objects.filter(union=union).update(needs_release=False)
    return ledger


def a_laid_out_ledger(union: Union) -> Arguments:
    return {"pk": laid_out(union).pk}


def a_staged_ledger(union: Union) -> Arguments:
    return {"pk": staged(union).pk}


def a_ready_ledger(union: Union) -> Arguments:
    return {"pk": ready(union).pk}


def a_written_ledger(union: Union) -> Arguments:
    return {"pk": written(union).pk}


def a_submitted_ledger(union: Union) -> Arguments:
    return {"pk": submitted(union).pk}


def unknown_words(union: Union) -> Arguments:
    return a_staged_ledger(union) | {"code": "code_unknown", "field": "hardship_type"}


def a_row(union: Union) -> Arguments:
    return {"pk": StagedRow.objects.of_ledger(staged(union))[0].pk}


def a_union(union: Union) -> Arguments:
    return {"code": union.code}


LEDGER = "beneficiaries.LedgerImport"
ROW = "beneficiaries.StagedRow"
NOWHERE = {"pk": uuid.UUID(int=1)}
LAID_OUT = Scoped(LEDGER, a_laid_out_ledger, NOWHERE)
STAGED = Scoped(LEDGER, a_staged_ledger, NOWHERE)
READY = Scoped(LEDGER, a_ready_ledger, NOWHERE)
WRITTEN = Scoped(LEDGER, a_written_ledger, NOWHERE)
SUBMITTED = Scoped(LEDGER, a_submitted_ledger, NOWHERE)
WORDS = Scoped(LEDGER, unknown_words, NOWHERE | {"code": "code_unknown", "field": "hardship_type"})
LINE = Scoped(ROW, a_row, NOWHERE)
UNION = Scoped("unions.Union", a_union, {"code": "NOSUCH"})

ROWS: dict[str, Row] = {
    "ledger-list": Row(),
    "ledger-upload": Row(FORM),
    "ledger-detail": Row(target=WRITTEN),
    "ledger-restart": Row(POST, LAID_OUT),
    "ledger-discard": Row(FORM, STAGED),
    "ledger-columns": Row(FORM, LAID_OUT),
    "ledger-check": Row(target=STAGED),
    "ledger-decide": Row(POST, STAGED),
    "ledger-skip": Row(POST, STAGED),
    "ledger-words": Row(FORM, WORDS),
    "ledger-missing": Row(target=STAGED),
    "ledger-problems": Row(POST, STAGED),
    "ledger-submit": Row(POST, STAGED),
    "ledger-return": Row(FORM, SUBMITTED),
    "ledger-apply": Row(FORM, READY),
    "ledger-undo": Row(FORM, WRITTEN),
    "ledger-row": Row(target=LINE),
    "ledger-look": Row(POST, LINE),
    "ledger-mend": Row(POST, LINE),
    "import-rule-change": Row(FORM, UNION),
}
