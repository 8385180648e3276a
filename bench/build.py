"""Builds the C programs of the benchmark with the system's compiler, once per version of their sources."""

import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE / ".build"
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror")


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def built(name: str, *sources: Path) -> Path:
    """Build the program `name` from `sources` and the headers beside them; return its path.

    Raises FileNotFoundError if there is no compiler, and CalledProcessError if it rejects the sources.
    """
    headers = {header for source in sources for header in source.parent.glob("*.h")}
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sorted({*sources, *headers})))
    program = BUILT / f"{name}-{state.hexdigest()[:12]}"
    if not program.exists():
        cc = compiler()
        if cc is None:
            raise FileNotFoundError("no C compiler: install gcc or clang")
        BUILT.mkdir(exist_ok=True)
        subprocess.run([cc, *FLAGS, "-o", program, *sources, "-lm"], check=True)
    return program
