"""A number that somebody looked for and that another union knows, carried to the next page.

It waits sealed in the session (`unions.shown_once`), so it stands in no address and is not typed
twice.
"""

from typing import Final

from django.http import HttpRequest

from unions.shown_once import keep, kept

_NAME: Final = "elsewhere"


def keep_number(request: HttpRequest, number: str) -> None:
    keep(request, _NAME, {"number": number})


def number_kept(request: HttpRequest) -> str:
    """ "" when nothing was looked for in the last ten minutes."""
    found = kept(request, _NAME) or {}
    return str(found.get("number", ""))
