"""Clients that take their time stop nobody else: gunicorn itself, on a socket, with our worker."""

import http.client
import os
import selectors
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from relief import slow_clients
from relief.slow_clients import Connection, Head, Refused

pytestmark = pytest.mark.launch
ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = "tests.launch.slow_server"
HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\nname="
LONG_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\nname="


@pytest.fixture(scope="module")
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", f"--config=python:{SERVER}", SERVER]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(command, cwd=ROOT, env=kept | {"PORT": str(number)})
    try:
        wait_for(number)
        yield number
    finally:
        process.terminate()
        process.wait()


def wait_for(port):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    pytest.fail("gunicorn did not start")


def ask(port, path="/", body=None):
    """(status, text, seconds) of an honest request."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST" if body is not None else "GET", path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), time.monotonic() - began


@contextmanager
def crowd(port, beginning, count=40):
    """So many clients that have sent the beginning of a request, and read a little at a time."""
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", port))
            client.sendall(beginning)
            clients.append(client)
        time.sleep(0.3)
        yield clients


def everything_from(client, seconds=5):
    client.settimeout(seconds)
    said = b""
    while piece := client.recv(65536):
        said += piece
    return said


@pytest.mark.parametrize(
    "beginning",
    [b"", b"G", HALF_HEAD, HALF_BODY, LONG_BODY],
    ids=["nothing", "a letter", "half a head", "half a body", "a long body"],
)
def test_forty_slow_clients_stop_nobody(port, beginning):
    with crowd(port, beginning) as clients:
        for _ in range(3):
            for client in clients[:5]:
                client.sendall(b"x" if beginning else b"")
            assert ask(port)[0] == 200
            status, text, seconds = ask(port, body=b"y" * 100_000)
            assert (status, text) == (200, "100000")
            assert seconds < 3


def test_half_a_request_before_the_next_one_holds_no_thread(port):
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with crowd(port, whole + HALF_HEAD) as clients:
        assert ask(port)[2] < 3
        clients[0].sendall(b"1\r\n\r\n")
        clients[0].settimeout(5)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 2:
            answers += clients[0].recv(65536)


def test_who_reads_a_page_slowly_holds_no_thread(port):
    with crowd(port, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"):
        assert ask(port)[2] < 3


def test_long_bodies_take_half_of_the_threads(port):
    """Whoever waits for his turn is served when one of them is through or has gone."""
    unwanted = b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n"
    with (
        crowd(port, LONG_BODY, count=2) as clients,
        socket.create_connection(("127.0.0.1", port)) as third,
    ):
        third.sendall(unwanted)
        with pytest.raises(TimeoutError):
            everything_from(third, 0.5)
        assert ask(port, body=b"small")[1] == "5"
        clients[0].close()
        assert b"200 OK" in everything_from(third)


def test_a_long_body_is_read_whole(port):
    assert ask(port, body=b"z" * 5_000_000)[1] == "5000000"


def test_a_body_that_nobody_wants_is_answered_before_it_came(port):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
        assert b"200 OK" in everything_from(client)


def test_who_asks_before_he_sends_is_told_to_go_on(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"12345")
        assert everything_from(client).endswith(b"\r\n\r\n5")


def test_requests_sent_letter_by_letter_and_several_at_once_are_answered(port):
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in one:
            client.sendall(bytes([letter]))
        client.sendall(one + one + last)
        answers = everything_from(client)
    assert answers.count(b"HTTP/1.1 200 OK") == 4
    assert answers.count(b"\r\n\r\n3") == 4


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000, b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"no http at all\r\n\r\n", b"400"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(port, head, status):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head)
        assert everything_from(client).startswith(b"HTTP/1.1 " + status)


def test_a_client_that_has_its_answer_and_stays_does_not_stop_the_loop(port):
    done = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with crowd(port, done, count=10):
        assert ask(port)[2] < 1


def test_half_a_head_has_ten_seconds_however_it_trickles(monkeypatch):
    """The whole time counts: a byte a second does not start it anew."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        now = [1000.0]
        monkeypatch.setattr(slow_clients, "time", SimpleNamespace(monotonic=lambda: now[0]))
        worker = Loop()
        worker.begin(ours)
        for _ in range(9):
            theirs.sendall(b"x")
            worker.turn()
            now[0] += 1
        assert worker.waiting
        now[0] += 2
        worker.turn()
        assert not worker.waiting
        assert theirs.recv(100).startswith(b"HTTP/1.1 408")


