"""`manage.py serve` on a copy of the project, in a folder with an odd name.

The tests share one folder, so that each start finds what the one before left behind.
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
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from relief.embedded import Server

pytestmark = [pytest.mark.launch, pytest.mark.xdist_group("serve")]
ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".*", "var", "__pycache__", "tests", "docs")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    checkout = tmp_path_factory.mktemp("serve") / "区总工会 送温暖"
    shutil.copytree(ROOT, checkout, ignore=LEFT_OUT)
    yield checkout
    Server(checkout / "var").stop()


@pytest.fixture(scope="module")
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def serve(checkout, port):
    """Start `manage.py serve`, read what it prints up to the address, end it afterwards."""

    @contextmanager
    def serving():
        process = start(checkout, port)
        try:
            yield process, read_to_the_address(process)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    return serving


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


def end(process):
    process.send_signal(signal.SIGINT)
    return process.wait()


def test_first_run_serves_and_ctrl_c_ends_everything(checkout, port, serve):
    with serve() as (process, said):
        assert f"http://127.0.0.1:{port}/" in said
        assert answers(port) == 200
        started = children(process.pid)
        assert len(started) >= 4, "web server, its processes, worker"
        assert end(process) == 0
    assert refuses(port)
    assert not [child for child in started if Path("/proc", str(child)).exists()]
    assert not Server(checkout / "var").is_running()


def test_second_run_keeps_the_data(checkout, port, serve):
    with serve():
        before = rows(checkout)
    with serve() as (process, said):
        assert answers(port) == 200
        assert rows(checkout) == before
        assert end(process) == 0
    assert "http://" in said


def test_killed_run_takes_its_children_along_and_blocks_nothing(port, serve):
    with serve() as (process, _said):
        handles = [os.pidfd_open(child) for child in children(process.pid)]
        process.kill()
        for handle in handles:
            select.select([handle], [], [])  # returns when that process has ended
            os.close(handle)
    assert refuses(port)
    with serve() as (process, _said):
        assert answers(port) == 200
        assert end(process) == 0


def test_second_instance_is_told_of_the_first(checkout, port, serve):
    with serve() as (process, _said):
        second = start(checkout, port)
        said, _ = second.communicate()
        assert second.returncode == 1
        assert said.count("\n") == 1
        assert f"The system is running already (process {process.pid})" in said
        assert answers(port) == 200


def test_stop_ends_a_run_elsewhere(checkout, port, serve):
    with serve() as (process, _said):
        stopping = start(checkout, port, "--stop")
        assert "Stopped" in stopping.communicate()[0]
        assert process.wait() == 0
    assert refuses(port)
    assert not Server(checkout / "var").is_running()
    again = start(checkout, port, "--stop")
    assert "Nothing was running" in again.communicate()[0]


def test_taken_port_is_one_line(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(checkout, taken.getsockname()[1])
        said, _ = process.communicate()
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "cannot be used" in said
