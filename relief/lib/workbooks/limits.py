"""How large a workbook may be. The defaults are those of DESIGN §8.7 and SECURITY §4.1."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Every figure can be set in `settings.WORKBOOK_LIMITS` under its name here."""

    file_bytes: int = 20 * MEBIBYTE
    rows: int = 50_000
    #: That many more may be filled by what is no entry: titles, headings of every page, sums.
    spare_rows: int = 0
    cells: int = 2_000_000
    columns: int = 100
    sheets: int = 20
    expansion_bytes: int = 256 * MEBIBYTE
    #: Parts of the zip; pictures and printer settings count.
    parts: int = 500
    xml_depth: int = 40
    #: Cell tags with and without content: blank cells with borders down to the last row.
    cell_tags: int = 3_000_000
    cell_characters: int = 2_000
    merges: int = 20_000
    merged_cells: int = 100_000
    styles: int = 70_000
    html_bytes: int = 5 * MEBIBYTE
    memory_bytes: int = 1024 * MEBIBYTE
    cpu_seconds: int = 60
    wall_seconds: int = 90
    #: What the child may write for the parent to read.
    output_bytes: int = 512 * MEBIBYTE
