"""`manage.py serve`: everything one desk needs, started and ended together (`make run`)."""

import hashlib
import os
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from relief import database, embedded, env, supervisor
from relief.database_role import refuse_excess_rights
from relief.pending_migrations import pending_migrations
from relief.starting import StartError, explained
from unions.models import Union

_MIGRATING = ("数据库更新失败。", "The database could not be migrated:")
_DEMO = ("演示数据创建失败。", "The demo could not be made:")


class Command(BaseCommand):
    help = "Serve on HOST:PORT with the database, the web server and the background worker."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stop", action="store_true", help="end the running instance and the embedded server"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop"]:
            self._stop()
            return
        host, port = env.text("HOST", "127.0.0.1"), env.port("PORT", 8000)
        with supervisor.only_one(settings.VAR_DIR):
            supervisor.require_free(host, port)
            running = supervisor.Supervisor(settings.VAR_DIR, host, port)
            with running.running():
                self._start(running)
                running.watch()
            self._say_stopped()

    def _start(self, running: supervisor.Supervisor) -> None:
        self._say("正在启动…… Starting.")
        if database.is_embedded() and embedded.ensure_running():
            running.at_the_end(embedded.stop)
        refuse_excess_rights()
        if pending_migrations():
            _migrate(running)
        with explained():
            _collect_static()
        accounts = "" if settings.IS_PRODUCTION else _demo(running)
        connection.close()
        running.start()
        self._say(accounts.rstrip())
        self._say(f"打开 Open  http://{running.host}:{running.port}/   停止 Stop: Ctrl-C")

    def _stop(self) -> None:
        stopped = supervisor.stop_other(settings.VAR_DIR)
        if database.is_embedded():
            stopped = embedded.stop() or stopped
        stopped = embedded.Server(settings.VAR_DIR / "test").stop() or stopped
        self._say("已停止。 Stopped." if stopped else "没有正在运行的服务。 Nothing was running.")

    def _say_stopped(self) -> None:
        try:
            self._say("已停止。 Stopped.")
        except OSError:
            # The terminal, or who read the pipe, ended too: what waits goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())

    def _say(self, text: str) -> None:
        if text:
            self.stdout.write(text)
            self.stdout.flush()


def _migrate(running: supervisor.Supervisor) -> None:
    if not database.is_embedded() and not env.text("DATABASE_OWNER_URL"):
        raise StartError(
            "数据库需要更新，请先以 relief_owner 执行 migrate。",
            "Migrations are pending: set DATABASE_OWNER_URL, or migrate as the owner first.",
        )
    running.step(_MIGRATING, [*supervisor.MANAGE, "migrate", "--no-input"], role="owner")


def _demo(running: supervisor.Supervisor) -> str:
    """Make the demo the first time, and tell its accounts."""
    if not Union.objects.exists():
        running.step(_DEMO, [*supervisor.MANAGE, "demo"])
    accounts = StringIO()
    call_command("demo", show=True, stdout=accounts)
    return accounts.getvalue()


def _collect_static() -> None:
    """Collect static files again when one of them changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    state = _static_state()
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state, encoding="ascii")


def _static_state() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(["CVS", ".*", "*~"]):
            modified = storage.get_modified_time(path).timestamp()
            digest.update(f"{path}:{storage.size(path)}:{modified}\n".encode())
    return digest.hexdigest()
