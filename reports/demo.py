"""Invented staff for trying the system: never in production.

Every account has the same password, made at random for this installation and kept in
var/secrets/demo_password, so that no password is known to the world.
"""

import json
import secrets
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Case, When
from django.utils import timezone

from relief.lib.pinyin import full_pinyin
from unions.models import Staff, Union, User
from unions.permissions import Command, Role
from unions.services.accounts import create_account
from unions.services.staff import post_staff

DEMO = Command("demo")
STREETS_PER_DISTRICT = 2
#: Where the invented people are (fixtures/demo_registry.json): its accounts are shown first.
LIVELY_DISTRICT = "110101"
#: Postings of a role that are looked at for one that still has the demo password.
CANDIDATES = 3


def password() -> str:
    """The password of every demo account on this machine."""
    path = Path(settings.VAR_DIR) / "secrets" / "demo_password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
        words = ["".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4)]
        path.write_text("-".join(words), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def create_staff() -> int:
    """One person per role for the city, every district, two streets and a grassroots union each.

    Returns how many were added; those that are there stay as they are.
    """
    plan = json.loads((settings.BASE_DIR / "fixtures/demo_staff.json").read_text(encoding="utf-8"))
    names = _names(plan)
    hashed = make_password(password())
    existing = set(User.objects.values_list("username", flat=True))
    added = 0
    for union, prefix, posts in _places(plan):
        for post in posts:
            full_name = post.get("full_name") or next(names)
            username = f"{prefix}.{post['username']}" if prefix else post["username"]
            if username in existing:
                continue
            user = create_account(by=DEMO, username=username, full_name=full_name)
            User.objects.filter(pk=user.pk).update(password=hashed, password_set_at=timezone.now())
            post_staff(by=DEMO, user=user, union=union, role=post["role"], title=post["title"])
            added += 1
    return added


def accounts_to_show() -> list[tuple[str, str, str]]:
    """(role, user name, union) for one account per role that still has the demo password."""
    shown = []
    lively = Case(When(union__path__contains=f"/{LIVELY_DISTRICT}/", then=0), default=1)
    for role in Role:
        postings = Staff.objects.live().filter(role=role).with_people()
        street_first = {Role.MAKER, Role.REPORTER}
        order = "-union__path" if role in street_first else "union__path"
        candidates = postings.order_by(lively, order, "pk")[:CANDIDATES]
        staff = next((one for one in candidates if one.user.check_password(password())), None)
        if staff:
            shown.append((str(role.label), staff.user.username, staff.union.name))
    return shown


def _places(plan: dict[str, Any]) -> Iterator[tuple[Union, str, list[dict[str, str]]]]:
    """(union, prefix of the user names, posts) of every union that gets demo staff."""
    unions = Union.objects.open().in_tree_order()
    for city in unions.filter(kind=Union.Kind.CITY):
        yield city, "", plan["city"]
    for district in unions.filter(kind=Union.Kind.DISTRICT):
        prefix = _prefix(district, "区总工会")
        yield district, prefix, plan["district"]
        streets = unions.below(district).filter(kind__in=[Union.Kind.STREET, Union.Kind.TOWN])
        for street in streets[:STREETS_PER_DISTRICT]:
            yield street, _prefix(street, "总工会"), plan["street"]
        base = unions.below(district).filter(kind=Union.Kind.GRASSROOTS).first()
        if base:
            yield base, prefix, plan["grassroots"]


def _prefix(union: Union, suffix: str) -> str:
    return full_pinyin(union.name.removesuffix(suffix))[:24]


def _names(plan: dict[str, Any]) -> Iterator[str]:
    """Invented names, the same in every installation."""
    families, given = plan["family_names"], plan["given_names"]
    for number in count():
        yield families[number * 7 % len(families)] + given[number * 4 % len(given)]
