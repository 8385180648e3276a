"""Fails if a locked dependency has a known vulnerability; warns if an advisory database is unreachable.

Uses pip-audit for Python's dependencies and npm audit for the page's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def output_of(*command: str) -> dict[str, Any]:
    """The JSON object that `command` prints, or an empty one if it prints none."""
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        parsed = json.loads(result.stdout)
    except json.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def python_vulnerabilities() -> list[str] | None:
    """A line for each vulnerability of Python's dependencies, or None if the database is unreachable."""
    locks = [word for lock in LOCKS for word in ("--requirement", str(lock))]
    # The locks pin every version with its hash, so pip doesn't have to resolve them again.
    pinned = ("--disable-pip", "--require-hashes")
    report = output_of(sys.executable, "-m", "pip_audit", "--format", "json", *pinned, *locks)
    audited = [one for one in report.get("dependencies", []) if "vulns" in one]
    if not audited:
        return None
    return [
        f"{one['name']} {one['version']}: {found['id']}, fixed in {found['fix_versions'] or 'none'}"
        for one in audited
        for found in one["vulns"]
    ]


def page_vulnerabilities() -> list[str] | None:
    """A line for each vulnerability of the page's dependencies, or None if the database is unreachable."""
    if shutil.which("npm") is None:
        return None
    report = output_of("npm", "audit", "--json")
    if "vulnerabilities" not in report:
        return None
    return [f"{name}: {found['severity']}, {found['range']}" for name, found in report["vulnerabilities"].items()]


def main() -> int:
    vulnerabilities: list[str] = []
    for whose, found in (("Python", python_vulnerabilities()), ("the page", page_vulnerabilities())):
        if found is None:
            print(f"Not checked: could not reach the advisory database for {whose}.")
        else:
            print(f"Known vulnerabilities in the dependencies of {whose}: {len(found)}")
            vulnerabilities += found
    print(*vulnerabilities, sep="\n", end="\n" if vulnerabilities else "")
    return 1 if vulnerabilities else 0


if __name__ == "__main__":
    sys.exit(main())
