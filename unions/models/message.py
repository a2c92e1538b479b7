from typing import Self

from django.db import models
from django.db.models import F, Q

from unions.models.staff import Staff
from unions.models.user import User


class MessageQuerySet(models.QuerySet["Message"]):
    def to(self, user: User, staff: Staff | None = None) -> Self:
        """Messages to the account itself and to the posting it works in now."""
        return self.filter(Q(staff__isnull=True) | Q(staff=staff), user=user)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Message(models.Model):
    """A reminder, a return, a deadline: shown on the landing page until it is read."""

    class Kind(models.TextChoices):
        REMINDER = "reminder", "催办"
        RETURNED = "returned", "退回"
        DEADLINE = "deadline", "到期"
        SECURITY = "security", "安全"
        NEWS = "news", "通知"

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    #: The posting it is meant for; absent = whatever the person works as.
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="+", null=True, blank=True)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    text = models.CharField("内容", max_length=200)
    url = models.CharField("去处理", max_length=200, blank=True)
    sent_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        constraints = [
            models.CheckConstraint(
                condition=Q(url="") | Q(url__regex=r"^/[^/\\]"),
                name="unions_message_url_within_site",
                violation_error_message="链接只能指向本系统的页面。",
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(read_at__gte=F("sent_at")),
                name="unions_message_read_after_sent",
                violation_error_message="已读时间不能早于发送时间。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["reminder", "returned", "deadline", "security", "news"]),
                name="unions_message_kind_known",
                violation_error_message="没有这类消息。",
            ),
            models.CheckConstraint(
                condition=Q(text__regex=r"\S"),
                name="unions_message_text_filled",
                violation_error_message="消息不能没有内容。",
            ),
        ]
        indexes = [models.Index(fields=["user", "read_at"], name="unions_message_user_read_idx")]

    def __str__(self) -> str:
        return self.text
