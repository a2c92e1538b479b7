"""Typed readers of the environment; a wrong value stops the start with one sentence."""

import os
from pathlib import Path


class SettingError(SystemExit):
    """A setting is missing or wrong: the message is the last line the operator sees."""

    def __init__(self, message: str) -> None:
        super().__init__(f"relief: {message}")


#: Stands in .env.example where only the operator can know the value.
PLACEHOLDER = "change-me"


def text(name: str, default: str = "") -> str:
    value = os.environ.get(name, "").strip()
    if PLACEHOLDER in value:
        raise SettingError(f"{name} still has the placeholder of .env.example: set a value.")
    return value or default


def required(name: str) -> str:
    value = text(name)
    if not value:
        raise SettingError(f"{name} is not set. This command needs it (.env.example).")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "on", "true", "yes"}:
        return True
    if value in {"0", "off", "false", "no"}:
        return False
    raise SettingError(f"{name} must be on or off, not {value!r}.")


def whole(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal():
        raise SettingError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, allowed: set[str], default: str) -> str:
    value = text(name, default)
    if value not in allowed:
        raise SettingError(f"{name} must be one of {', '.join(sorted(allowed))}, not {value!r}.")
    return value


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()
