"""Typed readers of the environment; a wrong value stops the start with one sentence."""

import os
from pathlib import Path


class SettingError(SystemExit):
    """A setting is missing or wrong: the message is the last line the operator sees."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"relief: {chinese} {english}")


#: Stands in .env.example where only the operator can know the value.
PLACEHOLDER = "change-me"
#: More would be no setting but a mistake; int() itself refuses beyond 4,300.
_MOST_DIGITS = 18
_HIGHEST_PORT = 65_535


def text(name: str, default: str = "") -> str:
    value = os.environ.get(name, "").strip()
    if PLACEHOLDER in value:
        raise SettingError(
            f"{name} 还是 .env.example 里的占位文字，请填写。",
            f"{name} still has the placeholder of .env.example: set a value.",
        )
    return value or default


def required(name: str) -> str:
    value = text(name)
    if not value:
        raise SettingError(
            f"没有设置 {name}，这个命令需要它。",
            f"{name} is not set. This command needs it (.env.example).",
        )
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "on", "true", "yes"}:
        return True
    if value in {"0", "off", "false", "no"}:
        return False
    raise SettingError(
        f"{name} 只能是 on 或 off，不能是 {value!r}。", f"{name} must be on or off, not {value!r}."
    )


def whole(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS):
        raise SettingError(
            f"{name} 要填一个整数，不能是 {value!r}。",
            f"{name} must be a whole number, not {value!r}.",
        )
    return int(value)


def port(name: str, default: int) -> int:
    """The number of a TCP port; 0 lets the system choose."""
    number = whole(name, default)
    if number > _HIGHEST_PORT:
        raise SettingError(
            f"{name} 要在 1 到 {_HIGHEST_PORT} 之间，不能是 {number}。",
            f"{name} must be at most {_HIGHEST_PORT}, not {number}.",
        )
    return number


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, allowed: set[str], default: str) -> str:
    value = text(name, default)
    if value not in allowed:
        known = ", ".join(sorted(allowed))
        raise SettingError(
            f"{name} 只能是 {known} 之一，不能是 {value!r}。",
            f"{name} must be one of {known}, not {value!r}.",
        )
    return value


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def weak(name: str) -> tuple[str, str]:
    """What is said of a secret that could be guessed."""
    return (
        f"{name} 太弱：至少 40 个字符，不能有规律。",
        f"{name} is too weak: at least 40 characters, not a pattern.",
    )
