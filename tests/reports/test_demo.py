"""The demo: invented people, one account per role, never in production."""

from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from beneficiaries.identity import read_id
from beneficiaries.lifecycle import Status
from beneficiaries.models import (
    Beneficiary,
    CategoryMembership,
    Consent,
    FilePublicity,
    FileStep,
    HardshipFile,
    HouseholdMember,
    LedgerImport,
    PastAid,
    Transfer,
    Workplace,
)
from beneficiaries.models.person_key import key_of
from beneficiaries.registry_checks import registry_breaks
from reports import demo
from unions.models import IncompatibleRoles, Staff, Union, User
from unions.permissions import Role


def test_the_demo_is_complete_made_once_and_shows_only_its_own_password(
    db, settings, tmp_path, capsys
):
    """One test, because making the demo takes seconds."""
    settings.VAR_DIR = tmp_path
    call_command("demo")
    made = capsys.readouterr().out
    assert demo.password() in made
    shown = demo.accounts_to_show()
    assert [role for role, _, _ in shown] == [str(role.label) for role in Role]
    for _, username, _ in shown:
        assert f"\t{username}\t" in made
        assert User.objects.get(username=username).check_password(demo.password())

    districts = Union.objects.filter(kind=Union.Kind.DISTRICT)
    assert districts.count() > 5
    for district in districts:
        roles = set(Staff.objects.live().filter(union=district).values_list("role", flat=True))
        assert {"maker", "checker", "leader", "finance", "auditor", "district_admin"} <= roles

    _the_registry_lives()
    models = (Union, User, Staff, IncompatibleRoles, Beneficiary, HardshipFile, LedgerImport)
    counts = [model.objects.count() for model in models]
    call_command("demo")
    assert counts == [model.objects.count() for model in models]

    capsys.readouterr()
    leader = Staff.objects.live().filter(role=Role.LEADER).order_by("union__path")[0].user
    leader.set_password("another password altogether")
    leader.save(update_fields=["password"])
    call_command("demo", "--show")
    assert f"\t{leader.username}\t" not in capsys.readouterr().out


def _the_registry_lives() -> None:
    """Something to see on every page, and nobody in it who could be taken for real."""
    people = Beneficiary.objects.all()
    assert people.count() > 25
    assert not people.filter(is_invented=False).exists()
    for person in people.filter(id_kind="resident"):
        number = person.unseal(key_of(person), "id_number")
        assert not read_id(number, today=timezone.localdate()).problem
    files = HardshipFile.objects.all()
    assert set(files.values_list("status", flat=True)) == set(Status.values)
    assert files.due_for_yearly_review(timezone.localdate()).count() == 2
    assert FileStep.objects.filter(from_status="applied", to_status="draft").exists()
    assert FileStep.objects.filter(from_status="active", to_status="review").exists()
    assert FilePublicity.objects.running().count() == 3
    assert set(LedgerImport.objects.values_list("status", flat=True)) == {"applied", "staged"}
    waiting = LedgerImport.objects.get(status="staged")
    assert waiting.counts["new"]
    assert waiting.counts["changed"]
    assert waiting.counts["mend"]
    assert waiting.counts["duplicate"]
    twice = people.filter(name="李春梅", birth_on=date(1970, 2, 14))
    assert twice.count() == 2
    for model in (Consent, HouseholdMember, CategoryMembership, Workplace, Transfer, PastAid):
        assert model.objects.exists(), model
    assert list(registry_breaks()) == []
    district = Staff.objects.get(user__username="dongcheng.fuhe")
    assert HardshipFile.objects.visible_to(district).count() == files.count()


def test_production_is_refused(db, settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="refuses production"):
        call_command("demo")
    assert not User.objects.exists()
