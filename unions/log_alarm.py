"""Whom it concerns that the log of what was done is not what it was."""

from unions.models import Staff, User
from unions.permissions import Command, Role
from unions.services.messages import notify


def tell_keepers(breaks: int) -> None:
    """A message for everybody who works as 审计管理员, wherever: chains are those of all unions."""
    text = f"操作日志校验发现 {breaks} 处被改动或缺失，请马上联系系统管理员，并保留现场。"
    postings = Staff.objects.live().filter(role=Role.AUDIT_ADMIN)
    for keeper in User.objects.filter(pk__in=postings.values("user")).order_by("pk"):
        notify(by=Command("verify_audit"), to=keeper, kind="security", text=text)
