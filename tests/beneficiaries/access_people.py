"""The access rows of people, their papers and categories."""

from tests.access_rows import Row

ROWS: dict[str, Row] = {}
