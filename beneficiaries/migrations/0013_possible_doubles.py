from django.db import migrations, models

from relief.lib.grants import GrantToApp

#: Each pair once, the lower key first, with its strongest reason (PossibleDouble.Why). A condition
#: on the unions of the two reaches all but the households: who is at home where is worked out once,
#: because a database that knows little of the tables' sizes worked it out for every row of itself.
#: A column of people that is named here can be dropped or change its type only with the view.
VIEW = """
    CREATE VIEW beneficiaries_possibledouble AS
    WITH registered AS NOT MATERIALIZED (
        SELECT id, name, birth_on, phone_index, id_index FROM beneficiaries_beneficiary
        WHERE merged_into_id IS NULL AND erased_at IS NULL
    ), at_home AS MATERIALIZED (
        SELECT member.file_id, person.id
        FROM beneficiaries_householdmember member
        JOIN registered person ON person.id = member.person_id
        WHERE member.is_live
        UNION
        SELECT member.file_id, person.id
        FROM beneficiaries_householdmember member
        JOIN registered person ON person.id_index = member.id_index
        WHERE member.is_live
    ), pairs AS NOT MATERIALIZED (
        SELECT a.id AS first_id, b.id AS second_id, 1 AS why
        FROM registered a
        JOIN registered b ON b.name = a.name AND b.birth_on = a.birth_on AND a.id < b.id
        UNION ALL
        SELECT a.id, b.id, 2
        FROM registered a
        JOIN registered b ON b.phone_index = a.phone_index AND b.name = a.name AND a.id < b.id
        WHERE (a.birth_on = b.birth_on) IS NOT TRUE
        UNION ALL
        SELECT DISTINCT a.id, b.id, 3
        FROM at_home x
        JOIN at_home y ON y.file_id = x.file_id AND x.id < y.id
        JOIN registered a ON a.id = x.id
        JOIN registered b ON b.id = y.id
        WHERE (a.name = b.name AND (a.birth_on = b.birth_on OR a.phone_index = b.phone_index))
            IS NOT TRUE
    )
    SELECT first_id || '.' || second_id AS id, first_id, second_id, why
    FROM pairs
    WHERE NOT EXISTS (
        SELECT FROM beneficiaries_keptapart apart
        WHERE apart.first_id = pairs.first_id AND apart.second_id = pairs.second_id
            AND apart.withdrawn_at IS NULL
    )
"""


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0012_kept_apart_is_taken_back")]

    operations = [
        migrations.CreateModel(
            name="PossibleDouble",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                (
                    "why",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "姓名和出生日期相同"),
                            (2, "姓名和手机号码相同"),
                            (3, "在同一户的档案里"),
                        ],
                        verbose_name="依据",
                    ),
                ),
            ],
            options={
                "verbose_name": "疑似重复",
                "verbose_name_plural": "疑似重复",
                "db_table": "beneficiaries_possibledouble",
                "managed": False,
            },
        ),
        migrations.RunSQL(VIEW, "DROP VIEW beneficiaries_possibledouble"),
        GrantToApp("beneficiaries_possibledouble", "SELECT"),
    ]
