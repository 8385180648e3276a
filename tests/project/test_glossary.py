"""Names that gave way to the field's words (docs/glossary.md) don't come back, neither as identifiers nor as files."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Folder or file -> the names that it must not have, as a regular expression for a whole identifier or file stem.
GONE = {
    "wschat": "|".join((
        "tie|TIE|Tie|Seen|Tell|hear|alone|strangers|manners|Manners|permit|Permit|joining|Joining|once|locate",
        "RedisAway|RedisRefuses|ask|ask_all|revive|lookalikes|clocks|Pace|RateLimits?|GentleListener",
        "gate|Gate|GateLimits|GuardedServer|at_once|room_for_connections|turn_away|counted|people_here|knobs",
        "mend|is_mending|_in_doubt|look_again|not_stored|_as_known|_Merged|_give_way|PATIENCE|BRISK|TURNS",
        "_choose_way|_wait_in_line|_write_on|_let_go|_gone|_say|hub|Hub",
        "Identity|RoomOrder|backed_up_order|AllRooms|LogPoller|newest_entries|Reacting|WireLimits|words_for|looked_at",
    )),
    "wschat/broker": "heard|look",
    "wschat/presence": "here|owed|busy|polled",
    "wschat/fan_out/audience.py": "_roomy|_seats|_at|_due",
    "wschat/web": "pages|group|heard|look",
    "static/js": "|".join((
        "link|words|text|early|offline|attention|complete|sheet|keys",
        "deathClock|hurry|speak|torn|fate|awakened|voucher|ofTab|dress|recall|remember|looks|pump",
    )),
    "tests": "Ear|Phone|Talk|Place|Stage|Story|test_(rude|wild|around|look|door|gate|hub|broker|link)",
    "bench": "stage|Stage|seat|Seat",
    "tools": "states_of_order|STATES_OF_ORDER|day_person",
}  # fmt: skip
DOCS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")), ROOT / "tests/README.md"]
# In the page these are names of files only: as variables they are words like any other.
FILES_ONLY = re.compile("link|words|text|early|offline|attention|complete|sheet|keys")


def python_names(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.string


def javascript_names(source: str) -> Iterator[str]:
    """The identifiers of a script, roughly: what isn't in a comment or in a string of one line."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"|'[^'\n]*'", "", source, flags=re.DOTALL)
    yield from (name for name in re.findall(r"[A-Za-z_$][\w$]*", code) if not FILES_ONLY.fullmatch(name))


def names_in(file: Path) -> set[str]:
    """The identifiers in `file`, and its stem."""
    read = {".py": python_names, ".js": javascript_names}.get(file.suffix)
    found = set(read(file.read_text(encoding="utf-8"))) if read else set()
    return found | {file.name.partition(".")[0]}


def files_in(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py")) + sorted(path.rglob("*.js"))


@pytest.mark.parametrize("place", GONE)
def test_names_that_were_replaced_are_gone(place: str) -> None:
    """Each thing has one name, the one in docs/glossary.md."""
    gone = re.compile(GONE[place])
    assert files_in(place), place
    found = {str(file.relative_to(ROOT)): sorted(filter(gone.fullmatch, names_in(file))) for file in files_in(place)}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: str(doc.relative_to(ROOT)))
def test_the_docs_name_no_file_that_was_renamed(doc: Path) -> None:
    """A path in the docs has the file's present name."""
    for suffix, places in {"py": ("wschat", "tests", "bench", "tools"), "js": ("static/js",)}.items():
        gone = re.compile("|".join(GONE[place] for place in places))
        mentioned = re.findall(rf"([\w-]+)\.{suffix}\b", doc.read_text(encoding="utf-8"))
        assert list(filter(gone.fullmatch, mentioned)) == []


def test_an_old_name_is_found(tmp_path: Path) -> None:
    """The check sees identifiers in Python and JavaScript, but neither strings nor comments."""
    python, script = tmp_path / "tie.py", tmp_path / "chat.js"
    python.write_text('"""No Tie here."""\nRedisAway = 1  # Gate\n', encoding="utf-8")
    script.write_text("const deathClock = 'hurry'; // torn\n", encoding="utf-8")
    assert names_in(python) == {"tie", "RedisAway"}
    assert names_in(script) == {"const", "deathClock", "chat"}
