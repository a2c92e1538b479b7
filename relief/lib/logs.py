"""Log lines: one JSON object each, and never a personal value.

A database error quotes the row it refused ("Key (id_number)=(1101…) already exists"), an ordinary
exception often quotes what was typed. So a logged exception is its type, the SQLSTATE and the
constraint of a database error, and the places in the code: no message, no parameters, no source.
Source: SECURITY §7, DESIGN §8.23.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from django.db import Error as DjangoDatabaseError

#: `extra={…}` of a log call that is written out; everything else on the record is dropped.
EXTRA_FIELDS = ("method", "status", "ms", "job", "kind", "attempt", "rows", "rule", "page")

#: Where PostgreSQL's message begins to quote rows, parameters or the statement.
_DATABASE_QUOTES = re.compile(
    r"\s*(?:\b(?:DETAIL|CONTEXT|HINT|QUERY|STATEMENT)\s*:|LINE \d+:|Failing row contains|"
    r"\bKey \([^)]*\)=).*",
    re.DOTALL,
)
#: ID numbers, phones, cards. Hyphen and hexadecimal neighbours are left alone: those are UUIDs.
_LONG_DIGITS = re.compile(r"(?<![0-9A-Za-z-])\d{11,}[Xx]?(?![0-9A-Za-z-])")
_PROJECT = Path(__file__).resolve().parent.parent.parent
_MOST_CAUSES = 10


@dataclass
class RequestContext:
    """What every line of one request, or of one job, says about its origin."""

    request_id: str = ""
    view: str = ""
    actor: int | None = None
    posting: int | None = None
    union: str = ""


_context: ContextVar[RequestContext | None] = ContextVar("relief_log_context", default=None)


def start(context: RequestContext) -> Any:
    """Make `context` the origin of all lines from here on; returns the token for `stop`."""
    return _context.set(context)


def stop(token: Any) -> None:
    _context.reset(token)


def bind(*, actor: int | None = None, posting: int | None = None, union: str = "") -> None:
    """Add who acts, once it is known. Outside a request nothing happens."""
    context = _context.get()
    if context is None:
        return
    context.actor = actor
    context.posting = posting
    context.union = union


def current() -> RequestContext:
    """The origin of the lines written now; an empty one outside requests and jobs."""
    return _context.get() or RequestContext()


def scrub(text: str) -> str:
    """Cut what the database quotes and every long run of digits."""
    return _LONG_DIGITS.sub("[digits]", _DATABASE_QUOTES.sub(" [cut]", text))


def describe(error: BaseException) -> str:
    """The one line that is safe to log or to store about an exception."""
    facts = _facts(error)
    return " ".join(str(facts[name]) for name in ("type", "sqlstate", "constraint") if facts[name])


class JsonFormatter(logging.Formatter):
    """One JSON object per line, in ASCII: no value can forge a line or break the output."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(_message(record)),
        }
        line |= {name: value for name, value in asdict(current()).items() if value}
        for name in EXTRA_FIELDS:
            if name in record.__dict__:
                value = record.__dict__[name]
                line[name] = scrub(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[1]:
            line["error"] = [_error(error) for error in _chain(record.exc_info[1])]
        return json.dumps(line, default=_type_name)


def _message(record: logging.LogRecord) -> str:
    """The message with exceptions reduced, and without the path Django puts into its own."""
    if record.name == "django.db.backends":
        return "query"  # its arguments are the statement with its parameters
    arguments: Any = record.args
    if isinstance(arguments, tuple):
        path = getattr(getattr(record, "request", None), "path", None)
        arguments = tuple(_safe_argument(value, path) for value in arguments)
    elif isinstance(arguments, dict):  # the one argument was a mapping, for %(name)s
        named = {name: _safe_argument(value, None) for name, value in arguments.items()}
        arguments = named if "%(" in str(record.msg) else (_type_name(arguments),)
    message = _safe_argument(record.msg, None)
    try:
        return str(message) % arguments if arguments else str(message)
    except (TypeError, ValueError, KeyError):
        # Logging would print the arguments to stderr, raw, if the formatter raised.
        return str(message)


def _safe_argument(value: Any, path: str | None) -> Any:
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, str) and path and value == path:
        return current().view or "-"
    if isinstance(value, str | int | float | None):
        return value
    return str(value) if isinstance(value, Path) else _type_name(value)


def _type_name(value: Any) -> str:
    return f"<{type(value).__name__}>"


def _facts(error: BaseException) -> dict[str, str]:
    """Type, SQLSTATE and constraint; Django's wrapper has the last two in its cause."""
    kind = type(error)
    facts = {"type": f"{kind.__module__}.{kind.__qualname__}", "sqlstate": "", "constraint": ""}
    source = error.__cause__ if isinstance(error, DjangoDatabaseError) else error
    if isinstance(source, psycopg.Error):
        facts["sqlstate"] = source.sqlstate or ""
        facts["constraint"] = source.diag.constraint_name or ""
    return facts


def _error(error: BaseException) -> dict[str, Any]:
    facts: dict[str, Any] = {name: value for name, value in _facts(error).items() if value}
    facts["at"] = list(_places(error.__traceback__))
    return facts


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from, newest first, as Python's own traceback tells it."""
    seen: set[int] = set()
    current_error: BaseException | None = error
    while current_error is not None and len(seen) < _MOST_CAUSES and id(current_error) not in seen:
        seen.add(id(current_error))
        yield current_error
        if current_error.__cause__ is not None or current_error.__suppress_context__:
            current_error = current_error.__cause__
        else:
            current_error = current_error.__context__


def _places(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = Path(code.co_filename)
        inside = path.is_relative_to(_PROJECT) and "site-packages" not in path.parts
        name = path.relative_to(_PROJECT) if inside else Path(*path.parts[-3:])
        yield f"{name.as_posix()}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
