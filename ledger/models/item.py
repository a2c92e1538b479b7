from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.models.coded import one_of
from ledger.models.shapes import filled, in_yuan, words_field, yuan_field
from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import NeverDelete, NoTruncate
from unions.models import Staff, Union
from unions.scope import ScopedQuerySet, ancestor_paths

if TYPE_CHECKING:
    from datetime import date

#: The unit of what was given without saying how much (DESIGN §8.22).
BATCH = "批"


class ItemQuerySet(ScopedQuerySet["Item"]):
    def visible_to(self, staff: Staff) -> Self:
        """Kinds of goods of the own subtree, and those of unions above."""
        above = Q(union__path__in=ancestor_paths(staff.union.path))
        return self.filter(above | Q(pk__in=self.model.objects.within(staff.union.path)))

    def known_at(self, union: Union) -> Self:
        """What the union and those above it have named."""
        return self.filter(union__path__in=ancestor_paths(union.path))

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)


@tracked(exclude=("version",))
class Item(models.Model):
    """A kind of goods, ticket, card or service hour (物资), counted in whole units."""

    class Kind(models.TextChoices):
        GOODS = "goods", "实物"
        TICKET = "ticket", "券"
        CARD = "card", "购物卡"
        SERVICE = "service", "服务"

    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="登记机构")
    name = models.CharField("名称", max_length=60, validators=[refuse_hidden_characters])
    kind = models.CharField("种类", max_length=10, choices=Kind, default=Kind.GOODS)
    unit = models.CharField("单位", max_length=10, validators=[refuse_hidden_characters])
    has_shelf_life = models.BooleanField("有保质期", default=False)
    price = yuan_field("参考单价")
    note = words_field("备注", 200)
    closed_on = models.DateField("停用日期", null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = "物资"
        verbose_name_plural = "物资"
        constraints = [
            filled("ledger_item", "name", "请填写名称。"),
            filled("ledger_item", "unit", "请填写单位，例如：份、箱、件。"),
            in_yuan("ledger_item", "price"),
            one_of("ledger_item", "kind", ["goods", "ticket", "card", "service"]),
            models.UniqueConstraint(
                fields=["union", "name", "unit"],
                condition=Q(closed_on__isnull=True),
                name="ledger_item_name_once",
                violation_error_message="已经有同名、同单位的物资。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return self.name


class LotQuerySet(ScopedQuerySet["Lot"]):
    union_lookup = "item__union__"

    def visible_to(self, staff: Staff) -> Self:
        return self.filter(item__in=Item.objects.visible_to(staff))

    def first_expiring(self) -> Self:
        return self.order_by("expires_on", "pk")

    def expiring_by(self, day: "date") -> Self:
        return self.filter(expires_on__lte=day)


@tracked()
class Lot(models.Model):
    """Goods of one kind that spoil on one day (批次); only for goods with a shelf life."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name="物资")
    code = words_field("批号", 40)
    made_on = models.DateField("生产日期", null=True, blank=True)
    expires_on = models.DateField("到期日期")

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = "批次"
        verbose_name_plural = "批次"
        constraints = [
            models.UniqueConstraint(
                fields=["item", "code", "expires_on"],
                name="ledger_lot_once",
                violation_error_message="这个批次已经登记。",
            ),
            models.CheckConstraint(
                condition=Q(made_on__isnull=True) | Q(expires_on__gt=F("made_on")),
                name="ledger_lot_expires_after_made",
                violation_error_message="到期日期要晚于生产日期。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.code} {self.expires_on}"

    @property
    def is_expired(self) -> bool:
        return self.expires_on < timezone.localdate()
