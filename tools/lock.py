"""Generates the lock files in requirements/ from their inputs, for all Python versions and systems at once.

    python tools/lock.py            resolve again; keep versions that still satisfy the inputs
    python tools/lock.py --upgrade  use the newest versions that satisfy the inputs
    python tools/lock.py --check    fail if an input has changed since its lock was made; needs no network

A lock starts with a digest of its input, so --check finds a forgotten `make lock` without resolving anything.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = "3.10"

# Each lock uses the versions of those before it, since they are installed into one environment.
INPUTS = {
    "run": "requirements.txt",
    "test": "requirements/test.in",
    "check": "requirements/check.in",
    "bench": "requirements/bench.in",
    "fuzz": "requirements/fuzz.in",
}


def lock_path(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.lock"


def digest(source: Path) -> str:
    """A digest of the requirements in `source`, which ignores comments, order and white space."""
    lines = source.read_text(encoding="utf-8").splitlines()
    requirements = filter(None, (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines))
    return hashlib.sha256("\n".join(sorted(requirements)).encode()).hexdigest()


def header(name: str) -> str:
    source = INPUTS[name]
    made = f"# Generated from {source} by `make lock`; don't edit.\n"
    return made + f"# sha256 of the requirements: {digest(ROOT / source)}\n"


def is_current(name: str) -> bool:
    lock = lock_path(name)
    return lock.is_file() and lock.read_text(encoding="utf-8").startswith(header(name))


def resolve(name: str, earlier: list[str], options: list[str]) -> None:
    lock = lock_path(name)
    constraints = [word for one in earlier for word in ("--constraint", f"requirements/{one}.lock")]
    result = subprocess.run(
        [
            "uv", "pip", "compile", "--quiet", "--universal", "--python-version", FLOOR, "--generate-hashes",
            "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--annotation-style", "line",
            "--no-strip-extras",  # pip before 23.3 doesn't know that coverage==7 is also coverage[toml]
            "--system-certs",  # a company's proxy may have a certificate that only the system trusts
            *constraints, *options, "--output-file", str(lock.relative_to(ROOT)), INPUTS[name],
        ],
        cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    if result.returncode:
        sys.exit(f"Could not resolve {INPUTS[name]}; see above.")
    lock.write_text(header(name) + lock.read_text(encoding="utf-8"), encoding="utf-8")


def main(options: list[str]) -> int:
    if options == ["--check"]:
        stale = [INPUTS[name] for name in INPUTS if not is_current(name)]
        for source in stale:
            print(f"{source} has changed since its lock was generated: run `make lock`.", file=sys.stderr)
        return 1 if stale else 0
    names = list(INPUTS)
    for place, name in enumerate(names):
        print(f"Locking {INPUTS[name]}")
        resolve(name, names[:place], options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
