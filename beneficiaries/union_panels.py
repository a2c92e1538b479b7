"""What this app adds to the pages of a union."""

from collections.abc import Iterator

from beneficiaries.models import (
    Beneficiary,
    HardshipFile,
    ImportRule,
    PublicityRule,
    Workplace,
)
from unions.models import Staff, Union
from unions.permissions import Capability, has
from unions.slots import OpenWork, Panel


def publicity(staff: Staff, union: Union) -> Iterator[Panel]:
    """The rule of publicity that holds there, for whoever sets it."""
    if has(staff, Capability.SET_RULES):
        rule = PublicityRule.objects.for_union(union)
        yield Panel(
            "困难档案的公示规则",
            "beneficiaries/parts/publicity_panel.html",
            {"code": union.code, "rule": rule},
        )


def imports(staff: Staff, union: Union) -> Iterator[Panel]:
    """Whether imports there wait for a reviewer, for whoever decides that."""
    if has(staff, Capability.SET_RULES):
        rule = ImportRule.objects.for_union(union)
        yield Panel(
            "台账导入的规则",
            "beneficiaries/parts/import_rule_panel.html",
            {"code": union.code, "rule": rule},
        )


def records(union: Union) -> Iterator[OpenWork]:
    """What a union has when it is to be closed or merged; it stays where it is."""
    counts = (
        ("帮扶对象", Beneficiary.objects.filter(union=union).current()),
        ("困难档案", HardshipFile.objects.filter(union=union)),
        ("单位", Workplace.objects.filter(union=union)),
    )
    yield from (OpenWork(label, number) for label, rows in counts if (number := rows.count()))
