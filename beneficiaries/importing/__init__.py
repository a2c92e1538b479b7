"""Reading a 困难职工台账: from the sheets of a workbook to people and problems.

Pure Python: no model, no database. The file itself is opened by `relief.lib.workbooks`.

    with read_table(upload) as book:
        ledger = open_ledger(book, vocabulary=words, today=today)
        for layout in ledger.layouts:
            for row in ledger.rows(layout):  # LedgerRow or SkippedRow
                ...

`Choices` carries what a person corrected or an earlier file taught. fields.json holds the headings,
problems.py the codes, what they say and how they are mended.
"""

from beneficiaries.importing.columns import Column
from beneficiaries.importing.layout import Choices, Layout
from beneficiaries.importing.ledger import Ledger, open_ledger
from beneficiaries.importing.problems import Problem, Severity
from beneficiaries.importing.rows import LedgerRow, SkippedRow
from beneficiaries.importing.vocabulary import Vocabulary

__all__ = [
    "Choices",
    "Column",
    "Layout",
    "Ledger",
    "LedgerRow",
    "Problem",
    "Severity",
    "SkippedRow",
    "Vocabulary",
    "open_ledger",
]
