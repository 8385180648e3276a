"""Builds the C programs of the benchmark with the system's compiler, once for each state of their sources."""

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
    """The path of the program made of `sources` (headers beside them count as sources).

    Raises FileNotFoundError without a compiler and CalledProcessError when it rejects the sources.
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
