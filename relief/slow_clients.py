"""A gunicorn worker whose threads only see requests that have arrived whole.

gunicorn's own gthread gives a connection to a thread with its first byte; the thread then waits for
the rest, for ever. As many slow connections as there are threads stop the server. Here one loop
collects head and body of every connection, each with a deadline for the whole of it, and hands over
what is complete. Bodies longer than a form's are read by the thread itself, which asks first
whether they are wanted; they take at most half of the threads.
Why not another server, or a proxy: docs/decisions/0023-slow-clients.md.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gunicorn.workers import gthread

from relief.starting import StartError

#: Bytes of a request's head; more is refused.
HEAD_BYTES: Final = 32 * 1024
#: Bytes of a body that is collected here: all that a form without files may have.
BODY_BYTES: Final = 2_700_000
#: Bytes that all incomplete requests of a process hold together; the oldest goes first.
HELD_BYTES: Final = 64 * 1024 * 1024
HEAD_SECONDS: Final = 10.0
#: For a body, and one more second for each so many bytes: 2.5 MB have a minute.
BODY_SECONDS: Final = 15.0
BYTES_A_SECOND: Final = 50_000
#: From a complete request to the last byte of its answer.
ANSWER_SECONDS: Final = 300.0
#: In which a thread that sends, or reads a long body, gets on by something.
STEP_SECONDS: Final = 20.0
#: Whoever brings a long body waits so long for one of the threads that take such.
LONG_WAIT_SECONDS: Final = 60.0
#: A connection that is done takes so long to say goodbye, and so many bytes.
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 64 * 1024
#: The system keeps so much of an answer for a reader who is slow; more than any page.
SEND_BUFFER: Final = 1024 * 1024
_PIECE: Final = 256 * 1024
_END: Final = b"\r\n\r\n"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_REFUSAL: Final = "HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TIMED_OUT: Final = "408 Request Timeout"
WITHOUT_LENGTH: Final = "411 Length Required"
HEAD_TOO_LONG: Final = "431 Request Header Fields Too Large"
BUSY: Final = "503 Service Unavailable"


class Refused(Exception):  # noqa: N818  # an answer, not a failure
    """The head is answered with this status line, and no thread sees it."""


class Head:
    """What the loop has to know of a head; gunicorn itself reads it again, strictly."""

    def __init__(self, lines: bytes) -> None:
        """Raises Refused: the body does not tell its length."""
        names: dict[bytes, list[bytes]] = {}
        for line in lines.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            names.setdefault(name.lower(), []).append(value.strip())
        if b"transfer-encoding" in names:
            raise Refused(WITHOUT_LENGTH)
        told = names.get(b"content-length", [b"0"])
        is_number = len(told) == 1 and told[0].isdigit() and len(told[0]) <= 18
        #: A length that is none makes gunicorn refuse the request without reading on.
        self.body = int(told[0]) if is_number else 0
        self.size = len(lines) + len(_END)
        self.wants_word = names.get(b"expect", [b""])[0].lower() == b"100-continue"

    @property
    def is_long(self) -> bool:
        return self.body > BODY_BYTES


class Connection(gthread.TConn):  # type: ignore[misc]  # gunicorn ships no types
    """A client: what it has sent so far, and until when the rest must be here."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.received = bytearray()
        self.head: Head | None = None
        self.deadline = 0.0
        self.discarded = 0
        self.data_ready = True  # no thread waits for the first byte

    def init(self) -> None:
        """In the thread: give the parser what was collected."""
        super().init()
        self.sock.settimeout(STEP_SECONDS)
        self.parser.unreader.unread(bytes(self.received))
        self.received.clear()

    def take_back(self) -> None:
        """What the client sent of its next request, before any thread waits for the rest."""
        self.head = None
        self.received = bytearray(self.parser.unreader.take_buffered())

    def is_whole(self) -> bool:
        """Whether a thread can take it. Raises Refused."""
        if self.head is None:
            end = self.received.find(_END)
            if end < 0 and len(self.received) <= HEAD_BYTES:
                return False
            if not 0 <= end <= HEAD_BYTES:
                raise Refused(HEAD_TOO_LONG)
            self.head = Head(bytes(self.received[:end]))
            self.deadline = time.monotonic() + BODY_SECONDS + self.head.body / BYTES_A_SECOND
            if self.head.wants_word and not self.head.is_long:
                self.say(_CONTINUE)
        return self.head.is_long or len(self.received) >= self.head.size + self.head.body

    def say(self, words: bytes) -> None:
        """From the loop, which waits for nobody: a client that takes nothing gets nothing."""
        try:
            self.sock.send(words)
        except OSError:
            return


