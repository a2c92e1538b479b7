import hashlib

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from unions.models.user import User


class Session(AbstractBaseSession):
    """A log-in that is open somewhere; people see their own, administrators end others'."""

    user = models.ForeignKey(
        User,
        models.CASCADE,  # a session is no record: it goes with whatever it belongs to
        related_name="+",
        null=True,
    )
    started_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近使用", null=True)
    address = models.GenericIPAddressField("来源地址", null=True)
    agent = models.CharField("浏览器", max_length=120, blank=True)

    class Meta:
        verbose_name = "会话"
        verbose_name_plural = "会话"
        indexes = [models.Index(fields=["user"], name="unions_session_user_idx")]

    @classmethod
    def get_session_store_class(cls) -> type:
        from unions.sessions import SessionStore  # noqa: PLC0415 (the store needs this model)

        return SessionStore

    @property
    def mark(self) -> str:
        """What a page may show of the key: enough to name the row, not to take it over."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]

    @classmethod
    def open_for(cls, user: User) -> QuerySet["Session"]:
        """Sessions of the user that have not run out, latest use first."""
        return cls.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")
