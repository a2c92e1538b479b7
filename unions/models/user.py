from datetime import datetime
from typing import Any

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from relief.lib.history import tracked
from relief.lib.text import refuse_hidden_characters
from relief.lib.triggers import AppendOnly, Guard, NeverDelete, NoTruncate


class UserManager(BaseUserManager["User"]):
    """Django's own log-in looks users up by their natural key: the normalised user name."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=normalise_username(username or ""))


def normalise_username(typed: str) -> str:
    """One spelling for what a person types: no blanks around, one case."""
    return typed.strip().casefold()


def people_called(text: str, *, account: str = "") -> Q:
    """People by part of the name or user name, or by the beginning of pinyin or its initials.

    `account` is the path from the rows to the account, with trailing "__".
    """
    wanted = text.strip()
    latin = wanted.lower().replace(" ", "")
    return (
        Q(**{f"{account}full_name__icontains": wanted})
        | Q(**{f"{account}username__contains": latin})
        | Q(**{f"{account}pinyin__startswith": latin})
        | Q(**{f"{account}initials__startswith": latin})
    )


#: History keeps no hash; the number that it keeps grows with every other hash, however written.
_COUNT_SECRETS = """
    NEW.secrets_version := OLD.secrets_version + (
        NEW.password IS DISTINCT FROM OLD.password
        OR NEW.activation_hash IS DISTINCT FROM OLD.activation_hash
    )::int;
    RETURN NEW;
"""


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
    full_name = models.CharField("姓名", max_length=40, validators=[refuse_hidden_characters])
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
    #: How often the password or the activation code was changed; a trigger counts.
    secrets_version = models.PositiveIntegerField(
        "密码和激活码的改动次数", default=0, editable=False
    )
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

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
            models.CheckConstraint(
                condition=Q(full_name__regex=r"^\S(.*\S)?$"),
                name="unions_user_full_name_filled",
                violation_error_message="请填写姓名，前后不要空格。",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^[0-9 +-]{5,20}$"),
                name="unions_user_phone_shape",
                violation_error_message="电话只用数字、空格、加号和横线。",
            ),
        ]
        triggers = [
            Guard(
                name="count_secrets",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_COUNT_SECRETS,
            ),
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
        """Django admin asks this: only a live posting that manages the system opens it."""
        from unions.models.staff import Staff  # noqa: PLC0415 (the two models know each other)
        from unions.permissions import Capability, roles_with  # noqa: PLC0415

        roles = roles_with(Capability.MANAGE_SYSTEM)
        return Staff.objects.live().filter(user=self, role__in=roles).exists()

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
