"""Logs of what runs for months turn over while it runs."""

import shutil
import subprocess
import sys
import time

import pytest

from relief import supervisor
from relief.supervisor import Supervisor

WRITER = """
import sys
for line in sys.stdin:
    print(line.strip() * 100, flush=True)
"""


@pytest.fixture
def child(tmp_path, monkeypatch):
    """A supervisor with one child, whose log is full after 5,000 bytes."""
    monkeypatch.setattr(supervisor, "_LOG_LIMIT", 5_000)
    running = Supervisor(tmp_path, "127.0.0.1", 0)
    path = tmp_path / "log" / "web.log"
    path.parent.mkdir()
    with path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=log
        )
    assert process.stdin
    running._children["web"] = process
    yield running, process, path
    process.stdin.close()
    process.wait()


def write(process, path, line):
    before = path.stat().st_size
    process.stdin.write(f"{line}\n".encode())
    process.stdin.flush()
    deadline = time.monotonic() + 10
    while path.stat().st_size == before and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_full_log_turns_over_under_the_process_that_writes_it(child):
    running, process, path = child
    for number in range(6):
        write(process, path, f"first-{number}..")
    running.turn_over_logs()
    assert path.stat().st_size == 0
    assert path.with_suffix(".log.1").read_text().count("\n") == 6
    write(process, path, "second...")
    assert path.read_text() == "second..." * 100 + "\n", "no hole where the old lines were"
    running.turn_over_logs()
    assert "second" in path.read_text(), "what is not full stays"
    assert path.with_suffix(".log.1").stat().st_mode & 0o777 == 0o600


def test_two_logs_are_all_that_is_kept(child):
    running, process, path = child
    for number in range(40):
        write(process, path, f"line-{number:04}")
        running.turn_over_logs()
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 3 * 5_000
    assert sorted(file.name for file in path.parent.iterdir()) == ["web.log", "web.log.1"]


def test_a_disk_that_takes_no_copy_stops_nothing(child, monkeypatch):
    running, process, path = child

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    for number in range(6):
        write(process, path, f"first-{number}..")
    running.turn_over_logs()
    assert path.stat().st_size == 0
