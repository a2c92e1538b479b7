"""The files of SECURITY §4.4 that are made here: each gets its verdict, the reader stays small."""

import json
import subprocess
import sys

from django.conf import settings

READ = {
    "01_normal", "02_normal.xls", "05c_1048576_empty_rows", "06a_dimension_lie_huge",
    "11d_html_table.xlsx", "11g_xlsx_named_xls", "11h_xls_named_xlsx", "12_wps.et",
    "13_numbers_as_text", "16a_merged",
}  # fmt: skip
REFUSED = {
    "03a_one_long_string": "expands",
    "03b_whitespace": "expands",
    "03c_rows_without_end": "row_too_far",
    "04a_lying_directory": "broken",
    "05b_A1_and_T1048576": "row_too_far",
    "05d_styled_blank_rows": "blank_formatted",
    "07b_laughs_sst": "suspicious",
    "07c_laughs_workbook": "suspicious",
    "07d_quadratic": "suspicious",
    "07f_nesting_300k": "suspicious",
    "08a_truncated_half": "broken",
    "08b_truncated_40": "broken",
    "08c_bitflips": "broken",
    "08f_png": "not_a_workbook",
    "08h_truncated_half.xls": "broken",
    "08i_bitflips.xls": "broken",
    "09a_password": "password",
    "11e_spreadsheetml2003.xls": "other_format",
    "11f_mhtml.xls": "other_format",
    "16c_21k_merges": "too_many_merges",
    "19b_600_sheets": "too_many_parts",
    "19c_16384_columns": "too_many_columns",
    "21_styles_bomb_1M": "too_many_styles",
    "22b_A99999999999": "suspicious",
    "22c_ZZZZZ1": "suspicious",
    "22d_XFD1": "too_many_columns",
    "22e_A1048577": "suspicious",
    "22f_minus": "suspicious",
    "27_backslashes": "suspicious",
    "28_600_entries": "too_many_parts",
}


def test_each_made_file_is_read_rightly_or_refused_and_the_reader_stays_small():
    """The sentence of each reason is held to its form in test_refusals."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.workbooks.hostile"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-500:]
    said = json.loads(ended.stdout)
    refused = {name: f"refused {code}" for name, code in REFUSED.items()}
    assert said["outcomes"] == refused | dict.fromkeys(READ, "read")
    assert said["grown_kb"] < 50 * 1024
