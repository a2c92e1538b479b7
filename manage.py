#!/usr/bin/env python3
"""Every command of the system starts here."""

import os
import sys

from relief import database, embedded

#: Commands that change the schema; they connect as the owner role, everything else as the app role.
OWNER_COMMANDS = {
    "flush",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "pgtrigger",
    "sqlmigrate",
    "squashmigrations",
}
#: Commands that do without a database, or start it themselves (serve); for every other one the
#: embedded server is started, and stays up for the next one until `make stop`.
SELF_RELIANT_COMMANDS = {
    "",
    "--help",
    "--version",
    "collectstatic",
    "diffsettings",
    "help",
    "prepare_database",
    "serve",
    "version",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relief.settings")
    command = (sys.argv[1:] or [""])[0]
    if command in OWNER_COMMANDS:
        os.environ.setdefault("RELIEF_DATABASE_ROLE", "owner")
    if database.is_embedded() and command not in SELF_RELIANT_COMMANDS:
        embedded.ensure_running()
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (needs the settings)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
