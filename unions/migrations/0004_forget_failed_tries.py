from django.db import migrations

#: Counters of fifteen minutes and of an hour, which held what people typed (passwords among it).
EMPTY_THEM = """
    DELETE FROM axes_accessattemptexpiration;
    DELETE FROM axes_accessattempt;
    DELETE FROM axes_accessfailurelog;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("unions", "0003_factor_history"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [
        # There is no way back to what must not have been kept.
        migrations.RunSQL(EMPTY_THEM, migrations.RunSQL.noop)
    ]
