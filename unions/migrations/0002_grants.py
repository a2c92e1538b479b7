from django.db import migrations

from relief.lib.grants import GrantToApp

#: History is written by triggers that run as the owner; the app reads it.
HISTORY = (
    "unions_unionevent",
    "unions_staffevent",
    "unions_userevent",
    "unions_accountrequestevent",
)
#: Written by migrations only. With `django_migrations` one could make a guard look applied.
BOOKKEEPING = ("django_migrations", "django_content_type", "auth_permission", "auth_group")


class Migration(migrations.Migration):
    """What the app may not change, it may not change in SQL either."""

    dependencies = [
        ("unions", "0001_unions_and_staff"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        *[GrantToApp(table, "SELECT") for table in HISTORY],
        GrantToApp("unions_unionchange", "SELECT, INSERT"),
        GrantToApp("unions_passwordrecord", "SELECT, INSERT"),
        GrantToApp("unions_union", "SELECT, INSERT, UPDATE"),
        GrantToApp("unions_staff", "SELECT, INSERT, UPDATE"),
        GrantToApp("unions_user", "SELECT, INSERT, UPDATE"),
        GrantToApp("unions_accountrequest", "SELECT, INSERT, UPDATE"),
        *[GrantToApp(table, "SELECT") for table in BOOKKEEPING],
        # Pairs may be added, and are never loosened.
        GrantToApp("unions_incompatibleroles", "SELECT, INSERT"),
    ]
