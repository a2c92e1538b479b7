import gc
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from relief import roles
from tests import cast as casting
from tests import database
from tests.cast import Cast
from tests.cast_snapshot import SNAPSHOT
from tests.strict_client import StrictClient


def pytest_sessionstart(session: pytest.Session) -> None:
    """`--create-db` makes the template anew, once for all workers."""
    # Every page leaves cycles behind, and looking for them took a seventh of the suite's time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    is_worker = hasattr(session.config, "workerinput")
    if session.config.getvalue("create_db") and not is_worker:
        database.drop_templates()


#: What takes long begins first, so that no worker is left alone with it at the end.
_LONG = ("launch", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(item.get_closest_marker(mark) for mark in _LONG))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skipped from here, so that the report says it in one line for all of them."""
    if item.get_closest_marker("browser") and not (
        shutil.which("chromium") or shutil.which("chromium-browser")
    ):
        pytest.skip("no Chromium on this machine: the browser tests did not run")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database of this process's own, cloned from a migrated template."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(database.cloned())
        yield
        stack.enter_context(django_db_blocker.unblock())


@pytest.fixture
def app_login(transactional_db: None) -> Iterator[roles.Connection]:
    """A second connection that logged in as the app role: what an attacker with its password has.

    On another server (TEST_DATABASE_URL) the app role must be let in without a password or with
    the one of that address.
    """
    name = connection.settings_dict["NAME"]
    with database.connect(name, user=roles.APP) as login:
        yield login


@pytest.fixture
def client() -> StrictClient:
    return StrictClient()


@pytest.fixture
def enforcing_client() -> StrictClient:
    """As a browser is treated: a POST needs its token."""
    return StrictClient(enforce_csrf_checks=True)


@pytest.fixture
def cast(db: None) -> Cast:
    return SNAPSHOT.restored()


@pytest.fixture(scope="module")
def standing_cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """One cast for a module whose tests undo what they do, and ask for no other database."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield casting.build()
        transaction.set_rollback(True)
