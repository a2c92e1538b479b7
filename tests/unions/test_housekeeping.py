"""What is thrown away every night, and what is kept."""

from datetime import timedelta

from axes.models import AccessFailureLog
from django.utils import timezone

from tests.cast import Cast
from unions.housekeeping import sweep
from unions.models import RateWindow, Session, UnionUpload


def upload(cast: Cast, *, age: timedelta, is_applied: bool) -> UnionUpload:
    kept = UnionUpload.objects.create(
        uploaded_by=cast.people["ann"],
        file_name="机构.xlsx",
        sha256="0" * 64,
        applied_at=timezone.now() - age if is_applied else None,
    )
    UnionUpload.objects.filter(pk=kept.pk).update(uploaded_at=timezone.now() - age)
    return kept


def test_only_what_has_run_out_is_thrown_away(cast: Cast):
    now = timezone.now()
    user = cast.accounts["ben"]
    for hours in (-1, 1):
        Session.objects.create(
            session_key=f"key{hours}",
            session_data="",
            user=user,
            expire_date=now + timedelta(hours=hours),
        )
    for days in (1, 3):
        RateWindow.objects.create(user_id=user.pk, name="search", starts_at=now - timedelta(days))
    failure = AccessFailureLog.objects.create(username="ben", ip_address="192.0.2.1")
    AccessFailureLog.objects.filter(pk=failure.pk).update(attempt_time=now - timedelta(31))
    AccessFailureLog.objects.create(username="ben", ip_address="192.0.2.1")
    old, month = upload(cast, age=timedelta(31), is_applied=False), timedelta(31)
    fresh = upload(cast, age=timedelta(1), is_applied=False)
    applied = upload(cast, age=month, is_applied=True)

    gone = sweep()

    assert gone == {
        "sessions": 1,
        "rate windows": 1,
        "attempts": 0,
        "failures": 1,
        "uploads": 1,
    }
    assert list(Session.objects.values_list("session_key", flat=True)) == ["key1"]
    left = set(UnionUpload.objects.values_list("pk", flat=True))
    assert left == {fresh.pk, applied.pk}
    assert old.pk not in left
