"""The demo: invented people, one account per role, never in production."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

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

    counts = [model.objects.count() for model in (Union, User, Staff, IncompatibleRoles)]
    call_command("demo")
    assert counts == [model.objects.count() for model in (Union, User, Staff, IncompatibleRoles)]

    capsys.readouterr()
    leader = Staff.objects.live().filter(role=Role.LEADER).order_by("union__path")[0].user
    leader.set_password("another password altogether")
    leader.save()
    call_command("demo", "--show")
    assert f"\t{leader.username}\t" not in capsys.readouterr().out


def test_production_is_refused(db, settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="refuses production"):
        call_command("demo")
    assert not User.objects.exists()
