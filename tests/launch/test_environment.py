"""The environment: every variable is told, and an unsafe start is refused in words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from relief import env

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
LISTED = dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
READ = re.compile(r"(?:env\.[a-z]+|_secret)\(\s*\"([A-Z][A-Z_]+)\"")
SECRET = "a-key-for-this-test-only-0123456789-abcdefghij"
PRODUCTION = {
    "RELIEF_ENV": "production",
    "SECRET_KEY": SECRET,
    "DATA_KEYS": f"1{SECRET}",
    "INDEX_KEY": f"2{SECRET}",
    "ALLOWED_HOSTS": "relief.example.org",
    "DATABASE_URL": "postgresql://relief_app@db.example.org/relief",
}

SECRETS = {"SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "DATABASE_ADMIN_PASSWORD"}


def start(**changes):
    """Read the settings in that environment; what the operator would see."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {name: value for name, value in (PRODUCTION | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", "import relief.settings"],
        cwd=ROOT,
        env=kept | given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_example_lists_every_variable():
    folders = [path for path in ROOT.iterdir() if (path / "__init__.py").exists()]
    sources = [source for folder in folders for source in folder.rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text("utf-8"))}
    assert read >= {"SECRET_KEY", "DATABASE_URL", "PORT"}
    assert read - LISTED.keys() == set()


def test_example_holds_no_secret():
    for name, value in LISTED.items():
        if name in {
            "SECRET_KEY",
            "DATA_KEYS",
            "INDEX_KEY",
            "DATABASE_ADMIN_PASSWORD",
        } or value.startswith("postgresql"):
            assert "change-me" in value, name


def test_production_starts_when_everything_is_set():
    assert start().returncode == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "change-me"}, "SECRET_KEY still has the placeholder"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
        ({"SECRET_KEY": "ab" * 30}, "SECRET_KEY is too weak"),
        ({"DATA_KEYS": None}, "DATA_KEYS is not set"),
        ({"INDEX_KEY": "short"}, "INDEX_KEY is too weak"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is not set"),
        ({"RELIEF_DEBUG": "on"}, "RELIEF_DEBUG may not be on"),
        ({"RELIEF_ENV": "staging"}, "RELIEF_ENV must be one of"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES must be a whole number"),
        ({"TRUSTED_PROXIES": "9" * 5_000}, "TRUSTED_PROXIES 要填一个整数"),
        (
            {"DATABASE_URL": "postgresql://a:change-me@b/c"},
            "DATABASE_URL still has the placeholder",
        ),
        ({"RELIEF_DATABASE_ROLE": "owner"}, "DATABASE_OWNER_URL is not set"),
    ],
)
def test_unsafe_start_is_refused_in_one_line(changes, said):
    refused = start(**changes)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert said in refused.stderr
    assert re.search("[一-鿿]", refused.stderr), "the operator may read Chinese only"
    assert re.search("[a-z]{3} [a-z]{2}", refused.stderr), "or English only"


@pytest.mark.parametrize(
    ("port", "chinese", "english"),
    [
        ("80000", "PORT 要在 1 到 65535 之间", "PORT must be at most 65535, not 80000."),
        ("abc", "PORT 要填一个整数", "PORT must be a whole number, not 'abc'."),
        ("-1", "PORT 要填一个整数", "PORT must be a whole number"),
        ("８０００", "PORT 要填一个整数", "PORT must be a whole number"),
    ],
)
def test_a_port_that_cannot_be_is_refused_in_both_languages(monkeypatch, port, chinese, english):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(env.SettingError) as refusal:
        env.port("PORT", 8000)
    assert chinese in str(refusal.value)
    assert english in str(refusal.value)


@pytest.mark.parametrize("port", ["80000", "abc"])
def test_a_start_on_such_a_port_is_one_line(port, tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    refused = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=kept | {"PORT": port, "RELIEF_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("relief: PORT ")


def test_wrong_address_is_not_repeated():
    """The parser's own message would print it, password and all."""
    refused = start(DATABASE_URL="postgresql://relief_app:canary@[::1/relief")
    assert refused.returncode == 1
    assert "DATABASE_URL is not an address" in refused.stderr
    assert "canary" not in refused.stderr
