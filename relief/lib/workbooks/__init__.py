"""Workbooks in and out. Nothing in this package knows a user or a model.

`read_table` and `read_rows` read what somebody uploaded, in a child process with limits;
`relief.lib.workbooks.write` makes what we hand out.
"""

from relief.lib.workbooks.cells import Cell, Kind
from relief.lib.workbooks.keeping import kept, restored
from relief.lib.workbooks.limits import Limits
from relief.lib.workbooks.read import (
    Row,
    Sheet,
    Sheets,
    WorkbookRefused,
    read_rows,
    read_table,
)

__all__ = [
    "Cell",
    "Kind",
    "Limits",
    "Row",
    "Sheet",
    "Sheets",
    "WorkbookRefused",
    "kept",
    "read_rows",
    "read_table",
    "restored",
]
