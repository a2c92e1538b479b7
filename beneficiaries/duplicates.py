"""Who may be the same person as this one. The exact ID number is one row by constraint.

The work list of all of them is the view behind `PossibleDouble`.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from beneficiaries.models import Beneficiary, HouseholdMember, KeptApart
from beneficiaries.models.beneficiary import BeneficiaryQuerySet
from unions.models import Staff


class Why(StrEnum):
    ID_NUMBER = "证件号码相同"
    NAME_AND_BIRTH = "姓名和出生日期相同"
    NAME_AND_PHONE = "姓名和手机号码相同"
    HOUSEHOLD = "在同一户的档案里"


class Double(NamedTuple):
    person: Beneficiary
    why: Why


def doubles_of(person: Beneficiary, *, staff: Staff) -> Iterator[Double]:
    """People the posting may see who may be this one; each once, the strongest reason first."""
    told: set[object] = set()
    visible = Beneficiary.objects.visible_to(staff).current().exclude(pk=person.pk)
    visible = visible.exclude(pk__in=_kept_apart(person))
    for why, others in _groups(person, visible):
        for other in others.listed().order_by("pinyin", "pk"):
            if other.pk not in told:
                told.add(other.pk)
                yield Double(other, why)


def _groups(
    person: Beneficiary, visible: BeneficiaryQuerySet
) -> Iterator[tuple[Why, BeneficiaryQuerySet]]:
    if person.id_index is not None:
        yield Why.ID_NUMBER, visible.filter(id_index=person.id_index)
    if person.birth_on is not None:
        yield Why.NAME_AND_BIRTH, visible.filter(name=person.name, birth_on=person.birth_on)
    if person.phone_index is not None:
        yield Why.NAME_AND_PHONE, visible.filter(name=person.name, phone_index=person.phone_index)
    yield Why.HOUSEHOLD, visible.filter(id_index__in=_household_indexes(person))


def _household_indexes(person: Beneficiary) -> object:
    """Blind indexes of everybody in a live file in which this person is."""
    own = Q(person=person) | (Q(id_index=person.id_index) & Q(id_index__isnull=False))
    files = HouseholdMember.objects.live().filter(own).values("file")
    rows = HouseholdMember.objects.filter(file__in=files, id_index__isnull=False)
    return rows.values("id_index")


def _kept_apart(person: Beneficiary) -> set[object]:
    pairs = KeptApart.objects.standing().about(person).values_list("first", "second")
    return {key for pair in pairs for key in pair}


def suspects(staff: Staff) -> BeneficiaryQuerySet:
    """People of the posting's very union whose name and birth date, or name and phone, somebody
    else of its subtree has, as long as nobody kept the two apart.

    From a few thousand people by index: the view would look at everybody for a number.
    """
    people = Beneficiary.objects.visible_to(staff).owned_by(staff).current()
    apart = KeptApart.objects.standing().filter(
        Q(first=OuterRef("pk"), second=OuterRef(OuterRef("pk")))
        | Q(second=OuterRef("pk"), first=OuterRef(OuterRef("pk")))
    )
    others = people.filter(name=OuterRef("name")).exclude(pk=OuterRef("pk"))
    others = others.exclude(Exists(apart))
    return people.filter(union=staff.union).filter(
        Exists(others.filter(birth_on=OuterRef("birth_on")))
        | Exists(others.filter(phone_index=OuterRef("phone_index")))
    )
