"""The access rows of duplicates, links and transfers."""

from tests.access_rows import Row

ROWS: dict[str, Row] = {}
