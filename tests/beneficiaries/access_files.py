"""The access rows of hardship files."""

from tests.access_rows import Row

ROWS: dict[str, Row] = {}
