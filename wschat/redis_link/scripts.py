"""Scripts that Redis runs: `wschat/lua/*.lua`, each with a header that says its KEYS and ARGV."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from msgspec import Struct

SCRIPTS = Path(__file__).parent.parent / "lua"


class Script(Struct, frozen=True):
    """A script's source and the SHA-1 by which Redis knows it."""

    name: str
    source: str
    sha: str


@cache  # each room that is opened asks for four, from eleven files: 0.8 ms, and 35 kB that all can share
def load_script(name: str, *shared: str) -> Script:
    """The script in `wschat/lua/<name>.lua`, after the parts that it shares with others."""
    source = "".join((SCRIPTS / f"{part}.lua").read_text(encoding="utf-8") for part in (*shared, name))
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())
