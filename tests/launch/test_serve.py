"""`manage.py serve` on a copy of the project, in a folder with an odd name.

One installation lives through everything in one test, so that each start finds what the one before
left behind, and the suite pays for a first start once.
"""

import http.client
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from relief.embedded import Server

pytestmark = pytest.mark.launch
ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".*", "var", "__pycache__", "tests", "docs")


@pytest.fixture
def checkout(tmp_path):
    checkout = tmp_path / "区总工会 送温暖"
    shutil.copytree(ROOT, checkout, ignore=LEFT_OUT)
    yield checkout
    Server(checkout / "var").stop()


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def serving(checkout, port):
    """Start `manage.py serve`, read what it prints up to the address, kill it afterwards."""
    process = start(checkout, port)
    try:
        yield process, read_to_the_address(process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class FirstRun:
    said: str
    status: int
    processes: list[int]
    rows: tuple[int, int]
    exit_code: int


def run_and_interrupt(checkout, port):
    """A run that ends by Ctrl-C."""
    with serving(checkout, port) as (process, said):
        status, processes, made = answers(port), children(process.pid), rows(checkout)
        process.send_signal(signal.SIGINT)
        exit_code = process.wait()
        assert process.stdout.read() == "已停止。 Stopped.\n"
        return FirstRun(said, status, processes, made, exit_code)


def run_and_kill(checkout, port):
    """A run that is killed; returns when all its children have ended."""
    with serving(checkout, port) as (process, _said):
        handles = [os.pidfd_open(child) for child in children(process.pid)]
        process.kill()
        for handle in handles:
            select.select([handle], [], [])
            os.close(handle)


def start(checkout, port, *arguments):
    # The suite's own settings and folders must not reach the process under test.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=checkout,
        env=kept | {"PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_to_the_address(process):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "http://" in line:
            return "".join(lines)
    pytest.fail("it ended before it served: " + "".join(lines))


def answers(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status


def slow_clients_stop_nobody(port):
    """More of them than the server has threads, in the middle of a head and of a body."""
    beginnings = (
        b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nusername=",
    )
    for beginning in beginnings:
        with ExitStack() as stack:
            for _ in range(40):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.sendall(beginning)
            time.sleep(0.5)
            began = time.monotonic()
            assert answers(port) == 200
            assert time.monotonic() - began < 5


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def children(process):
    """The process numbers of the web server, its processes and the worker."""
    pattern = re.compile(rf"^PPid:\s+{process}$", re.MULTILINE)
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if pattern.search(text):
            child = int(status.parent.name)
            found += [child, *children(child)]
    return found


def rows(checkout):
    with Server(checkout / "var").connect("relief") as superuser:
        return superuser.execute("SELECT count(*), min(id) FROM unions_union").fetchone()


def test_installation_outlives_ctrl_c_and_kill(checkout, port):
    first = run_and_interrupt(checkout, port)
    assert f"http://127.0.0.1:{port}/" in first.said
    assert first.status == 200
    assert first.rows[0] > 0, "the demo has unions"
    assert first.exit_code == 0
    # The second of the server's processes may begin after the first has answered.
    assert len(first.processes) >= 3, "web server, its processes, worker"
    assert not [child for child in first.processes if Path("/proc", str(child)).exists()]

    run_and_kill(checkout, port)
    assert refuses(port)

    with serving(checkout, port) as (process, said):
        assert said.endswith(first.said[first.said.index("演示账号") :])
        assert answers(port) == 200
        assert rows(checkout) == first.rows
        slow_clients_stop_nobody(port)

        second = start(checkout, port)
        refusal, _ = second.communicate()
        assert second.returncode == 1
        assert refusal.count("\n") == 1
        assert f"The system is running already (process {process.pid})" in refusal
        assert answers(port) == 200

        assert "Stopped" in start(checkout, port, "--stop").communicate()[0]
        assert process.wait() == 0
    assert refuses(port)
    assert not Server(checkout / "var").is_running()
    assert "Nothing was running" in start(checkout, port, "--stop").communicate()[0]


def test_taken_port_is_one_line(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(checkout, taken.getsockname()[1])
        said, _ = process.communicate()
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "cannot be used" in said
