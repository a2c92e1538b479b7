from django.db import models
from django.db.models import Q

from relief.lib.triggers import AppendOnly, NoTruncate


class Posting(models.Model):
    """One act on the ledger, done once however often it is sent: actor, route and key name it.

    The row is written before anything of the act, so that a second one waits here and then finds
    the first. The key lives apart from the entries, because a refused insert must not touch their
    chain. Source: SECURITY §3.3.
    """

    #: Actor of a command; accounts are numbered from 1.
    NOBODY = 0

    actor = models.BigIntegerField("账号")
    route = models.CharField("动作", max_length=40)
    key = models.UUIDField("提交编号")
    body_hash = models.CharField("内容指纹", max_length=64)
    made_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "记账"
        verbose_name_plural = "记账"
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "route", "key"],
                name="ledger_posting_once",
                violation_error_message="这一笔已经提交过。",
            ),
            models.CheckConstraint(
                condition=Q(body_hash__regex=r"^[0-9a-f]{64}$"),
                name="ledger_posting_body_hash_shape",
                violation_error_message="内容指纹的写法不对。",
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
