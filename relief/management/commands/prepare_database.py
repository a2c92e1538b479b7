"""`manage.py prepare_database`: the roles and the database on a server of one's own."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand

from relief import database, env, roles
from relief.starting import StartError

_ADMIN = "DATABASE_ADMIN_URL"


class Command(BaseCommand):
    help = (
        "Create the roles, the database and their rights on the server of DATABASE_ADMIN_URL "
        "(a superuser's address). Names and passwords come from DATABASE_OWNER_URL, DATABASE_URL "
        "and DATABASE_REPLICA_URL. Running it again changes nothing but passwords."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        admin = database.address_of(env.required(_ADMIN), name=_ADMIN)
        name = database.address_for("app")["dbname"]

        def connect(dbname: str) -> roles.Connection:
            return psycopg.connect(**(admin | {"dbname": dbname}), autocommit=True)

        try:
            roles.prepare(connect, database=name, passwords=_passwords())
        except psycopg.Error as error:
            said = str(error).strip().splitlines()[0]
            raise StartError("数据库准备失败。", f"The server refused: {said}") from None
        self.stdout.write(f"Database {name} is ready for {', '.join(roles.ALL)}.")


def _passwords() -> dict[str, str]:
    """By role, of every address that is set; each must name the role it is for."""
    passwords = {}
    for role, variable in database.URLS.items():
        if not env.text(variable):
            continue
        address = database.address_of(env.text(variable), name=variable)
        expected = f"relief_{role}"
        if address.get("user") != expected:
            raise StartError("数据库账号名不符。", f"{variable} must log in as {expected}.")
        passwords[expected] = address.get("password", "")
    return passwords
