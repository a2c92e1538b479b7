"""Which PostgreSQL the process talks to, and as whom.

Three roles log in: the owner migrates, the app reads and writes, the reader only reads (replica,
exports). With DATABASE_URL unset the embedded server of `relief.embedded` is used.
Source: DESIGN §3 and §8.6 (docs/decisions/0003-database-roles.md).
"""

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from relief import embedded, env

#: Milliseconds. An operator may widen them per process (the worker does), never switch them off.
APP_TIMEOUTS = {
    "statement_timeout": 15_000,
    "lock_timeout": 3_000,
    "idle_in_transaction_session_timeout": 30_000,
}
OWNER_TIMEOUTS = {
    "statement_timeout": 1_800_000,
    "lock_timeout": 5_000,
    "idle_in_transaction_session_timeout": 60_000,
}

URLS = {
    "owner": "DATABASE_OWNER_URL",
    "app": "DATABASE_URL",
    "reader": "DATABASE_REPLICA_URL",
}


def is_embedded() -> bool:
    return not env.text("DATABASE_URL")


def connection_for(role: str) -> dict[str, Any]:
    """Django's entry of DATABASES for `role`: owner, app or reader."""
    entry = entry_for(address_for(role))
    timeouts = dict(OWNER_TIMEOUTS if role == "owner" else APP_TIMEOUTS)
    timeouts["statement_timeout"] = env.whole(
        "RELIEF_STATEMENT_TIMEOUT", timeouts["statement_timeout"]
    )
    if not timeouts["statement_timeout"]:
        raise env.SettingError(
            "RELIEF_STATEMENT_TIMEOUT 不能是 0（等于没有上限）。",
            "RELIEF_STATEMENT_TIMEOUT must not be 0: that is without limit.",
        )
    options = entry.setdefault("OPTIONS", {})
    settings = session_settings(timeouts)
    if role == "reader":
        settings += " -c default_transaction_read_only=on"
    options["options"] = f"{options.get('options', '')} {settings}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        **entry,
    }


def session_settings(timeouts: dict[str, int]) -> str:
    """What a connection asks for, in the words of libpq.

    Queries are not compiled: every one is short, and compiling costs more than running it.
    """
    return " ".join(f"-c {name}={value}" for name, value in {**timeouts, "jit": "off"}.items())


def address_for(role: str) -> dict[str, Any]:
    """Where `role` (owner, app or reader) connects, in the words of libpq."""
    if is_embedded():
        return embedded.address(role)
    name = URLS[role]
    return address_of(env.required(name), name=name)


def conninfo_for(role: str) -> str:
    return make_conninfo(**address_for(role))


def address_of(url: str, *, name: str) -> dict[str, Any]:
    """The parts of a PostgreSQL address; `name` is the variable to blame for a wrong one."""
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:  # its text repeats the address, password and all
        shape = "postgresql://user:password@host:5432/database"
        raise env.SettingError(
            f"{name} 的写法不对。", f"{name} is not an address of the shape {shape}"
        ) from None


def entry_for(address: dict[str, Any]) -> dict[str, Any]:
    """The address as Django's DATABASES writes it."""
    parts = dict(address)
    return {
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }
