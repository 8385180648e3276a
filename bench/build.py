"""Builds the C and Go programs of the benchmark with the system's compilers, once per version of their sources."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE / ".build"
GO_LIBRARIES = Path("/usr/share/gocode")  # of Debian
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror")


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def built(name: str, *sources: Path) -> Path:
    """Build the program `name` from `sources` and the headers beside them; its path.

    Raises FileNotFoundError if there is no compiler, and CalledProcessError if it rejects the sources.
    """
    headers = {header for source in sources for header in source.parent.glob("*.h")}
    program = _program(name, {*sources, *headers})
    if not program.exists():
        cc = compiler()
        if cc is None:
            raise FileNotFoundError("no C compiler: install gcc or clang")
        subprocess.run([cc, *FLAGS, "-o", program, *sources, "-lm"], check=True)
    return program


def built_in_go(name: str, source: Path) -> Path:
    """Build the Go program `name` with Debian's packages of libraries, which are of the age before modules; its path.

    Raises CalledProcessError if the compiler rejects the source.
    """
    program = _program(name, {source})
    if not program.exists():
        settings = {"GO111MODULE": "off", "GOPATH": str(GO_LIBRARIES), "GOCACHE": str(BUILT / "go")}
        subprocess.run(["go", "build", "-o", program, source], check=True, env=os.environ | settings)
    return program


def _program(name: str, sources: set[Path]) -> Path:
    """Where the program of these sources is, or belongs."""
    BUILT.mkdir(exist_ok=True)
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources)))
    return BUILT / f"{name}-{state.hexdigest()[:12]}"