class WholeRequestWorker(gthread.ThreadWorker):  # type: ignore[misc]  # as above
    """gthread with its own ways to receive, to wait, and to say goodbye."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.prepare()

    def prepare(self) -> None:
        #: Everybody the loop waits for, who waits longest first.
        self.waiting: dict[Connection, None] = {}
        self.working: set[Connection] = set()
        self.queue: deque[Connection] = deque()
        self.long_seats = max(1, self.cfg.threads // 2)
        self.held = 0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Raises StartError: what arrives would be no HTTP to the loop."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise StartError("TLS 由前面的代理负责。", "TLS ends in the proxy, not in gunicorn.")

    def accept(self, listener: Any) -> None:
        try:
            sock, address = listener.accept()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, sock, address, listener.getsockname())
        self._wait(connection, HEAD_SECONDS, self._receive)
        if self.nr_conns >= self.worker_connections:
            self._drop(next(iter(self.waiting)))

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """A thread is done with it: the next request, or goodbye. Runs in the loop."""
        self.working.discard(conn)
        stays = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        if conn.head and conn.head.is_long:
            self.long_seats += 1
            if self.queue:
                self._hand_over(self.queue.popleft())
        if not stays:
            self._say_goodbye(conn)
            return
        conn.take_back()
        if not conn.received:
            self._wait(conn, self.cfg.keepalive if self.alive else LINGER_SECONDS, self._receive)
            return
        self._wait(conn, HEAD_SECONDS, self._receive)
        self._count(conn, len(conn.received))

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  # gthread's signature
        """Called by gthread once a second: end what has run out of time, or everything."""
        now = time.monotonic()
        for connection in [*self.waiting]:
            if force or connection.deadline <= now:
                if connection.received:
                    connection.say(_REFUSAL.format(TIMED_OUT).encode())
                self._drop(connection)
        for connection in [waits for waits in self.queue if force or waits.deadline <= now]:
            self.queue.remove(connection)
            self._refuse(connection, BUSY)
        for connection in self.working:
            if connection.deadline <= now:
                _cut_off(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker stops: whoever has not sent a whole request by then never will."""
        for connection in self.waiting:
            connection.deadline = min(connection.deadline, deadline)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:  # noqa: FBT001  # as above
        """No thread reads on what the application did not want of a long body."""
        is_long = conn.head is not None and conn.head.is_long
        return not is_long and super()._keepalive_after(conn, keepalive)

    def _wait(
        self, connection: Connection, seconds: float, action: Callable[[Connection, Any], None]
    ) -> None:
        connection.sock.settimeout(0)
        connection.deadline = time.monotonic() + seconds
        self.waiting[connection] = None
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(action, connection))

    def _receive(self, connection: Connection, sock: socket.socket) -> None:
        try:
            piece = sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
            return
        if not connection.received:
            connection.deadline = time.monotonic() + HEAD_SECONDS
        connection.received += piece
        self._count(connection, len(piece))

    def _count(self, connection: Connection, size: int) -> None:
        """`size` more bytes are here: is it whole now?"""
        self.held += size
        try:
            is_whole = connection.is_whole()
        except Refused as refusal:
            self._forget(connection)
            self._refuse(connection, str(refusal))
            return
        if is_whole:
            self._forget(connection)
            self._hand_over(connection)
        while self.held > HELD_BYTES:
            self._drop(next(oldest for oldest in self.waiting if oldest.received))

    def _hand_over(self, connection: Connection) -> None:
        """To a thread; long bodies one after another."""
        is_long = connection.head is not None and connection.head.is_long
        if is_long and not self.long_seats:
            connection.deadline = time.monotonic() + LONG_WAIT_SECONDS
            self.queue.append(connection)
            return
        self.long_seats -= is_long
        body = connection.head.body if connection.head else 0
        connection.deadline = time.monotonic() + ANSWER_SECONDS + body / BYTES_A_SECOND
        self.working.add(connection)
        self.enqueue_req(connection)

    def _forget(self, connection: Connection) -> None:
        """The loop no longer waits for it."""
        del self.waiting[connection]
        self.held -= len(connection.received)
        self.poller.unregister(connection.sock)

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        self.nr_conns -= 1
        connection.close()

    def _refuse(self, connection: Connection, status: str) -> None:
        connection.say(_REFUSAL.format(status).encode())
        self._say_goodbye(connection)

    def _say_goodbye(self, connection: Connection) -> None:
        """Close after the client has read the answer, which a sudden end would cut off."""
        connection.received.clear()
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            connection.close()
            return
        self._wait(connection, LINGER_SECONDS, self._discard)

    def _discard(self, connection: Connection, sock: socket.socket) -> None:
        try:
            piece = sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        connection.discarded += len(piece)
        if not piece or connection.discarded > LINGER_BYTES:
            self._drop(connection)


def _cut_off(connection: Connection) -> None:
    """The thread that reads from it or writes to it gets an error and is free."""
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
