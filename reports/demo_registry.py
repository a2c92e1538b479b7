"""An invented registry for trying the system: people, households, files at every step, ledgers.

The people are invented, marked as such, and their numbers only have the right shape.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from beneficiaries.models import Beneficiary, Consent, LivingStandard, Workplace
from beneficiaries.services import file_rules
from beneficiaries.services.categories import add_category
from beneficiaries.services.papers import record_consent
from beneficiaries.services.people import create_beneficiary
from beneficiaries.services.transfers import link_beneficiary, request_transfer
from beneficiaries.services.workplaces import create_workplace
from relief.codes.models import Code
from reports.demo_acting import Demo
from reports.demo_files import file_of
from reports.demo_ledgers import wait_at_check, write_ledger
from unions.models import Staff, Union
from unions.permissions import Role


def create_registry() -> int:
    """The people of fixtures/demo_registry.json with all that belongs to them.

    Returns how many were registered: nobody where the registry has people already.
    """
    if Beneficiary.objects.exists():
        return 0
    path = settings.BASE_DIR / "fixtures/demo_registry.json"
    demo = Demo(json.loads(path.read_text(encoding="utf-8")))
    _rules(demo)
    workplaces = [_workplace(demo, **row) for row in demo.plan["workplaces"]]
    phones: dict[str, str] = {}
    rows = demo.plan["people"]
    for row in rows:
        if not _is_posted(row):
            _person(demo, row, workplaces, phones)
    # A posting takes five working days: the others went through as if theirs were over.
    _posting_rule(demo, after_first_review=True)
    for row in filter(_is_posted, rows):
        _person(demo, row, workplaces, phones)
    _elsewhere(demo)
    write_ledger(demo, demo.plan["written"])
    wait_at_check(demo, demo.plan["waiting"])
    return len(demo.people)


def _rules(demo: Demo) -> None:
    """The standard of the place; in the lively street, files go on without a posting for now."""
    plan = demo.plan["standard"]
    last_year = date(timezone.localdate().year - 1, 7, 1)
    demo.act(
        file_rules.add_standard,
        by=demo.staff(demo.plan["district"], Role.DISTRICT_ADMIN),
        region=Code.objects.get(pk=f"region:{plan['region']}"),
        kind=LivingStandard.Kind.URBAN,
        starts_on=last_year,
        amount=Decimal(plan["amount"]),
        document=plan["document"],
    )
    _posting_rule(demo, after_first_review=False)


def _is_posted(row: dict[str, Any]) -> bool:
    return bool(row.get("file", {}).get("state") == "publicity")


def _posting_rule(demo: Demo, *, after_first_review: bool) -> None:
    demo.act(
        file_rules.set_publicity_rule,
        by=demo.staff(demo.plan["district"], Role.DISTRICT_ADMIN),
        union=Union.objects.get(code=demo.plan["waiting"]["union"]),
        after_first_review=after_first_review,
        after_comparison=False,
        working_days=5,
    )


def _workplace(demo: Demo, *, union: str, name: str, kind: str, workers: int) -> Workplace:
    return demo.act(
        create_workplace,
        by=demo.staff(union, Role.MAKER),
        union=Union.objects.get(code=union),
        name=name,
        kind=kind,
        worker_count=workers,
    )


def _person(
    demo: Demo, row: dict[str, Any], workplaces: list[Workplace], phones: dict[str, str]
) -> None:
    maker = demo.staff(row["union"], Role.MAKER)
    born = date.fromisoformat(row["born"]) if row["born"] else None
    paper = {}
    if born and not row.get("without_number"):
        number = demo.id_number(born, row["sex"])
        demo.numbers.setdefault(row["name"], number)
        paper = {"id_kind": "resident", "id_number": number}
    phone = phones.get(row.get("phone_of", ""), "") or demo.phone()
    phones.setdefault(row["name"], phone)
    person = demo.act(
        create_beneficiary,
        by=maker,
        union=maker.union,
        is_invented=True,
        name=row["name"],
        sex=row["sex"],
        birth_on=born,
        phone=phone,
        address=f"{maker.union.name.removesuffix('总工会')}演示胡同 {len(demo.people) + 1} 号",
        workplace=None if row["workplace"] is None else workplaces[row["workplace"]],
        **paper,
    )
    demo.people.append(person)
    _belongings(demo, maker, person, row)


def _belongings(demo: Demo, maker: Staff, person: Beneficiary, row: dict[str, Any]) -> None:
    """Categories, consents, and the hardship file where there is one."""
    for code in row["categories"]:
        category = Code.objects.get(pk=f"category:{code}")
        since = timezone.localdate() - timedelta(200)
        demo.act(add_category, by=maker, person=person, category=category, starts_on=since)
    if "file" not in row:
        return
    for kind in (Consent.Kind.SENSITIVE, Consent.Kind.COMPARISON, Consent.Kind.PUBLICITY):
        demo.act(record_consent, by=maker, person=person, kind=kind, wording="2026 版")
    file_of(demo, person, row["file"])


def _elsewhere(demo: Demo) -> None:
    """The first street helps two people of the lively one, and asks for one of them."""
    first, second = demo.plan["written"]["union"], demo.plan["waiting"]["union"]
    asking = demo.staff(first, Role.MAKER)
    theirs = [person for person in demo.people if person.union.code == second and person.id_tail]
    for person in theirs[:2]:
        number = demo.numbers[person.name]
        demo.act(link_beneficiary, by=asking, union=asking.union, id_number=number)
    demo.act(
        request_transfer,
        by=asking,
        person=theirs[1],
        to=asking.union,
        reason="本人现在在我街道工作和居住。",
    )
