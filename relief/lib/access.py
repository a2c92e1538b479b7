"""Every view declares who may call it; a view without a declaration fails the build.

`public` and `signed_in` need no role. `unions.access.needs` adds a capability. The declaration is
read by the decorator and by the access matrix of tests/test_access.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required

View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    PUBLIC = "public"  # anybody, also without log-in
    SIGNED_IN = "signed-in"  # any account, whatever its postings
    CAPABLE = "capable"  # a posting whose role carries the capability


@dataclass(frozen=True)
class Policy:
    """Who may call a view, and what its object is.

    `object_model` names the model (`app.Model`) behind the URL's argument, if there is one: an
    object outside the caller's scope answers 404.
    """

    audience: Audience
    capabilities: tuple[str, ...] = ()
    object_model: str = ""


def declare(view: View, policy: Policy) -> View:
    view.policy = policy  # type: ignore[attr-defined]  # functions carry attributes
    return view


def public(view: View) -> View:
    """Open to everybody."""
    return declare(login_not_required(view), Policy(Audience.PUBLIC))


def signed_in(view: View) -> View:
    """Open to every account; what is shown is the account's own."""
    return declare(view, Policy(Audience.SIGNED_IN))
