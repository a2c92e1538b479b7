"""The people of the tests, and where they work.

City → East, West → East-1, East-2, West-1; Cell hangs below East-1. At East every role is filled,
one person each; elsewhere one clerk. Eve has an account and no posting.
"""

from dataclasses import dataclass
from datetime import date

from django.test import Client
from django.utils import timezone

from unions import sessions
from unions.models import Staff, Union, User
from unions.permissions import Command, Role
from unions.services.accounts import create_account
from unions.services.staff import post_staff
from unions.services.tree import create_union

#: Who made them: there is nobody yet who could.
CAST = Command("cast")
BACKEND = "unions.authentication.PasswordBackend"
PASSWORD = "four plain words, long enough"
#: Before any day to which a test sets the clock.
SINCE = date(2026, 1, 1)

#: name → (code, 名称, kind, name of the parent), parents first.
UNIONS = {
    "city": ("110000", "北方市总工会", Union.Kind.CITY, ""),
    "east": ("110101", "东片区总工会", Union.Kind.DISTRICT, "city"),
    "west": ("110102", "西片区总工会", Union.Kind.DISTRICT, "city"),
    "east-1": ("110101001", "东一街道总工会", Union.Kind.STREET, "east"),
    "east-2": ("110101002", "东二街道总工会", Union.Kind.STREET, "east"),
    "west-1": ("110102001", "西一街道总工会", Union.Kind.STREET, "west"),
    "cell": ("110101001A1", "东一印刷厂工会", Union.Kind.GRASSROOTS, "east-1"),
}

#: user name → (姓名, role, name of the union).
PEOPLE = {
    "sam": ("沈系统", Role.SYSTEM_ADMIN, "east"),
    "sue": ("苏安全", Role.SECURITY_ADMIN, "east"),
    "abe": ("艾审计", Role.AUDIT_ADMIN, "east"),
    "ada": ("安经审", Role.AUDITOR, "east"),
    "ann": ("安宁", Role.DISTRICT_ADMIN, "east"),
    "leo": ("李领导", Role.LEADER, "east"),
    "fay": ("费财务", Role.FINANCE, "east"),
    "kay": ("柯复核", Role.CHECKER, "east"),
    "mia": ("米经办", Role.MAKER, "east"),
    "roy": ("罗上报", Role.REPORTER, "east"),
    "ben": ("卞恩", Role.MAKER, "east-1"),
    "eli": ("易二街", Role.MAKER, "east-2"),
    "dan": ("丁基层", Role.REPORTER, "cell"),
    "cai": ("蔡西", Role.MAKER, "west"),
    "wes": ("魏西一", Role.MAKER, "west-1"),
    "zoe": ("周市总", Role.MAKER, "city"),
}
WITHOUT_POSTING = "eve"


@dataclass(frozen=True)
class Cast:
    unions: dict[str, Union]
    people: dict[str, Staff]
    accounts: dict[str, User]

    def sign_in(self, client: Client, name: str, *, is_confirmed: bool = True) -> User:
        """As after a log-in with the password; `is_confirmed` = within the last five minutes."""
        user = self.accounts[name]
        user.refresh_from_db()  # a posting since then ended older sessions
        client.force_login(user, backend=BACKEND)
        session = client.session
        now = timezone.now().isoformat()
        session[sessions.STARTED] = now
        session[sessions.SEEN] = now
        if is_confirmed:
            session[sessions.CONFIRMED] = now
        session.save()
        return user


def build() -> Cast:
    """Through the services, as a command does it."""
    unions: dict[str, Union] = {}
    for name, (code, full_name, kind, parent) in UNIONS.items():
        unions[name] = create_union(
            by=CAST, parent=unions.get(parent), code=code, name=full_name, kind=kind
        )
    accounts = {
        username: create_account(by=CAST, username=username, full_name=full_name)
        for username, (full_name, _, _) in PEOPLE.items()
    }
    people = {
        username: post_staff(
            by=CAST, user=accounts[username], union=unions[union], role=role, starts_on=SINCE
        )
        for username, (_, role, union) in PEOPLE.items()
    }
    accounts[WITHOUT_POSTING] = create_account(
        by=CAST, username=WITHOUT_POSTING, full_name="易无岗"
    )
    return Cast(unions, people, accounts)


def set_password(user: User) -> None:
    """Give the account the password of the tests, as if it had been activated."""
    user.set_password(PASSWORD)
    user.password_set_at = timezone.now()
    user.save(update_fields=["password", "password_set_at"])
