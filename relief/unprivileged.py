"""Running PostgreSQL as root: it refuses, so it gets an existing user without rights.

No user is created and no folder of the system is opened for it. Where the user may not enter the
folders on the way (a checkout below root's own 0700 home), the process keeps one capability of
root, the right to pass through and read; nothing else.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: Of the system users that could own the data, the first that exists is taken.
SYSTEM_USERS = ("postgres", "nobody")

#: Linux capabilities by bit, the weaker first (linux/capability.h).
_PASS_THROUGH = ((2, "dac_read_search"), (1, "dac_override"))


class AccountError(OSError):
    """No account is there that could run the server."""


def account_for(data: Path) -> pwd.struct_passwd:
    """Ourselves; for root the owner of the data, before there is any a system user."""
    try:
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        owner = data.stat().st_uid if data.exists() else 0
        if owner != 0:
            return pwd.getpwuid(owner)
    except KeyError as error:
        raise AccountError(f"the user id has no name in this system: {error}") from None
    for name in SYSTEM_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AccountError(f"run as root, but there is no user {' or '.join(SYSTEM_USERS)}")


def run(
    account: pwd.struct_passwd,
    command: Sequence[str],
    *,
    reach: Sequence[Path],
    **kwargs: Any,
) -> subprocess.CompletedProcess[str]:
    """Run the command as the account, which must be able to reach the folders `reach`."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        switch = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        if _reaches(switch, reach):
            kwargs |= switch
        else:
            prefix = _passing_through(account)
    # The text of programs may be in any encoding; only ASCII parts of it are looked at.
    return subprocess.run([*prefix, *command], text=True, errors="replace", check=False, **kwargs)


def _reaches(switch: dict[str, Any], folders: Sequence[Path]) -> bool:
    script = 'for folder; do cd "$folder" || exit 1; done'
    probe = ["/bin/sh", "-c", script, "sh", *map(str, folders)]
    found = subprocess.run(probe, stderr=subprocess.DEVNULL, cwd="/", check=False, **switch)
    return found.returncode == 0


def _passing_through(account: pwd.struct_passwd) -> list[str]:
    setpriv = shutil.which("setpriv")
    permitted = _permitted_capabilities()
    for bit, capability in _PASS_THROUGH:
        if setpriv and permitted >> bit & 1:
            identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
            keep = [f"--inh-caps=-all,+{capability}", f"--ambient-caps=-all,+{capability}"]
            return [setpriv, *identity, *keep, "--"]
    raise AccountError(f"the user {account.pw_name} may not enter the folder of the project")


def _permitted_capabilities() -> int:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:  # not Linux
        return 0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields.get("CapPrm", "0"), 16)
