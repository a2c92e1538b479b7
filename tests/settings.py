"""The settings of the suite: the project's own, on a server and in folders made for tests.

One login, a superuser's, runs everything with `-c role=relief_app` in its options: the code under
test has the rights of production, and the suite can still reset tables that nobody may empty.
TEST_DATABASE_URL (a superuser's address) puts the suite on another server.
"""

import os
from pathlib import Path

from relief import database, embedded, env, roles

_ROOT = Path(__file__).resolve().parent.parent
_FOLDER = env.folder("RELIEF_TEST_VAR", _ROOT / "var" / "test")
for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_REPLICA_URL", "RELIEF_DATABASE_ROLE"):
    os.environ.pop(_name, None)
os.environ |= {
    "RELIEF_VAR": str(_FOLDER),
    "RELIEF_ENV": "development",
    "SECRET_KEY": "tests know this key, nothing else may use it: 0123456789",
}

from relief.settings import *  # noqa: E402, F403 (the environment above comes first)

TEST_EMBEDDED = None if env.text("TEST_DATABASE_URL") else embedded.Server(_FOLDER, durable=False)
#: The superuser's address without a database.
TEST_SERVER = (
    TEST_EMBEDDED.address()
    if TEST_EMBEDDED
    else database.address_of(env.text("TEST_DATABASE_URL"), name="TEST_DATABASE_URL")
)
TEST_SERVER.pop("dbname", None)
_ASKED = database.session_settings(database.APP_TIMEOUTS)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **database.entry_for(
            TEST_SERVER | {"dbname": "postgres", "options": f"-c role={roles.APP} {_ASKED}"}
        ),
    }
}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow by design
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
