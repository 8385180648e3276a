"""Makes the lock files in requirements/ of their inputs, for every Python and system at once.

    python tools/lock.py            resolve again; versions that still fit stay as they are
    python tools/lock.py --upgrade  take the newest versions that fit
    python tools/lock.py --check    do the inputs still say what the locks were made of? Needs no network

A lock opens with a digest of its inputs, so a forgotten `make lock` is found without resolving anything.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = "3.10"

# Each lock keeps to the versions of those before it: they are installed into one environment.
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
    """A digest of the requirements in `source`; comments, order and white space don't count."""
    lines = source.read_text(encoding="utf-8").splitlines()
    requirements = filter(None, (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines))
    return hashlib.sha256("\n".join(sorted(requirements)).encode()).hexdigest()


def header(name: str) -> str:
    source = INPUTS[name]
    made = f"# Made of {source} by `make lock`; don't edit.\n"
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
            "--system-certs",  # behind a company's proxy, its certificate is the system's to know
            *constraints, *options, "--output-file", str(lock.relative_to(ROOT)), INPUTS[name],
        ],
        cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    if result.returncode:
        sys.exit(f"{INPUTS[name]} couldn't be resolved: see above.")
    lock.write_text(header(name) + lock.read_text(encoding="utf-8"), encoding="utf-8")


def main(options: list[str]) -> int:
    if options == ["--check"]:
        stale = [INPUTS[name] for name in INPUTS if not is_current(name)]
        for source in stale:
            print(f"{source} has changed since its lock was made: run `make lock`.", file=sys.stderr)
        return 1 if stale else 0
    names = list(INPUTS)
    for place, name in enumerate(names):
        print(f"Locking {INPUTS[name]}")
        resolve(name, names[:place], options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
