from django.db import migrations

#: Whoever reads these takes accounts over: live sessions, second factors, hashes, slips.
CLOSED = (
    "unions_session",
    "unions_passwordrecord",
    "otp_totp_totpdevice",
    "otp_static_staticdevice",
    "otp_static_statictoken",
    "axes_accessattempt",
    "axes_accessfailurelog",
    "axes_accesslog",
)
CLOSE = "".join(f"REVOKE ALL ON {table} FROM relief_reader;" for table in CLOSED)
OPEN = "".join(f"GRANT SELECT ON {table} TO relief_reader;" for table in (*CLOSED, "unions_user"))
#: Of accounts the reader sees who they are, and no hash.
COLUMNS = """
    REVOKE ALL ON unions_user FROM relief_reader;
    DO $$ BEGIN EXECUTE (
        SELECT format(
            'GRANT SELECT (%s) ON unions_user TO relief_reader',
            string_agg(quote_ident(attname), ', ')
        )
        FROM pg_attribute
        WHERE attrelid = 'unions_user'::regclass AND attnum > 0 AND NOT attisdropped
            AND attname NOT IN ('password', 'activation_hash')
    ); END $$;
"""


class Migration(migrations.Migration):
    """Read-only access is for figures; it must not be a way to act as somebody."""

    dependencies = [
        ("unions", "0004_forget_failed_tries"),
        ("otp_totp", "0003_add_timestamps"),
        ("otp_static", "0003_add_timestamps"),
    ]

    operations = [migrations.RunSQL(CLOSE + COLUMNS, OPEN)]
