"""A thousand spoilt workbooks per build; the same command reads 20,000 in a night."""

import json
import subprocess
import sys

from django.conf import settings

COUNT = 1_000


def test_spoilt_workbooks_are_read_or_refused_and_nothing_else():
    ended = subprocess.run(
        [sys.executable, "-m", "tests.workbooks.fuzzing", str(COUNT), "1"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-500:]
    said = json.loads(ended.stdout)
    assert said["failures"] == []
    assert sum(said["outcomes"].values()) == COUNT
    assert said["outcomes"]["read"] > COUNT / 10
    assert said["grown_kb"] < 50 * 1024
