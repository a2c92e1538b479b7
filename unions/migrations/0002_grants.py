from django.db import migrations

from relief.lib.grants import GrantToApp

#: History is written by triggers that run as the owner; the app reads it.
HISTORY = (
    "unions_unionevent",
    "unions_staffevent",
    "unions_userevent",
    "unions_accountrequestevent",
)


class Migration(migrations.Migration):
    """What the app may not change, it may not change in SQL either."""

    dependencies = [("unions", "0001_unions_and_staff")]

    operations = [
        *[GrantToApp(table, "SELECT") for table in HISTORY],
        GrantToApp("unions_unionchange", "SELECT, INSERT"),
        GrantToApp("unions_passwordrecord", "SELECT, INSERT"),
        GrantToApp("unions_union", "SELECT, INSERT, UPDATE"),
        GrantToApp("unions_staff", "SELECT, INSERT, UPDATE"),
        GrantToApp("unions_user", "SELECT, INSERT, UPDATE"),
        GrantToApp("unions_accountrequest", "SELECT, INSERT, UPDATE"),
        # Pairs may be added, and are never loosened.
        GrantToApp("unions_incompatibleroles", "SELECT, INSERT"),
    ]
