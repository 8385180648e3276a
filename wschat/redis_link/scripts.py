"""Scripts that Redis runs: `wschat/lua/*.lua`, each with a header that says its KEYS and ARGV.

The first line of a script, or of a part that scripts share, may name the parts that go before it:
`-- after: now values`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from msgspec import Struct

SCRIPTS = Path(__file__).parent.parent / "lua"
AFTER = "-- after: "


class Script(Struct, frozen=True):
    """A script's source and the SHA-1 by which Redis knows it."""

    name: str
    source: str
    sha: str


@cache  # each room that is opened asks for eight: 0.9 ms, and 67 kB that all can share
def load_script(name: str) -> Script:
    """The script in `wschat/lua/<name>.lua`, after the parts that it needs, and those that they need: each once."""
    parts: dict[str, str] = {}
    _add(name, parts)
    source = "".join(parts.values())
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def _add(name: str, parts: dict[str, str]) -> None:
    """Add this file's text to `parts`, after what its first line names."""
    if name in parts:
        return
    text = (SCRIPTS / f"{name}.lua").read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    for part in first.removeprefix(AFTER).split() if first.startswith(AFTER) else ():
        _add(part, parts)
    parts[name] = text
