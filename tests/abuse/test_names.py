"""Nobody passes for somebody else: what a name may be, and which names are the same to the eye."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.errors import Refused
from wschat.model import NAME_MAX
from wschat.names import names, numbered, person_name, skeletons
from wschat.names.confusables import prototypes, skeleton

from ..support import Nodes
from .raw import Raw, command

SAME = [
    ("Анна", "Aннa", "Latin A and a among Cyrillic"),
    ("anna", "аnna", "a Cyrillic а"),
    ("Анна", "анна", "another case"),
    ("Анна", " Анна ", "spaces around"),
    ("Анна", "Ан на", "a space within"),
    ("Anna", "Ａｎｎａ", "full width"),
    ("Anna", "𝐀𝐧𝐧𝐚", "mathematical bold"),
    ("paypal", "раураl", "all Cyrillic but one"),
    ("Ivan", "lvan", "l for I"),
    ("Ivan", "1van", "one for I"),
    ("Olga", "0lga", "zero for O"),
    ("modern", "modem", "rn for m"),
    ("ЁЖ", "Е\u0308Ж", "composed and not"),
    ("CCCP", "СССР", "Latin and Cyrillic capitals"),
    ("Straße", "STRASSE", "case folding"),
]  # fmt: skip
OTHERS = [
    ("Анна", "Инна"),
    ("Mary", "Maru"),
    ("Иван", "Ивон"),
    ("ivan", "lvan"),
    ("Вася", "Васа"),
    ("Нина", "Hилa 2"),
]
FINE = [
    "Анна",
    "李小龍",
    "مریم",
    "अंजलि",
    "Nguyễn Ế",
    "O'Brien",
    "Jean-Luc",
    "R2-D2",
    "👍",
    "❤️",
    "И" * 32,
    "ế" * 32,
]
WRONG = {
    "empty": "", "spaces": "  \u3000 ", "too long": "я" * 33, "zero width": "An\u200bna", "joiner":
    "An\u200dna",
    "direction": "\u202eannA", "mark": "Anna\u200e", "blank Braille": "\u2800", "blank Hangul": "\u3164",
    "NUL": "An\0na",
    "line": "An\nna", "surrogate": "\ud800", "private": "\ue000", "unassigned": "\u0378", "accents":
    "e\u0301\u0301\u0301", "kilobytes": "a" * 65000, "tag": "A\U000e0041", "noncharacter": "\ufffe",
}  # fmt: skip


def test_the_table_is_the_one_of_the_library() -> None:
    """After an update of confusable-homoglyphs the table is written again: python tools/confusables.py."""
    tool = Path(__file__).parents[2] / "tools" / "confusables.py"
    assert subprocess.run([sys.executable, tool, "--check"], check=False).returncode == 0


@pytest.mark.parametrize(("one", "other", "how"), SAME, ids=[how for _, _, how in SAME])
def test_names_that_look_the_same_claim_the_same(one: str, other: str, how: str) -> None:
    """The second such name can't join while the first is online."""
    assert set(skeletons(person_name(one))) & set(skeletons(person_name(other)))


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_names_that_differ_to_the_eye_are_both_free(one: str, other: str) -> None:
    """A rule that is too broad would reject people for no reason."""
    assert not set(skeletons(one)) & set(skeletons(other))


@pytest.mark.parametrize("name", FINE)
def test_names_of_every_script_are_names(name: str) -> None:
    """A name has up to 32 characters as people count them, of any script."""
    assert person_name(person_name(name)) == person_name(name)


@pytest.mark.parametrize("name", WRONG.values(), ids=WRONG.keys())
def test_what_deceives_or_breaks_is_no_name(name: str) -> None:
    """Invisible, bidirectional, stacked and overlong characters are rejected."""
    with pytest.raises(Refused) as refused:
        person_name(name)
    assert refused.value.code == "name_invalid"


def test_a_name_is_made_plain_before_it_is_anyones() -> None:
    """RFC 8266 normalizes width, spaces and compatibility forms."""
    assert person_name("  Ａｎｎａ   Ⅳ ") == "Anna IV"


def test_the_table_of_look_alikes_is_whole() -> None:
    """No prototype has a prototype, so one pass suffices; size and samples match UTS 39."""
    table = prototypes()
    assert len(table) > 6000
    assert all(ord(char) not in table for text in table.values() for char in text)
    samples = {"а": "a", "1": "l", "I": "l", "0": "O", "m": "rn", "ρ": "p", "ſ": "f", "ѕ": "s", "ԁ": "d"}
    assert {char: table[ord(char)] for char in samples} == samples


def name_or_none(raw: str) -> str | None:
    """None where it is refused, as a name."""
    try:
        return person_name(raw)
    except Refused as refused:
        return None if refused.code == "name_invalid" else "refused for something else"


