"""What this app throws away every night: rows that only served a moment."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessFailureLog
from django.utils import timezone

from unions.models import RateWindow, Session, UnionUpload

KEPT = {
    "rate windows": timedelta(days=2),
    "failed log-ins": timedelta(days=30),
    "uploads that were never applied": timedelta(days=30),
}


def sweep() -> dict[str, int]:
    """Delete what has run out; returns how many rows of each kind went."""
    now = timezone.now()
    gone = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "rate windows": RateWindow.objects.filter(starts_at__lt=now - KEPT["rate windows"]),
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=now - KEPT["failed log-ins"]),
        "failures": AccessFailureLog.objects.filter(attempt_time__lt=now - KEPT["failed log-ins"]),
        "uploads": UnionUpload.objects.filter(
            applied_at__isnull=True,
            uploaded_at__lt=now - KEPT["uploads that were never applied"],
        ),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()}
