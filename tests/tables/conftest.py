"""A small cast: City → East, West → East-1, East-2. Ann leads East, Ben makes at East-1."""

from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from tests.strict_client import StrictClient
from unions import sessions
from unions.models import Staff, Union, User
from unions.permissions import Role


def open_union(code, name, kind, parent=None, **values):
    path = f"{parent.path if parent else ''}{code}/"
    return Union.objects.create(code=code, name=name, kind=kind, parent=parent, path=path, **values)


def post(name, union, role):
    user = User.objects.create(username=name, full_name=name.title())
    return Staff.objects.create(user=user, union=union, role=role)


@pytest.fixture
def cast(db):
    city = open_union("110000", "市总工会", "city")
    east = open_union("110101", "东城区总工会", "district", city, opened_on="2001-05-01")
    west = open_union("110102", "西城区总工会", "district", city)
    first = open_union("110101001", "东华门街道总工会", "street", east, opened_on="2003-05-01")
    second = open_union("110101002", "景山街道总工会", "street", east)
    return SimpleNamespace(
        city=city,
        east=east,
        west=west,
        first=first,
        second=second,
        ann=post("ann", east, Role.DISTRICT_ADMIN),
        ben=post("ben", first, Role.MAKER),
        lea=post("lea", east, Role.LEADER),
        cai=post("cai", west, Role.MAKER),
    )


@pytest.fixture
def site(settings):
    """The sample list stands beside the real pages."""
    settings.ROOT_URLCONF = "tests.tables.sample"
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates


@pytest.fixture
def signed_in(site):
    def sign_in(staff, *, is_confirmed=True):
        client = StrictClient()
        client.force_login(staff.user, backend="unions.authentication.PasswordBackend")
        if is_confirmed:
            session = client.session
            session[sessions.CONFIRMED] = timezone.now().isoformat()
            session.save()
        return client

    return sign_in
