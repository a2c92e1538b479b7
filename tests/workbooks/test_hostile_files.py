"""The collection of hostile files that lies beside the project, where it does."""

import resource
from pathlib import Path

import pytest

from relief.lib.workbooks import WorkbookRefused, read_table

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "hostile"

#: Name → the reason of the refusal, or how many rows its sheets have.
EXPECTED = {
    "03d_bomb_sst_10M_tiny_strings.xlsx": "too_many_cells",
    "04b_duplicate_entry_sheet1.xlsx": "suspicious",
    "05a_sparse_A1_and_XFD1048576.xlsx": "too_many_columns",
    "06b_dimension_lie_A1_only.xlsx": [3],
    "07a_billion_laughs_sheet.xlsx": "suspicious",
    "07e_xxe_file_sst.xlsx": "suspicious",
    "08d_empty.xlsx": "empty",
    "08e_random.xlsx": "not_a_workbook",
    "08g_zip_not_workbook.xlsx": "not_a_workbook",
    "09b_password_filepass.xls": "password",
    "10_macro.xlsm": "macros",
    "11a_csv_utf8bom.xlsx": [2],
    "11b_csv_gb18030.xls": [2],
    "11c_html_table_gb2312.xls": [2],
    "14a_formula_no_cache.xlsx": [4],
    "14b_formula_cached_error.xlsx": [1],
    "15_hidden.xlsx": [3, 1, 1],
    "16b_merge_bomb_A1_XFD1048576.xlsx": "too_many_merges",
    "17_date1904.xlsx": [4],
    "18_dates_edge.xlsx": [9],
    "19a_cell_50MB_inline.xlsx": "cell_too_long",
    "20_external_link.xlsx": [1],
    "22a_bad_cell_ref.xlsx": "suspicious",
    "23_sst_index_out_of_range.xlsx": "broken",
    "24_nul_and_control.xlsx": [1],
    "25_strict_ns.xlsx": [3],
    "26_ods_repeat_bomb_renamed.xlsx": "other_format",
}


def outcome(path):
    try:
        with path.open("rb") as file, read_table(file) as book:
            return [len(list(book.rows(sheet))) for sheet in book.sheets]
    except WorkbookRefused as refused:
        return refused.code


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no folder shared/hostile beside the project")
def test_every_hostile_file_is_read_rightly_or_refused_and_the_reader_stays_small():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {path.name: outcome(path) for path in sorted(FOLDER.iterdir())}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert found == EXPECTED
    assert grown < 50 * 1024  # kilobytes