@given(st.text(max_size=60))
def test_every_text_is_a_good_name_or_none(raw: str) -> None:
    """Any text is either refused or becomes a name that normalizes to itself."""
    name = name_or_none(raw)
    if name is None:
        return
    assert person_name(name) == name
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert 0 < len(name) <= 3 * NAME_MAX + NAME_MAX
    assert all(skeletons(name))


@given(st.text("AZaz09АЯЁёяй-_ ", min_size=1, max_size=NAME_MAX))
def test_the_short_way_for_plain_names_leads_where_the_long_one_does(raw: str) -> None:
    """The shortcut only saves time."""
    try:
        name = person_name(raw)
    except Refused:
        assert not raw.strip()
        return
    assert name == names._person_name(raw)


@given(st.text(max_size=30))
def test_a_skeleton_has_itself_as_skeleton(raw: str) -> None:
    """Otherwise two computations for one name would differ."""
    assert skeleton(skeleton(raw)) == skeleton(raw)


@given(st.text(min_size=1, max_size=NAME_MAX), st.integers(2, 99999))
def test_a_suggestion_is_a_name_itself(raw: str, number: int) -> None:
    """This holds for names of the maximum length too."""
    try:
        name = person_name(raw)
    except Refused:
        return
    assert person_name(numbered(name, number)).endswith(str(number))


def test_a_known_name_costs_almost_nothing() -> None:
    """A person who returns, and one who requests a taken name repeatedly, are answered from memory."""
    people = [f"Анна Петрόвна {number}" for number in range(2000)]

    def cost() -> float:
        started = time.process_time()
        for name in people:
            skeletons(person_name(name))
        return time.process_time() - started

    skeletons(person_name("Разогрев"))
    assert cost() > 5 * cost()


# -- in a room ----------------------------------------------------------------------


async def test_a_look_alike_is_turned_away_on_every_node(two_nodes: Nodes) -> None:
    """Redis holds the claim: the refusal suggests a free name, and that one works."""
    first, second = (node.edge.port for node in two_nodes.nodes)
    await Raw.join(first, "Анна")
    other = await Raw.connect(second)
    for disguise in ("Aннa", "анна", "Анна ", "Ан на"):
        other.send(command("hello", name=disguise))
        refused = await other.event("error")
        assert refused["code"] == "name_taken"
    other.send(command("hello", name=refused["suggestion"]))
    assert (await other.event("welcome"))["you"]["name"] == refused["suggestion"]


async def test_no_two_people_online_have_one_skeleton(two_nodes: Nodes) -> None:
    """Of ten disguises of four names that race on two nodes, one of each joins."""
    ports = [node.edge.port for node in two_nodes.nodes]
    disguises = ["anna", "аnna", "annа", "Anna", "ＡＮＮＡ", "Ivan", "lvan", "1van", "modern", "modem"]
    raws = [await Raw.connect(ports[place % 2]) for place in range(len(disguises))]
    for raw, name in zip(raws, disguises, strict=True):
        raw.send(command("hello", name=name))
    inside = []
    for raw in raws:
        event = await raw.event()
        if event["type"] == "welcome":
            inside.append(event["you"]["name"])
    claims = [one for name in inside for one in skeletons(name)]
    assert len(inside) == 3
    assert len(claims) == len(set(claims))


async def test_a_name_waits_for_its_own_person_first(two_nodes: Nodes) -> None:
    """While the lease lasts, only the person's token can take the name; afterwards anyone can."""
    port = two_nodes.nodes[0].edge.port
    anna = await Raw.connect(port)
    anna.send(command("hello", name="Анна"))
    welcome = await anna.event("welcome")
    await anna.close()
    thief = await Raw.connect(port)
    thief.send(command("hello", name="Aннa"))
    assert (await thief.event("error"))["code"] == "name_taken"
    back = await Raw.join(port, "Анна", token=welcome["token"])
    assert (await _people(back))[0]["id"] == welcome["you"]["id"]


async def test_a_name_is_free_when_its_person_is_gone(two_nodes: Nodes) -> None:
    """It becomes free after the grace period in which a reload goes unnoticed."""
    port = two_nodes.nodes[0].edge.port
    await (await Raw.join(port, "Анна")).close()
    other = await Raw.connect(port)
    end = time.monotonic() + 60
    answer = {"type": "error"}
    while answer["type"] == "error":
        assert time.monotonic() < end, "the name was never given back"
        await asyncio.sleep(0.5)
        other.send(command("hello", name="Анна"))
        answer = await other.event()


async def test_reserved_names_cant_be_taken_later_either(node: Nodes) -> None:
    """`rename` rejects them just as `hello` does."""
    raw = await Raw.join(node.nodes[0].edge.port, "Боря")
    raw.send(command("rename", name="Аdmin", ref="r1"))
    assert (await raw.event("error", ref="r1"))["code"] == "name_taken"


async def _people(raw: Raw) -> list[dict[str, str]]:
    raw.send(command("people", ref="p"))
    people: list[dict[str, str]] = (await raw.event("people", ref="p"))["people"]
    return people
