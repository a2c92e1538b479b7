"""`manage.py check_database`: is this the database the system was made for."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

from relief import database
from relief.database_role import LEAST_VERSION, OWN_SETTINGS, excess_rights, value
from relief.pending_migrations import pending_migrations
from relief.starting import StartError

_EXTENSIONS = "SELECT coalesce(string_agg(extname, ', ' ORDER BY extname), '') FROM pg_extension"


class Command(BaseCommand):
    help = "Tell version, role, encoding, timeouts, extensions and pending migrations."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cursor = connection.cursor()
        except OperationalError as error:
            said = str(error).strip().splitlines()[-1]
            raise StartError(
                "无法连接数据库。", f"The database cannot be reached: {said}"
            ) from None
        with cursor:
            problems = [
                *self._server(cursor),
                *self._role(cursor),
                *self._timeouts(cursor),
                *self._migrations(),
            ]
        for problem in problems:
            self.stderr.write(self.style.ERROR(problem))
        if problems:
            raise SystemExit(1)
        self.stdout.write(self.style.SUCCESS("The database is fit for use."))

    def _server(self, cursor: CursorWrapper) -> list[str]:
        place = "embedded" if database.is_embedded() else "DATABASE_URL"
        major = int(str(value(cursor, "SHOW server_version_num"))) // 10_000
        encoding = value(cursor, "SHOW server_encoding")
        self.stdout.write(
            f"Server      PostgreSQL {value(cursor, 'SHOW server_version')} ({place})"
        )
        self.stdout.write(f"Encoding    {encoding}")
        self.stdout.write(f"Extensions  {value(cursor, _EXTENSIONS)}")
        problems = []
        if major < LEAST_VERSION:
            problems.append(f"PostgreSQL {LEAST_VERSION} or newer is needed, this is {major}.")
        if encoding != "UTF8":
            problems.append("The database must be created with the encoding UTF8.")
        return problems

    def _role(self, cursor: CursorWrapper) -> list[str]:
        self.stdout.write(f"Role        {value(cursor, 'SELECT current_user')}")
        found = excess_rights(cursor)
        if own := value(cursor, OWN_SETTINGS):
            found.append(f"The role has settings of its own ({own}): reset them.")
        return found

    def _timeouts(self, cursor: CursorWrapper) -> list[str]:
        problems = []
        for name in database.APP_TIMEOUTS:
            limit = value(cursor, f"SHOW {name}")
            self.stdout.write(f"Timeout     {name} = {limit}")
            if limit == "0":
                problems.append(f"{name} is off: one hanging statement would block everybody.")
        return problems

    def _migrations(self) -> list[str]:
        names = pending_migrations()
        self.stdout.write(f"Migrations  {len(names)} pending {' '.join(names[:5])}".rstrip())
        return ["Migrations are pending: run `manage.py migrate` as the owner role."] * bool(names)
