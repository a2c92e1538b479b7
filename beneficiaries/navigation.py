"""This app's lines of the side navigation."""

from collections.abc import Iterator

from unions.models import Staff
from unions.slots import NavigationItem

#: Group 1 of the navigation: 困难职工台账.
OWN: tuple[NavigationItem, ...] = ()


def items(staff: Staff) -> Iterator[NavigationItem]:
    yield from OWN
