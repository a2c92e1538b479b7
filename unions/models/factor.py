"""History of the second factor: whoever puts a device or a code in by hand leaves a row."""

import os
from typing import Final

from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from relief.lib.crypto.keys import ring
from relief.lib.history import tracked
from unions.models.user import User

#: What phones take (RFC 4226 asks for 160 bits).
SECRET_BYTES: Final = 20


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
    """The phone of an account; in django-otp's column the secret stands sealed by the key ring.

    So a backup holds nobody's second factor, and nobody puts one in who has not the ring.
    """

    class Meta:
        proxy = True
        verbose_name = "动态口令"
        verbose_name_plural = "动态口令"

    @classmethod
    def new_for(cls, user: User) -> "PhoneFactor":
        """Not saved yet, with a fresh secret."""
        key = ring().seal(os.urandom(SECRET_BYTES), cls.place_of(user.pk))
        return cls(user=user, name="动态口令", confirmed=False, key=key)

    @staticmethod
    def place_of(user_id: int) -> str:
        """What the secret is bound to: it serves nobody else."""
        return f"{TOTPDevice._meta.db_table}.key.{user_id}"

    @property
    def bin_key(self) -> bytes:
        """The secret, as django-otp asks for it. Raises SealError."""
        return ring().open(self.key, self.place_of(self.user_id))

    def seal_anew(self) -> None:
        """By the newest key of the ring."""
        self.key = ring().seal(self.bin_key, self.place_of(self.user_id))


@tracked(exclude=("token",), noticed=("token",))
class RecoveryCode(StaticToken):  # type: ignore[misc]  # as above
    """One code that takes the phone's place once."""

    class Meta:
        proxy = True
        verbose_name = "恢复码"
        verbose_name_plural = "恢复码"
