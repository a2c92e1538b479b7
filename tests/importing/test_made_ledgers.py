"""Ten ledgers of our own, read from real files: every column, row, value and problem is right."""

from io import BytesIO

import pytest

from beneficiaries.importing import LedgerRow, open_ledger
from relief.lib.workbooks import read_table
from tests.importing.ledgers import MADE
from tests.importing.ledgers_as_text import AS_TEXT
from tests.importing.making import TODAY, VOCABULARY

LEDGERS = MADE | AS_TEXT

#: DOMAIN §6.3: the number of each pathology, what it is, and the ledgers that have it.
PATHOLOGIES = {
    1: ("titles above the heading", "households.xlsx enterprise.xlsx tabs.txt roster.xlsx"),
    2: ("headings of two rows, merged", "households.xlsx portal.xls"),
    3: ("merged data cells", "households.xlsx portal.xls screen.xls"),
    4: ("sums, blank marks, signatures", "households.xlsx streets.xlsx roster.xlsx tabs.txt"),
    5: ("many sheets, some no ledgers", "streets.xlsx"),
    6: ("ID numbers stored as numbers", "numbers.xlsx"),
    7: ("ID numbers with signs and wide digits", "households.xlsx money.csv portal.xls"),
    8: ("15 digits, 17 digits, two in a cell", "dates.xls"),
    9: ("card numbers as numbers, in groups", "numbers.xlsx"),
    10: ("phones of every kind", "numbers.xlsx"),
    11: ("dates of every form", "dates.xls tabs.txt"),
    12: ("money in words, 万, 约, below 0", "money.csv enterprise.xlsx"),
    13: ("formulas and errors", "numbers.xlsx"),
    14: ("variants of words", "money.csv screen.xls enterprise.xlsx"),
    15: ("the same people twice", "streets.xlsx"),
    16: ("sex and birth against the number", "dates.xls"),
    17: ("names with blanks, dots, rare letters", "households.xlsx money.csv"),
    18: ("other formats than .xlsx", "dates.xls screen.xls money.csv tabs.txt portal.xls"),
    19: ("repeated headings, blank columns", "streets.xlsx roster.xlsx enterprise.xlsx"),
    20: ("used rows far below", "enterprise.xlsx"),
    21: ("words of older templates", "portal.xls"),
    22: ("groups of members, half filled", "streets.xlsx households.xlsx"),
}


def test_every_pathology_is_in_a_ledger():
    assert set(PATHOLOGIES) == set(range(1, 23))
    named = {name for _, names in PATHOLOGIES.values() for name in names.split()}
    assert named == set(LEDGERS)


@pytest.mark.parametrize("name", LEDGERS)
def test_a_ledger_is_read_without_a_mistake(name):
    made = LEDGERS[name]()
    with read_table(BytesIO(made.content)) as book:
        ledger = open_ledger(book, vocabulary=VOCABULARY, today=TODAY)
        assert len(ledger.layouts) == len(made.sheets)
        for layout, truth in zip(ledger.layouts, made.sheets, strict=True):
            assert layout.header_rows == truth.header
            assert tuple(one.field or None for one in layout.columns) == truth.columns
            found = {
                row.number: (dict(row.values), sorted(one.code for one in row.problems))
                for row in ledger.rows(layout)
                if isinstance(row, LedgerRow)
            }
            assert found == truth.rows
