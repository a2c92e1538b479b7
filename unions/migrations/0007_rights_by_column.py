from typing import Any

from django.db import migrations

from relief.lib.grants import GrantToApp

#: (first, second, anywhere, reason): what no one person may be at the same time. A new pair is a new
#: migration; the app only reads them.
PAIRS = (
    ("audit_admin", "auditor", True, "审计管理员没有业务权限。"),
    ("audit_admin", "checker", True, "审计管理员没有业务权限。"),
    ("audit_admin", "district_admin", True, "审计管理员没有业务权限。"),
    ("audit_admin", "finance", True, "审计管理员没有业务权限。"),
    ("audit_admin", "leader", True, "审计管理员没有业务权限。"),
    ("audit_admin", "maker", True, "审计管理员没有业务权限。"),
    ("audit_admin", "reporter", True, "审计管理员没有业务权限。"),
    ("audit_admin", "security_admin", True, "三员分立。"),
    ("audit_admin", "system_admin", True, "三员分立。"),
    ("auditor", "checker", True, "经审员只看不办。"),
    ("auditor", "district_admin", True, "经审员只看不办。"),
    ("auditor", "finance", True, "经审员只看不办。"),
    ("auditor", "maker", True, "经审员只看不办。"),
    ("auditor", "reporter", True, "经审员只看不办。"),
    ("auditor", "security_admin", True, "安全管理员没有业务权限。"),
    ("auditor", "system_admin", True, "系统管理员没有业务权限。"),
    ("checker", "finance", False, "复核和付款必须是不同的人。"),
    ("checker", "maker", False, "经办和复核必须是不同的人。"),
    ("checker", "security_admin", True, "安全管理员没有业务权限。"),
    ("checker", "system_admin", True, "系统管理员没有业务权限。"),
    ("district_admin", "security_admin", True, "安全管理员没有业务权限。"),
    ("district_admin", "system_admin", True, "系统管理员没有业务权限。"),
    ("finance", "maker", False, "经办和付款必须是不同的人。"),
    ("finance", "security_admin", True, "安全管理员没有业务权限。"),
    ("finance", "system_admin", True, "系统管理员没有业务权限。"),
    ("leader", "security_admin", True, "安全管理员没有业务权限。"),
    ("leader", "system_admin", True, "系统管理员没有业务权限。"),
    ("maker", "security_admin", True, "安全管理员没有业务权限。"),
    ("maker", "system_admin", True, "系统管理员没有业务权限。"),
    ("reporter", "security_admin", True, "安全管理员没有业务权限。"),
    ("reporter", "system_admin", True, "系统管理员没有业务权限。"),
    ("security_admin", "system_admin", True, "三员分立。"),
)
#: What the services write after a row was made. A role, a union, a person or a user name never
#: changes: the posting ends and another one begins.
ACCOUNT = (
    "password, last_login, full_name, phone, pinyin, initials, is_active, auth_version, "
    "password_set_at, activation_hash, activation_expires_at"
)


def write_pairs(apps: Any, schema_editor: Any) -> None:
    pairs = apps.get_model("unions", "IncompatibleRoles").objects
    for first, second, anywhere, reason in PAIRS:
        told = {"anywhere": anywhere, "reason": reason}
        pairs.get_or_create(first=first, second=second, defaults=told)


class Migration(migrations.Migration):
    """With the app's role alone nobody becomes somebody else, or keeps others from a role."""

    dependencies = [("unions", "0006_tree_truths")]

    operations = [
        # The way back keeps them: whoever was refused by a pair stays refused.
        migrations.RunPython(write_pairs, migrations.RunPython.noop),
        GrantToApp("unions_incompatibleroles", "SELECT"),
        GrantToApp("unions_staff", "SELECT, INSERT, UPDATE (ends_on)"),
        GrantToApp("unions_user", f"SELECT, INSERT, UPDATE ({ACCOUNT})"),
    ]
