"""What this app adds to the page of a union."""

from collections.abc import Iterator

from beneficiaries.models import PublicityRule
from unions.models import Staff, Union
from unions.permissions import Capability, has
from unions.slots import Panel


def publicity(staff: Staff, union: Union) -> Iterator[Panel]:
    """The rule of publicity that holds there, for whoever sets it."""
    if has(staff, Capability.SET_RULES):
        rule = PublicityRule.objects.for_union(union)
        yield Panel(
            "困难档案的公示规则",
            "beneficiaries/parts/publicity_panel.html",
            {"code": union.code, "rule": rule},
        )
