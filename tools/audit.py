"""Has a locked dependency a known hole? Fails if so; advisories that are out of reach only get a sentence.

Python's come from PyPI by pip-audit, the page's from npm by npm audit.
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


def answer(*command: str) -> dict[str, Any]:
    """What `command` prints as JSON; nothing when it couldn't ask."""
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        said = json.loads(result.stdout)
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def python_holes() -> list[str] | None:
    """The holes in Python's dependencies, each as a line; None when nobody could tell."""
    locks = [word for lock in LOCKS for word in ("--requirement", str(lock))]
    # The locks have every version pinned with its hash, so pip needn't resolve them again.
    pinned = ("--disable-pip", "--require-hashes")
    said = answer(sys.executable, "-m", "pip_audit", "--format", "json", *pinned, *locks)
    audited = [one for one in said.get("dependencies", []) if "vulns" in one]
    if not audited:
        return None
    return [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {hole['fix_versions'] or 'none'}"
        for one in audited
        for hole in one["vulns"]
    ]


def page_holes() -> list[str] | None:
    """The holes in the page's dependencies, each as a line; None when nobody could tell."""
    if shutil.which("npm") is None:
        return None
    said = answer("npm", "audit", "--json")
    if "vulnerabilities" not in said:
        return None
    return [f"{name}: {hole['severity']}, {hole['range']}" for name, hole in said["vulnerabilities"].items()]


def main() -> int:
    holes: list[str] = []
    for whose, found in (("Python", python_holes()), ("the page", page_holes())):
        if found is None:
            print(f"The advisories for {whose} are out of reach: not checked.")
        else:
            print(f"Known holes in what {whose} depends on: {len(found)}")
            holes += found
    print(*holes, sep="\n", end="\n" if holes else "")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
