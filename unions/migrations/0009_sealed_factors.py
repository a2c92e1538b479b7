from base64 import b32encode
from binascii import unhexlify
from typing import Any

from django.db import migrations

from relief.lib.crypto.keys import blind_index, ring

#: A code that was not hashed yet has ten letters; what is kept of one has sixteen.
CLEAR_LETTERS = 10


def seal(apps: Any, schema_editor: Any) -> None:
    """Secrets of phones under the key ring; of recovery codes only what is kept of new ones."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.order_by("pk"):
        if "." not in device.key:
            place = f"otp_totp_totpdevice.key.{device.user_id}"
            device.key = ring().seal(unhexlify(device.key), place)
            device.save(update_fields=["key"])
    codes = apps.get_model("otp_static", "StaticToken").objects.select_related("device")
    for code in codes.order_by("pk"):
        if len(code.token) == CLEAR_LETTERS:
            digest = blind_index("recovery code").of(f"{code.device.user_id} {code.token}")
            code.token = b32encode(digest[:10]).decode()
            code.save(update_fields=["token"])


def unseal(apps: Any, schema_editor: Any) -> None:
    """Codes stay hashed: they cannot come back, and the earlier version counts them the same."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.order_by("pk"):
        place = f"otp_totp_totpdevice.key.{device.user_id}"
        device.key = ring().open(device.key, place).hex()
        device.save(update_fields=["key"])


class Migration(migrations.Migration):
    """Whoever reads a backup has no second factor of anybody."""

    dependencies = [
        ("unions", "0008_events_of_postings"),
        ("otp_totp", "0003_add_timestamps"),
        ("otp_static", "0003_add_timestamps"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
