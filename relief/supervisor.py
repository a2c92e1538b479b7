"""What `make run` keeps alive: the database, the web server and the background worker.

Whatever it started ends with it, also when it is killed: the web server reads a pipe that closes
with this process, the worker watches the number of its parent. Their output goes to var/log.
"""

import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from relief.starting import StartError, explained, failed, locked, open_lock, private_folder

_ROOT = Path(__file__).resolve().parent.parent
_LOG_LIMIT = 10 * 1024 * 1024
_READY_SECONDS = 60
_GRACE_SECONDS = 25
#: A worker that ended by itself is started again after this pause.
_PAUSE_SECONDS = 5.0

MANAGE = [sys.executable, str(_ROOT / "manage.py")]
WEB = [sys.executable, "-m", "gunicorn", "--config=python:relief.gunicorn", "relief.wsgi"]
WORKER = [*MANAGE, "work"]


class Stopped(Exception):  # noqa: N818 (not an error: somebody asked for it)
    """Ctrl-C, SIGTERM or a closed terminal."""


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the lock of this folder; a second instance is told who holds it."""
    with explained():
        private_folder(var)
        lock = open_lock(var / "serve.lock")
    with lock:
        if not locked(lock):
            raise StartError(
                f"系统已在运行（进程 {_holder(lock)}）。停止请用 make stop。",
                f"The system is running already (process {_holder(lock)}): make stop ends it.",
            )
        with explained():
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        yield


def stop_other(var: Path) -> bool:
    """End the instance that holds the lock and wait for it; true if there was one."""
    try:
        lock = (var / "serve.lock").open("a+", encoding="ascii")
    except FileNotFoundError:
        return False
    with lock:
        if locked(lock):
            return False
        os.kill(int(_holder(lock)), signal.SIGTERM)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return True


def _holder(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read().strip()


def require_free(host: str, port: int) -> None:
    """Stop with one line when somebody else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"地址 {host}:{port} 不可用，可换端口：PORT=8001 make run。",
                f"{host}:{port} cannot be used ({error.strerror}): try PORT=8001 make run.",
            ) from None


@dataclass
class Supervisor:
    var: Path
    host: str
    port: int
    _stopping: threading.Event = field(default_factory=threading.Event)
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _cleanup: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Stop on signals, and undo at the end whatever was started inside."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())
        with self._cleanup:
            try:
                yield
            except Stopped:
                pass
            finally:
                self._stop_children()

    def at_the_end(self, action: Callable[[], object]) -> None:
        self._cleanup.callback(action)

    def step(self, what: tuple[str, str], command: list[str], *, role: str = "app") -> str:
        """Run a command to its end and return what it printed."""
        self._go_on()
        ran = subprocess.run(
            command,
            cwd=_ROOT,
            env=os.environ | {"RELIEF_DATABASE_ROLE": role},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        self._go_on()
        if ran.returncode != 0:
            with explained(), self._log("start").open("ab") as log:
                log.write((ran.stdout + ran.stderr).encode())
            raise failed(what, ran.stderr or ran.stdout)
        return ran.stdout

    def start(self) -> None:
        """Start the web server and the worker, and wait until pages are served."""
        lifeline, kept = os.pipe()
        self.at_the_end(lambda: os.close(kept))
        self._spawn("web", WEB, lifeline=lifeline)
        os.close(lifeline)
        self._spawn("worker", WORKER)
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            self._go_on()
            if self._children["web"].poll() is not None or time.monotonic() > deadline:
                raise self._ended("web")
            self._stopping.wait(0.1)

    def watch(self) -> None:
        """Return only by `Stopped`, or with an error when the web server ends."""
        while True:
            self.turn_over_logs()
            if self._children["web"].poll() is not None:
                raise self._ended("web")
            if self._children["worker"].poll() is not None:
                self._stopping.wait(_PAUSE_SECONDS)
                self._go_on()
                self._spawn("worker", WORKER)
            self._stopping.wait(0.5)
            self._go_on()

    def turn_over_logs(self) -> None:
        """A log that is full becomes `.log.1`, and begins anew under the process that writes it.

        By copying, because the process goes on writing into the file that it opened: it appends,
        so its next line is the first one. A full disk costs the old lines, never the system.
        """
        for name in self._children:
            path = self.var / "log" / f"{name}.log"
            if path.stat().st_size <= _LOG_LIMIT:
                continue
            with suppress(OSError):
                kept = path.with_suffix(".log.1")
                kept.touch(mode=0o600)
                shutil.copyfile(path, kept)
            os.truncate(path, 0)

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _spawn(self, name: str, command: list[str], *, lifeline: int | None = None) -> None:
        extra = {"RELIEF_PARENT_PID": str(os.getpid())}
        if lifeline is not None:
            extra["RELIEF_LIFELINE"] = str(lifeline)
        with explained(), self._log(name).open("ab") as log:
            self._children[name] = subprocess.Popen(
                command,
                cwd=_ROOT,
                env=os.environ | extra,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=() if lifeline is None else (lifeline,),
                start_new_session=True,  # Ctrl-C comes to the supervisor alone
            )

    def _log(self, name: str) -> Path:
        path = self.var / "log" / f"{name}.log"
        private_folder(path.parent)
        if path.exists() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        path.touch(mode=0o600)
        return path

    def _answers(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        connection = http.client.HTTPConnection(host, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            # A refused host name or a redirect to https is an answer too.
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _ended(self, name: str) -> StartError:
        log = self._log(name)
        said = log.read_text(encoding="utf-8", errors="replace")[-20_000:]
        return failed((f"服务未能运行，详见 {log}。", f"The {name} server ended ({log}):"), said)

    def _stop_children(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
