"""`relief.lib.bulk`: many rows at once are what single rows would be."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DataError, transaction

from beneficiaries.models import Beneficiary, HardshipFile
from relief.lib.bulk import copy_in, new_row, update_rows
from tests.beneficiaries.conftest import Register
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_new_row_has_what_the_constructor_gives(cast: Cast):
    given = {"union_id": cast.unions["east-1"].pk, "name": "张三"}
    made, usual = new_row(Beneficiary, **given), Beneficiary(**given)
    names = [field.attname for field in Beneficiary._meta.concrete_fields]
    passing = {"id", "created_at", "changed_at"}
    assert {name: getattr(made, name) for name in names if name not in passing} == {
        name: getattr(usual, name) for name in names if name not in passing
    }
    assert made.pk.version == 7
    assert made._state.adding
    other = new_row(Beneficiary, **given)
    other.grams.append("张")
    assert (made.grams, made.pk == other.pk) == ([], False)
    made.union_id = cast.unions["east-2"].pk
    assert made.union == cast.unions["east-2"]
    copy_in([made])
    assert Beneficiary.objects.get() == made


def test_rows_change_each_in_its_own_way(cast: Cast, register: Register):
    people = [register(name) for name in ("张三", "李四", "王五")]
    files = [HardshipFile(person=one, union=one.union, year=2026) for one in people]
    HardshipFile.objects.bulk_create(files)
    for number, file in enumerate(files):
        file.number = f"N{number}"
        file.yearly_income = Decimal(number) if number else None
        file.opened_on = date(2026, 1, 1 + number)
        file.other_causes = ["hardship_cause:x"] * number
    plain = frozenset({"number", "yearly_income", "opened_on"})
    update_rows([(files[0], plain), (files[1], plain), (files[2], plain | {"other_causes"})])
    columns = ("number", "yearly_income", "opened_on", "other_causes")
    assert list(HardshipFile.objects.order_by("number").values_list(*columns)) == [
        ("N0", None, date(2026, 1, 1), []),
        ("N1", Decimal(1), date(2026, 1, 2), []),
        ("N2", Decimal(2), date(2026, 1, 3), ["hardship_cause:x"] * 2),
    ]


def test_what_is_too_long_is_refused_and_not_cut(register: Register):
    people = [register("张三"), register("李四")]
    for person in people:
        person.name = "长" * 61
    with pytest.raises(DataError), transaction.atomic():
        update_rows((person, frozenset({"name"})) for person in people)
    assert {len(name) for name in Beneficiary.objects.values_list("name", flat=True)} == {2}
