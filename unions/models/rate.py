from django.db import models


class RateWindow(models.Model):
    """How often an account did a limited thing in the window that began at `starts_at`."""

    user_id = models.BigIntegerField()
    name = models.CharField(max_length=20)
    starts_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "频率计数"
        verbose_name_plural = "频率计数"
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "name", "starts_at"],
                name="unions_ratewindow_once",
                violation_error_message="这个时间段已经有计数。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.name} {self.count}"
