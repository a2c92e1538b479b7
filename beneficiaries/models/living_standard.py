from datetime import date

from django.db import models
from django.db.models import Q

from beneficiaries.models.coded import finite, of_its_list
from relief.lib.history import tracked
from relief.lib.triggers import NeverDelete, NoTruncate


class LivingStandardQuerySet(models.QuerySet["LivingStandard"]):
    def in_force(self, *, region: str, kind: str, day: date) -> "LivingStandard | None":
        """The standard of the place on that day; a place without one has that of the place above.

        `region` is a 行政区划代码 of 6 digits or more.
        """
        places = [f"region:{code}" for code in _with_places_above(region)]
        rows = self.filter(region__in=places, kind=kind, starts_on__lte=day)
        found = list(rows.order_by("-starts_on"))
        for place in places:
            for row in found:
                if row.region_id == place:
                    return row
        return None


def _with_places_above(region: str) -> list[str]:
    """The narrowest first: 110101001 → 110101, 110000."""
    codes = [region, region[:6], f"{region[:4]}00", f"{region[:2]}0000"]
    return list(dict.fromkeys(codes))


@tracked()
class LivingStandard(models.Model):
    """低保标准 of a place from a day on, in yuan a month and person. Revised nearly every year."""

    class Kind(models.TextChoices):
        URBAN = "urban", "城市"
        RURAL = "rural", "农村"

    region = models.ForeignKey(
        "codes.Code",
        models.PROTECT,
        related_name="+",
        verbose_name="行政区划",
        limit_choices_to={"list": "region"},
    )
    kind = models.CharField("城乡", max_length=5, choices=Kind, default=Kind.URBAN)
    starts_on = models.DateField("生效日期")
    amount = models.DecimalField("标准（元/月）", max_digits=14, decimal_places=2)
    document = models.CharField("文号", max_length=100, blank=True)

    objects = LivingStandardQuerySet.as_manager()

    class Meta:
        verbose_name = "低保标准"
        verbose_name_plural = "低保标准"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "starts_on"],
                name="beneficiaries_livingstandard_once_a_day",
                violation_error_message="这个地区在这一天已经有一个标准。",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="beneficiaries_livingstandard_amount_positive",
                violation_error_message="标准要大于 0 元。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["urban", "rural"]),
                name="beneficiaries_livingstandard_kind_known",
                violation_error_message="只能是城市或农村。",
            ),
            finite("beneficiaries_livingstandard", "amounts", ("amount",)),
            finite("beneficiaries_livingstandard", "days", ("starts_on",)),
            of_its_list("beneficiaries_livingstandard", "region", "region"),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.region_id} {self.get_kind_display()} {self.starts_on}"
