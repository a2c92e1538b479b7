from datetime import date, timedelta
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from relief.lib.history import tracked
from relief.lib.periods import holding_on, not_ended
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import Guard, NeverDelete, NoTruncate
from unions.models.union import Union
from unions.models.user import User, people_called
from unions.permissions import Capability, Role, has
from unions.scope import ScopedQuerySet


class StaffQuerySet(ScopedQuerySet["Staff"]):
    def live(self, day: date | None = None) -> Self:
        """Postings that count on `day` (today): begun, not ended, the account enabled."""
        today = day or timezone.localdate()
        return self.filter(
            holding_on(today),
            Q(union__closed_on__isnull=True) | Q(union__closed_on__gt=today),
            user__is_active=True,
        )

    def standing(self) -> Self:
        """Postings that have not ended, also those still to begin."""
        return self.filter(not_ended(timezone.localdate()))

    def coming(self) -> Self:
        """Postings whose first day is still to come."""
        return self.filter(starts_on__gt=timezone.localdate()).exclude(
            ends_on__lt=F("starts_on")  # taken back before it began
        )

    def of(self, user: User) -> Self:
        return self.filter(user=user).with_people().order_by("union__path", "role")

    def with_people(self) -> Self:
        return self.select_related("user", "union")

    def matching(self, text: str) -> Self:
        """Search by name, user name, pinyin or pinyin initials."""
        return self.filter(people_called(text, account="user__"))


# Serialised by the lock on the account: two postings of one person are never judged side by side.
_REFUSE_OVERLAP = """
    PERFORM 1 FROM unions_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM unions_staff other
        WHERE other.user_id = NEW.user_id AND other.id <> NEW.id
          AND other.union_id = NEW.union_id AND other.role = NEW.role
          AND daterange(other.starts_on, other.ends_on + 1, '[)')
              && daterange(NEW.starts_on, NEW.ends_on + 1, '[)')
    ) THEN
        RAISE EXCEPTION 'posting overlaps' USING ERRCODE = '23R03';
    END IF;
    IF EXISTS (
        SELECT 1 FROM unions_staff other
        JOIN unions_incompatibleroles pair
          ON (pair.first = NEW.role AND pair.second = other.role)
          OR (pair.second = NEW.role AND pair.first = other.role)
        WHERE other.user_id = NEW.user_id AND other.id <> NEW.id
          AND (pair.anywhere OR other.union_id = NEW.union_id)
          AND daterange(other.starts_on, other.ends_on + 1, '[)')
              && daterange(NEW.starts_on, NEW.ends_on + 1, '[)')
    ) THEN
        RAISE EXCEPTION 'roles incompatible' USING ERRCODE = '23R04';
    END IF;
    RETURN NEW;
"""


@tracked()
class Staff(models.Model):
    """A posting (任职): one person, one union, one role, for a period.

    `ends_on` is the last day; the day before `starts_on` means that it never counted (revoked on
    its first day).
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="账号")
    union = models.ForeignKey(Union, models.PROTECT, related_name="+", verbose_name="机构")
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    title = models.CharField(
        "职务", max_length=40, blank=True, validators=[refuse_hidden_characters]
    )
    starts_on = models.DateField("开始日期", default=timezone.localdate)
    ends_on = models.DateField("结束日期", null=True, blank=True)
    posted_by = models.ForeignKey(
        "self", models.PROTECT, related_name="+", null=True, blank=True, verbose_name="任命人"
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on") - timedelta(days=1)),
                name="unions_staff_period_in_order",
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values),
                name="unions_staff_role_known",
                violation_error_message="没有这个角色。",
            ),
        ]
        indexes = [
            models.Index(fields=["union", "role"], name="unions_staff_union_role_idx"),
            models.Index(fields=["user"], name="unions_staff_user_idx"),
        ]
        triggers = [
            Guard(
                name="staff_overlap_refused",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_REFUSE_OVERLAP,
            ),
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.union} · {self.get_role_display()}"

    @property
    def role_label(self) -> str:
        return self.get_role_display()

    def is_live(self, day: date | None = None) -> bool:
        today = day or timezone.localdate()
        return (
            self.user.is_active
            and self.starts_on <= today
            and (self.ends_on is None or self.ends_on >= today)
            and (self.union.closed_on is None or self.union.closed_on > today)
        )

    def is_coming(self) -> bool:
        """Whether it still has to begin, and will."""
        return self.starts_on > timezone.localdate() and (
            self.ends_on is None or self.ends_on >= self.starts_on
        )

    def can(self, capability: Capability) -> bool:
        return has(self, capability)


class IncompatibleRoles(models.Model):
    """Two roles that one person may not hold at the same time; the list is data (DESIGN §4)."""

    first = models.CharField("角色", max_length=20, choices=Role.choices)
    second = models.CharField("与之不相容的角色", max_length=20, choices=Role.choices)
    anywhere = models.BooleanField(
        "在任何机构都不行", default=False, help_text="不选：只在同一机构内不相容。"
    )
    reason = models.CharField("理由", max_length=200, validators=[refuse_hidden_characters])

    class Meta:
        verbose_name = "不相容岗位"
        verbose_name_plural = "不相容岗位"
        constraints = [
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="unions_incompatibleroles_in_order",
                violation_error_message="两个角色要不同，并按编码顺序填写。",
            ),
            models.UniqueConstraint(
                fields=["first", "second"],
                name="unions_incompatibleroles_once",
                violation_error_message="这一对角色已经登记。",
            ),
            models.CheckConstraint(
                condition=Q(first__in=Role.values, second__in=Role.values),
                name="unions_incompatibleroles_roles_known",
                violation_error_message="没有这个角色。",
            ),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"),
                name="unions_incompatibleroles_reason_filled",
                violation_error_message="请填写理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_first_display()} × {self.get_second_display()}"
