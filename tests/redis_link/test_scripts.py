"""The scripts: each names the parts that it shares with others, and gets them, and those that these need."""

from __future__ import annotations

import re

import pytest

from wschat.admin.erase import FORGOTTEN
from wschat.broker.storing.outcomes import KINDS_MAX
from wschat.model import MODERATOR
from wschat.moderation import OPERATOR_ID
from wschat.moderation.acts import BARS_MAX
from wschat.protocol import SLOW_MAX
from wschat.redis_link import load_script
from wschat.redis_link.scripts import AFTER, PARTS, SCRIPTS

PACKAGE = SCRIPTS.parent
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.rglob("*.lua"))}
CODE = {name: re.sub(r"--.*|'[^'\n]*'", "", text) for name, text in TEXTS.items()}  # no comments, no texts


def named_by(name: str) -> list[str]:
    first = TEXTS[name].partition("\n")[0]
    return first.removeprefix(AFTER).split() if first.startswith(AFTER) else []


def parts_of(name: str) -> set[str]:
    """The parts that go before the file."""
    return {part for named in named_by(name) for part in (named, *parts_of(named))}


def words(pattern: str, code: str) -> set[str]:
    """The words in what the pattern finds, line by line."""
    return set(re.findall(r"\w+", " ".join(re.findall(pattern, code, re.MULTILINE))))


def given_by(name: str) -> set[str]:
    """The functions and values that a file has for those after it: its locals outside of any block."""
    return words(r"^local function (\w+)", CODE[name]) | words(r"^local (?!function)([\w, ]+)", CODE[name])


def taken_by(name: str) -> set[str]:
    """The words of a file that it doesn't say itself what they are, as a local or a parameter."""
    own = words(r"(?:local function|local|for) ([\w, ]+?)(?: in\b|[^\w, ]|$)", CODE[name])
    own |= words(r"function ?\w*\(([^)]*)", CODE[name])
    return set(re.findall(r"(?<![.:\w])[A-Za-z_]\w*", CODE[name])) - own


# Lua's own words and functions, as far as the scripts use them, and Redis's.
LUA = set(
    re.findall(
        r"\w+",
        """
        and break do else elseif end false for function if in local nil not or repeat return then true until while
        ipairs math next pairs pcall string table tonumber tostring type unpack
        ARGV KEYS cjson redis
        """,
    )
)
SHARED = {part for name in TEXTS for part in parts_of(name)}
# A file's name for a value, and that value as the server has it.
VALUES_OF_BOTH = [
    ("amend", "KINDS", KINDS_MAX),
    ("enter", "FORGOTTEN", FORGOTTEN),
    ("moderate", "BARS", BARS_MAX),
    ("restrictions", "OPERATOR", OPERATOR_ID),
    ("values", "MODERATOR", f',"role":"{MODERATOR}"'),
    ("values", "SLOW_MAX", SLOW_MAX),
]


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - SHARED))
def test_a_script_has_each_part_once_and_after_what_that_needs(name: str) -> None:
    """Nothing is put together twice, and no line of a file is lost, so the lines that errors name can be found."""
    source = load_script(name).source
    order = sorted(parts_of(name), key=lambda part: source.index(TEXTS[part]))
    assert source == "".join(TEXTS[part] for part in (*order, name))
    for at, part in enumerate(order):
        assert parts_of(part) <= set(order[:at])


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_names_the_parts_that_it_uses_and_no_others(name: str) -> None:
    """One that is missing would only be noticed by the call that comes to that line."""
    there = set().union(*(given_by(part) for part in parts_of(name)))
    elsewhere = set().union(*(given_by(part) for part in SHARED)) - there
    assert not taken_by(name) & elsewhere
    assert taken_by(name) - there - given_by(name) <= LUA
    assert [part for part in named_by(name) if not given_by(part) & taken_by(name)] == []


@pytest.mark.parametrize("name", sorted(SHARED))
def test_the_head_of_a_part_says_what_it_gives(name: str) -> None:
    """Who reads a script finds there what a word is that the script doesn't say: `seq`, `wait()`."""
    head = re.match(r"(?:--.*\n)+", TEXTS[name])
    assert head is not None
    said = re.search(r"^-- Gives: ([^.]+)\.$", head[0], re.MULTILINE)
    assert said is not None
    functions = words(r"^local function (\w+)", CODE[name])
    taken = set().union(*(taken_by(after) for after in TEXTS if name in parts_of(after)))
    given = [f"{word}()" if word in functions else word for word in given_by(name) & taken]
    assert sorted(re.findall(r"\w+(?:\(\))?", said[1])) == sorted(given)


def test_what_scripts_share_is_a_part() -> None:
    """A script is what Redis is asked to run, and a part is never asked for alone."""
    assert {path.stem for path in PARTS.iterdir()} == SHARED
    asked = re.findall(r"load_script\(\"(\w+)\"\)", "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py")))
    assert set(asked) == TEXTS.keys() - SHARED


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_has_no_other_use_for_what_its_parts_give_it(name: str) -> None:
    """A line below would call something else, where it means the part's."""
    assert not given_by(name) & set().union(*(given_by(part) for part in parts_of(name)))


@pytest.mark.parametrize(("name", "word", "value"), VALUES_OF_BOTH)
def test_scripts_and_server_share_their_values(name: str, word: str, value: int | str) -> None:
    """A limit would be another than the one that clients are told, and a word wouldn't be recognized."""
    declared = re.findall(r"^local ([A-Z_, ]+) = (.+?)(?:  --.*)?$", TEXTS[name], re.MULTILINE)
    values = {one: said for words, said in declared for one, said in zip(words.split(", "), said.split(", "))}
    assert values[word] == repr(value)
