from django.db import migrations

from relief.lib.grants import GrantToApp

# The same columns as audit.chain.HASHED; migrations import no code of the apps.
COLUMNS = (
    "e.chain",
    "e.seq::text",
    "e.previous_hash",
    """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "e.action",
    "e.result",
    "e.actor_id::text",
    "e.staff_id::text",
    "e.role",
    "e.union_path",
    "e.object_type",
    "e.object_id",
    "e.request_id",
    "host(e.address)",
    "e.reason",
    "e.details::text",
    "e.id::text",
)
PAYLOAD = " || ".join(
    f"coalesce(octet_length(convert_to({sql}, 'UTF8')) || ':' || {sql} || ',', '-')"
    for sql in COLUMNS
)


class Migration(migrations.Migration):
    """The hash of a link, and a log that the app may only add to."""

    dependencies = [("audit", "0001_event")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION audit_event_hash(e audit_event) RETURNS text
            LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
                SELECT encode(sha256(convert_to({PAYLOAD}, 'UTF8')), 'hex')
            $$;
            """,
            "DROP FUNCTION audit_event_hash(audit_event);",
        ),
        GrantToApp("audit_event", "SELECT, INSERT"),
        GrantToApp("audit_chainhead", "SELECT"),
    ]
