"""Names of rooms: which are valid, and which are one room."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from wschat.errors import ErrorCode, Refused
from wschat.model import ROOM_MAX, room_name

from ..support import Nodes, join

SCRIPTS = [
    *["chat", "кухня", "部屋", "a-b_c", "x" * 64, "7", "한국어", "ㅋㅋ", "فارسی", "עִבְרִית", "ⵜⴰⵎⴰⵣⵉⵖⵜ"],
    *["हिन्दी", "ไทย", "ที่นี่", "தமிழ்", "বাংলা", "తెలుగు", "ລາວ", "ຫຼິ້ນ", "ខ្មែរ", "မြန်မာ", "မျှော်", "བོད", "བོད་ཡིག"],
    *["ಕನ್ನಡ", "മലയാളം", "ਪੰਜਾਬੀ", "ગુજરાતી", "ଓଡ଼ିଆ", "සිංහල"],
    *["می‌خواهم", "ශ්‍රී", "র‍্যাব", "क्‌ष", "ന്‍"],  # with joiners that change how letters look
]
NOT_ROOMS = [
    *["", " ", "a b", "a/b", "a{b}", "a:b", "a\n", "x" * 65, "🙂", "a\ud800", "a\0", "a.b", "a·b"],
    *["\u0301", "\u0301a", "a-\u0301", "ि", "ก็็็", "a\u0301\u0302\u0303"],  # marks without a letter, and stacks
    *["\u200b", "a\u200db", "a\u200c", "\u200da", "क्‌", "क्‌-", "a\u202eb", "a\u2066b\u2069", "a\ufe0f", "a\u034f"],
    *["\u3164", "\u115f", "\u2800", "a\u00ad", "\ufeffa", "a\U000e0041", "\U00013441", "\u17b4", "་", "ß" * 33],
]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_room_is_called_in_words_of_any_script(name: str) -> None:
    """It may have up to 64 letters, marks, digits, - and _, and joiners where they are seen."""
    assert room_name(name) == name


@pytest.mark.parametrize("name", NOT_ROOMS)
def test_a_room_is_called_nothing_else(name: str) -> None:
    """The name stands in addresses, in keys and in channels, and two rooms must not look the same."""
    with pytest.raises(Refused) as caught:
        room_name(name)
    assert caught.value.code is ErrorCode.ROOM_INVALID


@pytest.mark.parametrize(
    ("typed", "room"),
    [
        ("Kitchen", "kitchen"), ("KITCHEN", "kitchen"), ("Кухня", "кухня"), ("Chat", "chat"), ("и\u0306", "й"),
        ("И\u0306од", "йод"), ("Straße", "strasse"), ("STRASSE", "strasse"), ("ΟΔΟΣ", "οδοσ"), ("οδός", "οδόσ"),
        ("İstanbul", "i\u0307stanbul"), ("ISPARTA", "isparta"), ("ısparta", "ısparta"), ("Ǆ", "ǆ"),
        ("É" * 64, "é" * 64),
    ],
)  # fmt: skip
def test_one_room_has_one_name_however_it_is_typed(typed: str, room: str) -> None:
    """It is NFC(casefold(NFC(name))) in every language: Turkish İ keeps its dot, ß is ss, and ς is σ."""
    assert room_name(typed) == room_name(room) == room


@given(
    st.text(st.characters(categories=["L", "M", "N"]) | st.sampled_from("-_\u200c\u200dİßΐ\u0345\u0301"), max_size=12)
)
def test_the_name_of_a_room_is_a_name_of_that_room(typed: str) -> None:
    """A client that joins by `welcome.room` comes to the same room; the name is bounded and in NFC."""
    try:
        name = room_name(typed)
    except Refused:
        return
    assert room_name(name) == name == unicodedata.normalize("NFC", name)
    assert 0 < len(name) <= ROOM_MAX


async def test_people_meet_in_a_room_whatever_case_they_typed(two_nodes: Nodes) -> None:
    """`welcome.room` says what it is called; the main room is the main room in capitals, too."""
    ann = await join(two_nodes.ws(0), "Ann", room="Kitchen")
    bob = await join(two_nodes.ws(1), "Bob", room="kitchen")
    assert ann.welcome["room"] == bob.welcome["room"] == "kitchen"
    await ann.posts("hello")
    assert (await bob.hears("hello"))["room"] == "kitchen"
    eve = await join(two_nodes.ws(0), "Eve", room="CHAT")
    assert eve.welcome["room"] == "chat"


async def test_an_older_room_in_capitals_can_be_renamed(node: Nodes, redis: Redis) -> None:
    """As CHANGELOG.md says: RENAME of its two keys, and its messages are there."""
    ann = await join(node.ws(), "Ann", room="hall")
    await ann.posts("old times")
    await ann.leaves()
    for key in ("log", "meta"):
        await redis.rename(f"{{chat:hall}}:{key}", f"{{chat:Kitchen}}:{key}")  # as it was kept before
        await redis.rename(f"{{chat:Kitchen}}:{key}", f"{{chat:kitchen}}:{key}")
    bob = await join(node.ws(), "Bob", room="Kitchen")
    assert [message["text"] for message in bob.welcome["messages"]] == ["old times"]
    assert bob.welcome["room"] == "kitchen"
