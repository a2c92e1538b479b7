"""What a row of the access table says; the tables of the apps are made of these."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from unions.models import Union, User

READ = frozenset({"GET", "HEAD"})
FORM = frozenset({"GET", "POST"})
POST = frozenset({"POST"})
GET = frozenset({"GET"})

Arguments = dict[str, Any]
#: Makes the object that belongs to a union and returns the URL's arguments.
Make = Callable[[Union], Arguments]


@dataclass(frozen=True)
class Scoped:
    """An object that belongs to a union; `label` is what the view's policy must name."""

    label: str
    make: Make
    absent: Arguments


@dataclass(frozen=True)
class Owned:
    """An object that belongs to an account."""

    make: Callable[[User], Arguments]
    absent: Arguments


@dataclass(frozen=True)
class Row:
    methods: frozenset[str] = READ
    target: Scoped | Owned | None = None
    arguments: Arguments = field(default_factory=dict)
    #: Method → what an entitled caller gets for an empty body, where it is no page; a function of
    #: the case (tests.access_cases.Case) where it differs from role to role.
    answers: dict[str, int | Callable[[Any], int]] = field(default_factory=dict)