def test_a_body_has_fifteen_seconds_and_some_for_its_length(monkeypatch):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        now = [1000.0]
        monkeypatch.setattr(slow_clients, "time", SimpleNamespace(monotonic=lambda: now[0]))
        worker = Loop()
        worker.begin(ours)
        theirs.sendall(HALF_BODY)
        worker.turn()
        for _ in range(54):
            theirs.sendall(b"x")
            now[0] += 1
            worker.turn()
        assert worker.waiting
        now[0] += 2
        worker.turn()
        assert not worker.waiting


def test_all_that_is_incomplete_has_a_measure_together(monkeypatch):
    monkeypatch.setattr(slow_clients, "HELD_BYTES", 300_000)
    worker = Loop()
    pairs = [socket.socketpair() for _ in range(4)]
    for ours, theirs in pairs:
        worker.begin(ours)
        theirs.sendall(HALF_BODY + b"x" * 100_000)
        for _ in range(3):
            worker.turn()
    assert worker.held < 300_000
    assert [connection.sock for connection in worker.waiting] == [ours for ours, _ in pairs[2:]]
    for pair in pairs:
        for end in pair:
            end.close()


def test_beyond_the_last_place_who_waits_longest_is_let_go():
    worker = Loop(places=3)
    pairs = [socket.socketpair() for _ in range(5)]
    for ours, _theirs in pairs:
        worker.begin(ours)
    assert [connection.sock for connection in worker.waiting] == [ours for ours, _ in pairs[3:]]
    assert worker.nr_conns == 2
    for pair in pairs:
        for end in pair:
            end.close()


def test_a_thread_that_answers_for_five_minutes_is_cut_off(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(slow_clients, "time", SimpleNamespace(monotonic=lambda: now[0]))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker = Loop()
        worker.begin(ours)
        theirs.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        worker.turn()
        assert worker.handed_over == [ours]
        now[0] += 299
        worker.turn()
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
        now[0] += 2
        worker.turn()
        assert theirs.recv(1) == b""


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (b"GET / HTTP/1.1", 0),
        (b"GET / HTTP/1.1\r\ncontent-length: 7", 7),
        (b"GET / HTTP/1.1\r\nContent-Length:7\r\nA: b", 7),
        (b"GET / HTTP/1.1\r\nContent-Length: 7, 7", 0),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 19, 0),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2", 0),
    ],
)
def test_a_head_tells_how_long_its_body_is(lines, body):
    assert Head(lines).body == body


def test_a_body_of_unknown_length_is_refused():
    with pytest.raises(Refused):
        Head(b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked")


class Loop(slow_clients.WholeRequestWorker):
    """The worker without a process around it: what it would give to a thread is noted."""

    def __init__(self, places=100):
        class Settings:
            threads = 4
            keepalive = 5
            worker_connections = places
            is_ssl = False
            http2_cleartext = "off"

        self.cfg = Settings()
        self.worker_connections = places
        self.poller = selectors.DefaultSelector()
        self.nr_conns, self.alive = 0, True
        self.handed_over = []
        self.prepare()

    def begin(self, sock):
        class Listener:
            def accept(self):
                return sock, ("127.0.0.1", 1)

            def getsockname(self):
                return "127.0.0.1", 2

        self.accept(Listener())

    def turn(self):
        for key, _ in self.poller.select(0):
            key.data(key.fileobj)
        self.murder_keepalived()

    def enqueue_req(self, conn):
        assert isinstance(conn, Connection)
        self.handed_over.append(conn.sock)
