"""What this app throws away every night."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from beneficiaries.models import StandardUpload

#: Uploads that nobody wrote in this time.
KEPT: Final = timedelta(days=30)


def sweep_standards() -> int:
    """Returns how many uploads of standards went."""
    old = StandardUpload.objects.filter(
        applied_at__isnull=True, uploaded_at__lt=timezone.now() - KEPT
    )
    return old.delete()[0]
