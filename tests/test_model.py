"""Rooms, texts, times: the rules that they keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.errors import ErrorCode, Refused
from wschat.model import ID_PATTERN, is_storable, message_text, random_id, room_name, timestamp


@pytest.mark.parametrize("name", ["chat", "Кухня", "部屋", "a-b_c", "x" * 64, "7"])
def test_a_room_is_called_in_letters_of_any_script(name: str) -> None:
    """A name has up to 64 letters, digits, - and _."""
    assert room_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "a{b}", "a:b", "a\n", "x" * 65, "🙂", "a\ud800", "a\0"])
def test_a_room_is_called_nothing_else(name: str) -> None:
    """The name appears in URLs, keys and channels."""
    with pytest.raises(Refused) as caught:
        room_name(name)
    assert caught.value.code is ErrorCode.ROOM_INVALID


def test_one_room_has_one_name_however_it_is_typed() -> None:
    """«й» may be one code point or two."""
    assert room_name("и\u0306") == room_name("й") == "\u0439"


def test_a_text_is_trimmed() -> None:
    """White space is removed at the ends but not within."""
    assert message_text("\u00a0 a \n b\t", 10) == "a \n b"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.TEXT_EMPTY),
        (" \n\t\u3000", ErrorCode.TEXT_EMPTY),
        ("x" * 11, ErrorCode.TEXT_TOO_LONG),
        ("a\ud800", ErrorCode.TEXT_INVALID),
        ("a\0b", ErrorCode.TEXT_INVALID),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused(text: str, code: ErrorCode) -> None:
    """Each reason has its own code."""
    with pytest.raises(Refused) as caught:
        message_text(text, 10)
    assert caught.value.code is code


def test_the_limit_of_a_text_counts_after_trimming_and_is_told() -> None:
    """Ten characters fit, with any white space around them."""
    assert message_text("  " + "🙂" * 10 + "  ", 10) == "🙂" * 10
    with pytest.raises(Refused) as caught:
        message_text("я" * 11, 10)
    assert caught.value.facts == {"limit": 10}


@given(st.text(alphabet=st.characters(codec=None)))
def test_what_is_storable_can_be_encoded(text: str) -> None:
    """Accepted text never breaks `.encode()` later."""
    if is_storable(text):
        assert text.encode().decode() == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1795435200.1239, "2026-11-23T12:00:00.123Z"),
        (1795435199.9999, "2026-11-23T11:59:59.999Z"),
    ],
)
def test_times_are_utc_with_milliseconds(seconds: float, words: str) -> None:
    """The format is that of RFC 3339."""
    assert timestamp(seconds) == words


def test_random_ids_can_stand_anywhere() -> None:
    """They need no escaping in JSON, keys or patterns, and no two are alike."""
    ids = [random_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(ID_PATTERN.fullmatch(id_) for id_ in ids)
