from typing import Self

from django.db import models

from beneficiaries.models.beneficiary import Beneficiary
from relief.lib.crypto.fields import sealed_names
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet


class PossibleDoubleQuerySet(ScopedQuerySet["PossibleDouble"]):
    union_lookup = "first__union__"

    def visible_to(self, staff: Staff) -> Self:
        """Pairs of people whose records the posting's subtree keeps, both of them.

        Of somebody whom another union keeps nothing can be decided here.
        """
        return self.within(staff.union.path).filter(
            second__union__in=Union.objects.within(staff.union.path)
        )

    def listed(self) -> Self:
        """For lists: no ciphertext leaves the database."""
        sides = ("first", "second")
        related = [f"{side}__{name}" for side in sides for name in ("union", "workplace")]
        sealed = [f"{side}__{name}" for side in sides for name in sealed_names(Beneficiary)]
        return self.select_related(*sides, *related).defer(*sealed)


class PossibleDouble(models.Model):
    """Two people who may be one: a row of a view, worked out anew whenever it is read.

    Each pair once, with its strongest reason. Who has the same ID number is one row by constraint
    already; pairs that somebody kept apart are not among them.
    """

    class Why(models.IntegerChoices):
        NAME_AND_BIRTH = 1, "姓名和出生日期相同"
        NAME_AND_PHONE = 2, "姓名和手机号码相同"
        HOUSEHOLD = 3, "在同一户的档案里"

    id = models.TextField(primary_key=True)
    first = models.ForeignKey(Beneficiary, models.DO_NOTHING, related_name="+")
    second = models.ForeignKey(Beneficiary, models.DO_NOTHING, related_name="+")
    why = models.PositiveSmallIntegerField("依据", choices=Why)

    objects = PossibleDoubleQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "beneficiaries_possibledouble"
        verbose_name = "疑似重复"
        verbose_name_plural = "疑似重复"

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}?"
