from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from relief.lib.history import tracked
from relief.lib.triggers import AppendOnly, NeverDelete, NoTruncate


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class UserManager(BaseUserManager["User"]):
    """Django's own log-in looks users up by their natural key: the normalised user name."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=normalise_username(username or ""))


def normalise_username(typed: str) -> str:
    """One spelling for what a person types: no blanks around, one case."""
    return typed.strip().casefold()


@tracked(
    exclude=(
        "password",
        "last_login",
        "pinyin",
        "initials",
        "activation_hash",
    )
)
class User(AbstractBaseUser):
    """A person who logs in. What they may do comes from their postings (Staff), never from here."""

    username = models.CharField(
        "用户名",
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9._-]{2,39}$",
                "用户名用小写字母、数字、点、横线，3 到 40 位，以字母或数字开头。",
            )
        ],
        error_messages={"unique": "这个用户名已经有人用了。"},
    )
    full_name = models.CharField("姓名", max_length=40)
    phone = models.CharField(
        "办公电话",
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^[0-9 +-]{5,20}$", "电话只用数字、空格、加号和横线。")],
    )
    pinyin = models.CharField(max_length=200, editable=False, blank=True)
    initials = models.CharField(max_length=40, editable=False, blank=True)
    is_active = models.BooleanField("启用", default=True)
    #: Raised by every change of rights or password: older sessions end at their next request.
    auth_version = models.PositiveIntegerField(default=1, editable=False)
    password_set_at = models.DateTimeField("设密码时间", null=True, editable=False)
    activation_hash = models.CharField(max_length=128, blank=True, editable=False)
    activation_expires_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]

    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]{2,39}$"),
                name="unions_user_username_shape",
                violation_error_message="用户名用小写字母、数字、点、横线，3 到 40 位。",
            ),
        ]
        triggers = [
            NeverDelete(),
            NoTruncate(),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}.{self.auth_version}"

    def get_session_auth_fallback_hash(self) -> Any:
        for fallback in super().get_session_auth_fallback_hash():
            yield f"{fallback}.{self.auth_version}"

    @property
    def is_staff(self) -> bool:
        """Django admin asks this: only a live posting as system administrator opens it."""
        from unions.models.staff import Staff  # noqa: PLC0415 (the two models know each other)
        from unions.permissions import Role  # noqa: PLC0415

        return Staff.objects.live().filter(user=self, role=Role.SYSTEM_ADMIN).exists()

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Permissions of the Django admin; business rights are in unions.permissions."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def is_awaiting_activation(self, now: datetime | None = None) -> bool:
        """Whether a code was issued, not used, and still holds."""
        expires = self.activation_expires_at
        return (
            bool(self.activation_hash) and expires is not None and expires > (now or timezone.now())
        )


class PasswordRecord(models.Model):
    """An earlier password's hash, so that the 等保 profile can refuse the last five."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "旧密码"
        verbose_name_plural = "旧密码"
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"


class FactorReset(models.Model):
    """A lost second factor: one administrator asks, another one confirms (DESIGN §8.19)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="账号")
    reason = models.CharField("理由", max_length=200)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_at = models.DateTimeField("申请时间", auto_now_add=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = "重置二次验证"
        verbose_name_plural = "重置二次验证"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("requested_by")) & ~Q(confirmed_by=F("user"))),
                name="unions_factorreset_two_people",
                violation_error_message="申请人、确认人和本人必须是不同的人。",
            ),
            models.CheckConstraint(
                condition=~Q(requested_by=F("user")),
                name="unions_factorreset_not_for_oneself",
                violation_error_message="不能为自己申请重置。",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(confirmed_at__isnull=True, withdrawn_at__isnull=True),
                name="unions_factorreset_one_open",
                violation_error_message="这个账号已经有一个待确认的重置申请。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.requested_at:%Y-%m-%d}"
