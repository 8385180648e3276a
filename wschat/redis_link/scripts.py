"""Scripts that Redis runs: `wschat/lua/*.lua`, each with its KEYS and ARGV in the header.

The first line of a script, or of a part that scripts share (`wschat/lua/parts/*.lua`), may name the parts that come
before it: `-- after: now values`. The header of a part lists the names that it defines for them: `-- Gives: now.`
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from msgspec import Struct

SCRIPTS = Path(__file__).parent.parent / "lua"
PARTS = SCRIPTS / "parts"
AFTER = "-- after: "


class Script(Struct, frozen=True):
    """A script's source and the SHA-1 by which Redis knows it."""

    name: str
    source: str
    sha: str


@cache  # each room that is opened loads eight: 0.9 ms, and 67 kB that all can share
def load_script(name: str) -> Script:
    """The script in `wschat/lua/<name>.lua`, after the parts that it needs, directly or not, each once."""
    texts: dict[Path, str] = {}
    _add(SCRIPTS / f"{name}.lua", texts)
    source = "".join(texts.values())
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def _add(path: Path, texts: dict[Path, str]) -> None:
    """Add this file's text to `texts`, after the parts that its first line names."""
    if path in texts:
        return
    text = path.read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    for part in first.removeprefix(AFTER).split() if first.startswith(AFTER) else ():
        _add(PARTS / f"{part}.lua", texts)
    texts[path] = text
