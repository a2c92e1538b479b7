from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from unions.models.user import User

#: Marks in the User-Agent line, the telling ones first: every Chromium also says Chrome and Safari.
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ 浏览器"),
    ("360SE", "360 浏览器"),
    ("360EE", "360 浏览器"),
    ("MetaSr", "搜狗浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


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
        """What a page shows of the row: enough to name it."""
        return self.session_key[:16]

    @property
    def browser(self) -> str:
        """The browser in a word people know; the whole line helps nobody."""
        found = (label for mark, label in BROWSERS if mark in self.agent)
        return next(found, "其他浏览器")

    @classmethod
    def open_for(cls, user: User) -> QuerySet["Session"]:
        """Sessions of the user that have not run out, latest use first."""
        return cls.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")
