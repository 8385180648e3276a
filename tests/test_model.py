"""Rooms, texts, times: the rules that they keep."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.errors import ErrorCode, Refused
from wschat.model import ID_PATTERN, id_of, is_storable, message_text, random_id, timestamp, trimmed


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\n", "a"),
        ("    def f():\n        pass\n\n", "    def f():\n        pass"),
        ("\n \t\n\n  - one\n  - two\r\n \r\n", "  - one\n  - two"),
        ("\r\n\ta\t \u00a0\u3000", "\ta"),
        (" \u2028 a\u2029", " a"),
        ("\ufeff\n  a\n\u200b\n\u2800\n", "  a"),
        ("\u200f\u202bשלום\u202c", "\u200f\u202bשלום\u202c"),
        ("❤️", "❤️"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 \n", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("a \n b", "a \n b"),
    ],
)
def test_a_text_loses_empty_lines_at_its_ends_and_no_indentation(raw: str, text: str) -> None:
    """Pasted code stays aligned; what is invisible makes no line, but stays in one that is there."""
    assert message_text(raw, 100) == text


UNSEEN = [
    *[
        "\u200b",
        "\u200d",
        "\u200c",
        "\ufeff",
        "\ufe0f",
        "\ufe0e",
        "\u00ad",
        "\u034f",
        "\u061c",
        "\u180e",
        "\u2060",
        "\u206f",
    ],
    *["\u3164", "\uffa0", "\u115f", "\u1160", "\u2800", "\U0001d159", "\U00013441", "\U00016fe4", "\ufffc", "\ufff9"],
    *[
        "\u202e\u202c",
        "\u2066\u2069",
        "\u200e\u200f",
        "\U000e0041\U000e007f",
        "\U000e0100",
        "\U0001d173",
        "\x07\x1b",
        "\x85",
    ],
]


@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_text_that_nobody_can_see_is_empty(unseen: str) -> None:
    """It is so alone, repeated, and with white space around."""
    for raw in (unseen, unseen * 50, f" {unseen}\n\u3000{unseen}", "".join(UNSEEN)):
        with pytest.raises(Refused) as caught:
            message_text(raw, 4000)
        assert caught.value.code is ErrorCode.TEXT_EMPTY


@pytest.mark.parametrize("text", [".", "\u0301", "🙂", "\u200b.", "क", "\U000f0000", "١", "。", "\u20dd", "\u0600"])
def test_a_text_with_anything_to_see_is_none_of_those(text: str) -> None:
    """One sign is enough."""
    assert message_text(text, 10) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.TEXT_EMPTY),
        (" \n\t\u3000", ErrorCode.TEXT_EMPTY),
        ("x" * 11, ErrorCode.TEXT_TOO_LONG),
        ("a\ud800", ErrorCode.TEXT_INVALID),
        ("a\0b", ErrorCode.TEXT_INVALID),
        ("\0", ErrorCode.TEXT_INVALID),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused(text: str, code: ErrorCode) -> None:
    """Each reason has its own code."""
    with pytest.raises(Refused) as caught:
        message_text(text, 10)
    assert caught.value.code is code


def test_the_limit_of_a_text_counts_after_trimming_and_is_told() -> None:
    """Ten characters fit, with empty lines around them and white space behind."""
    assert message_text(" \n" + "🙂" * 10 + "  \n", 10) == "🙂" * 10
    with pytest.raises(Refused) as caught:
        message_text("я" * 11, 10)
    assert caught.value.facts == {"limit": 10}


@given(st.text(st.sampled_from("a \n\r\t\u2028\u200b\ufe0f\u3000\0"), max_size=20))
def test_trimming_is_done_once(raw: str) -> None:
    """A text that was trimmed stays as it is, and nothing visible is lost."""
    text = trimmed(raw)
    assert trimmed(text) == text
    assert [char for char in text if char in "a\0"] == [char for char in raw if char in "a\0"]
    assert text in raw


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


def test_no_random_id_comes_twice() -> None:
    """The bytes are fetched in advance: also across two such supplies, and in a forked process."""
    ids = [random_id() for _ in range(1000)]
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, " ".join(random_id() for _ in range(100)).encode())
        finally:  # also where that fails: it mustn't go on with the tests
            os._exit(0)
    os.waitpid(child, 0)
    ids += os.read(reading, 1 << 16).decode().split()
    ids += [random_id() for _ in range(100)]
    assert len(set(ids)) == len(ids) == 1200


def test_random_ids_can_stand_anywhere() -> None:
    """They need no escaping in JSON, keys or patterns, and no two are alike."""
    ids = [random_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(ID_PATTERN.fullmatch(id_) for id_ in ids)


@pytest.mark.parametrize(("data", "name"), [(b"\xf8\x00\x00", "_AAA"), (b"\xfb\xf0", "__A"), (bytes(4), "AAAAAA")])
def test_no_id_begins_like_an_option(data: bytes, name: str) -> None:
    """Operators name people by their ids on the command line."""
    assert id_of(data) == name
