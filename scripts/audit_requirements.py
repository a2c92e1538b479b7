"""Known vulnerabilities of the locked requirements (`make audit`).

A package that could not be looked up counts as a failure: silence is no proof.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

Packages = list[dict[str, Any]]


def main() -> int:
    reports = {lock: _packages(lock) for lock in sorted(Path("requirements").glob("*.txt"))}
    packages = [package for report in reports.values() for package in report]
    if all("skip_reason" in package for package in packages):
        # Off line, or an index in between that knows nothing of vulnerabilities.
        print("无法连接漏洞库，未作检查。 The vulnerability service cannot be reached.")
        return 1
    for lock, report in reports.items():
        _print(lock, report)
    flawed = [package for package in packages if package.get("vulns") or "skip_reason" in package]
    return 1 if flawed or not all(reports.values()) else 0


def _packages(lock: Path) -> Packages:
    """What pip-audit says of each package; nothing if the service did not answer."""
    command = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--format=json"]
    ran = subprocess.run(
        [sys.executable, "-m", "pip_audit", "--progress-spinner=off", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if not ran.stdout.startswith("{"):
        return []
    packages: Packages = json.loads(ran.stdout)["dependencies"]
    return packages


def _print(lock: Path, packages: Packages) -> None:
    flaws = [(package, flaw) for package in packages for flaw in package.get("vulns", [])]
    skipped = [package for package in packages if "skip_reason" in package]
    for package, flaw in flaws:
        mended = ", ".join(flaw["fix_versions"]) or "none yet"
        print(f"{lock}: {package['name']} {package['version']} {flaw['id']}, mended in {mended}")
    for package in skipped:
        print(f"{lock}: {package['name']} not checked: {package['skip_reason']}")
    print(f"{lock}: {len(packages)} packages, {len(flaws)} flaws, {len(skipped)} not checked")


if __name__ == "__main__":
    sys.exit(main())
