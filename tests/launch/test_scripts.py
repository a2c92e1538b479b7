"""The small programs around the project, run on copies of it in a folder with an odd name."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.launch
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def checkout(tmp_path):
    """The scripts with empty lists of requirements, so that nothing is fetched."""
    checkout = tmp_path / "区总 工会"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    (checkout / "requirements").mkdir()
    for name in ("base", "run", "dev"):
        (checkout / "requirements" / f"{name}.txt").touch()
    return checkout


def run(command, folder, **kwargs):
    environment = os.environ | kwargs.pop("env", {})
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True, **kwargs
    )


def test_every_target_has_a_sentence():
    listed = run(["make", "-s", "help"], ROOT).stdout
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in targets[0].split():
        assert re.search(rf"make {target} +[A-Z].*\.$", listed, re.MULTILINE), target


def test_venv_is_made_anew_when_the_lock_changes_only(checkout):
    def venv(name):
        return run(["sh", "scripts/venv", name], checkout, env={"PYTHON": sys.executable})

    made = venv("run")
    assert (made.returncode, made.stderr) == (0, "")
    assert "Installing" in made.stdout
    private = [checkout / "var", checkout / "var/log", checkout / "var/log/install.log"]
    assert [stat.S_IMODE(path.stat().st_mode) & 0o066 for path in private] == [0, 0, 0]
    mark = checkout / ".venv" / "mark"
    mark.touch()
    assert venv("run").stdout == ""
    assert "Installing" in venv("dev").stdout
    assert venv("run").stdout == ""
    assert mark.exists(), "tools are added to what is there"

    (checkout / "requirements" / "run.txt").write_text("./missing --hash=sha256:00\n")
    refused = venv("run")
    assert not mark.exists()
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "var/log/install.log" in refused.stderr
    assert not (checkout / ".venv" / "relief-lock").exists(), "the next run tries again"


@pytest.mark.parametrize("answer", ["exit 1", "exit 127"], ids=["too old", "missing"])
def test_python_that_does_not_do(checkout, answer):
    old = checkout / "python"
    old.write_text(f"#!/bin/sh\n{answer}\n")
    old.chmod(0o755)
    made = run(["sh", "scripts/venv", "run"], checkout, env={"PYTHON": "./python"})
    assert made.returncode == 1
    assert made.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in made.stderr


def test_folder_that_cannot_be_written(checkout):
    """As an ordinary user, because root writes everywhere."""
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if os.geteuid() != 0 or python is None:
        pytest.skip("needs root and a Python of the system")
    if run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], "/").returncode:
        pytest.skip("the Python of the system is older than 3.11")
    readable = Path("/tmp") / f"relief-read-only-{os.getpid()}"
    shutil.copytree(checkout, readable)
    try:
        nobody = pwd.getpwnam("nobody").pw_uid
        command = ["sh", "scripts/venv", "run"]
        made = run(command, readable, env={"PYTHON": python}, user=nobody, extra_groups=[])
    finally:
        shutil.rmtree(readable)
    assert made.returncode == 1
    assert made.stderr.count("\n") == 1
    assert "This folder cannot be written" in made.stderr
