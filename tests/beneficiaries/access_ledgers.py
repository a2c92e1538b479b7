"""The access rows of imports of ledgers."""

from tests.access_rows import Row

ROWS: dict[str, Row] = {}
