import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from relief.lib.logs import JsonFormatter


class Lines:
    """Everything that was logged, as the log file would hold it."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(JsonFormatter())

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (json.loads(line) for line in self.text.splitlines())

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self if line["logger"] == logger]


@pytest.fixture
def lines() -> Iterator[Lines]:
    kept = Lines()
    root = logging.getLogger()
    level = root.level
    root.addHandler(kept.handler)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept.handler)
    root.setLevel(level)
