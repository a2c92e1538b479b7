"""History of the second factor: whoever puts a device or a code in by hand leaves a row."""

from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from relief.lib.history import tracked


@tracked(
    exclude=(
        "key",
        "drift",
        "last_t",
        "last_used_at",
        "throttling_failure_timestamp",
        "throttling_failure_count",
    ),
    noticed=("key",),
)
class PhoneFactor(TOTPDevice):  # type: ignore[misc]  # django-otp ships no types
    """The phone of an account, as django-otp keeps it."""

    class Meta:
        proxy = True
        verbose_name = "动态口令"
        verbose_name_plural = "动态口令"


@tracked(exclude=("token",), noticed=("token",))
class RecoveryCode(StaticToken):  # type: ignore[misc]  # as above
    """One code that takes the phone's place once."""

    class Meta:
        proxy = True
        verbose_name = "恢复码"
        verbose_name_plural = "恢复码"
