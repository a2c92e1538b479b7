from typing import Self

from django.db import models
from django.db.models import F, Q

from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import NeverDelete, NoTruncate
from unions.models.user import User


class AccountRequestQuerySet(models.QuerySet["AccountRequest"]):
    def open(self) -> Self:
        return self.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)


@tracked()
class AccountRequest(models.Model):
    """What takes two administrators: one asks, another one confirms (DESIGN §8.19)."""

    class Kind(models.TextChoices):
        FACTOR = "factor", "重置二次验证"
        CODE = "code", "重发激活码"

    kind = models.CharField("事项", max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="账号")
    reason = models.CharField("理由", max_length=200, validators=[refuse_hidden_characters])
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_at = models.DateTimeField("申请时间", auto_now_add=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    objects = AccountRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "账号申请"
        verbose_name_plural = "账号申请"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["factor", "code"]),
                name="unions_accountrequest_kind",
                violation_error_message="没有这种申请。",
            ),
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"),
                name="unions_accountrequest_reason_filled",
                violation_error_message="请填写理由。",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("requested_by")) & ~Q(confirmed_by=F("user"))),
                name="unions_accountrequest_two_people",
                violation_error_message="申请人、确认人和本人必须是不同的人。",
            ),
            models.CheckConstraint(
                condition=~Q(requested_by=F("user")),
                name="unions_accountrequest_not_for_oneself",
                violation_error_message="不能为自己申请。",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="unions_accountrequest_confirmed_whole",
                violation_error_message="确认人和确认时间要一起有。",
            ),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(confirmed_at__isnull=True, withdrawn_at__isnull=True),
                name="unions_accountrequest_one_open",
                violation_error_message="这个账号已经有一个待确认的申请。",
            ),
        ]
        triggers = [NeverDelete(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.requested_at:%Y-%m-%d}"
