from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.models.beneficiary import Beneficiary
from beneficiaries.models.coded import coded, of_its_list
from relief.lib.history import tracked
from relief.lib.periods import holding_on
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models import Staff
from unions.scope import ScopedQuerySet

# Serialised by the lock on the person: two categories of one are never judged side by side.
_REFUSE_OVERLAP = """
    PERFORM 1 FROM beneficiaries_beneficiary WHERE id = NEW.beneficiary_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM beneficiaries_categorymembership other
        WHERE other.beneficiary_id = NEW.beneficiary_id AND other.id <> NEW.id
          AND other.category_id = NEW.category_id
          AND daterange(other.starts_on, other.ends_on + 1, '[)')
              && daterange(NEW.starts_on, NEW.ends_on + 1, '[)')
    ) THEN
        RAISE EXCEPTION 'category overlaps' USING ERRCODE = '23R06';
    END IF;
    RETURN NEW;
"""
# The same for ten thousand at once. A plan made while the table was empty would look at all of it
# for each row, so it is made anew.
_REFUSE_OVERLAPS = """
    EXECUTE $ask$
        SELECT 1 FROM beneficiaries_beneficiary
        WHERE id IN (SELECT beneficiary_id FROM new_values) ORDER BY id FOR NO KEY UPDATE
    $ask$;
    EXECUTE $ask$
        SELECT EXISTS (
            SELECT 1 FROM new_values one JOIN beneficiaries_categorymembership other
            ON other.beneficiary_id = one.beneficiary_id AND other.id <> one.id
              AND other.category_id = one.category_id
              AND daterange(other.starts_on, other.ends_on + 1, '[)')
                  && daterange(one.starts_on, one.ends_on + 1, '[)')
        )
    $ask$ INTO is_refused;
    IF is_refused THEN
        RAISE EXCEPTION 'category overlaps' USING ERRCODE = '23R06';
    END IF;
    RETURN NULL;
"""


class CategoryMembershipQuerySet(ScopedQuerySet["CategoryMembership"]):
    union_lookup = "beneficiary__union__"

    def on(self, day: date) -> Self:
        return self.filter(holding_on(day))

    def of_person(self, person: Beneficiary) -> Self:
        return self.filter(beneficiary=person).order_by("-starts_on", "category")


@tracked()
class CategoryMembership(models.Model):
    """A person belongs to a category (困难职工, 劳模 …) for a period; `ends_on` is the last day."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="+", verbose_name="帮扶对象"
    )
    category = models.ForeignKey(
        "codes.Code",
        models.PROTECT,
        related_name="+",
        verbose_name="类别",
        limit_choices_to={"list": "category"},
    )
    level = coded("劳模级别", "model_worker")
    starts_on = models.DateField("起始日期", default=timezone.localdate)
    ends_on = models.DateField("结束日期", null=True, blank=True)
    evidence = coded("依据", "evidence")
    evidence_number = models.CharField("依据文号", max_length=60, blank=True)
    recorded_by = models.ForeignKey(
        Staff, models.PROTECT, related_name="+", null=True, verbose_name="登记人", editable=False
    )
    recorded_at = models.DateTimeField("登记时间", default=timezone.now, editable=False)

    objects = CategoryMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "所属类别"
        verbose_name_plural = "所属类别"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="beneficiaries_categorymembership_period_in_order",
                violation_error_message="结束日期不能早于起始日期。",
            ),
            of_its_list("beneficiaries_categorymembership", "category", "category"),
            of_its_list("beneficiaries_categorymembership", "level", "model_worker"),
            of_its_list("beneficiaries_categorymembership", "evidence", "evidence"),
        ]
        triggers = [
            Guard(
                name="category_overlap_refused",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_REFUSE_OVERLAP,
            ),
            Guard(
                name="new_overlap_refused",
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_values"),  # type: ignore[no-untyped-call]  # their signature
                declare=[("is_refused", "boolean")],
                func=_REFUSE_OVERLAPS,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.starts_on}"
