"""A room's messages as documents: nothing that people wrote becomes markup of the document."""

from __future__ import annotations

import pytest

from wschat.admin import Transcript
from wschat.model import Person
from wschat.protocol import Message, Reaction, Reply

TIME = "2026-11-23T12:34:56.789Z"


def message(text: str = "hello", **fields: object) -> Message:
    sender = Person("a", "Ann <b>")
    return Message(room="chat", id="p", sender=sender, text=text, time=TIME, seq=7, epoch="e", **fields)  # type: ignore[arg-type]


def html(*messages: Message, lang: str = "en") -> str:
    transcript = Transcript("html", "kitchen", lang)
    return transcript.head() + "".join(map(transcript.message, messages))


def markdown(*messages: Message) -> str:
    transcript = Transcript("md", "kitchen", "en")
    return transcript.head() + "".join(map(transcript.message, messages))


def test_html_shows_text_as_it_was_written() -> None:
    """Whatever stands in it."""
    page = html(message("<script>alert(1)</script> &amp;"))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;" in page
    assert "Ann &lt;b&gt;" in page


@pytest.mark.parametrize(
    "line", ["# no heading", "> no quote", "- no list", "1. no list", "---", "<b>no tag</b>", "&lt;"]
)
def test_markdown_makes_nothing_of_what_the_page_makes_nothing_of(line: str) -> None:
    """Each has a backslash before it."""
    assert f"\n\\{line[0]}" in markdown(message(line)) or f"\n{line[0]}\\" in markdown(message(line))


def test_a_document_says_what_became_of_a_message() -> None:
    """Edited, deleted, a reply, reactions; each day has a heading once."""
    page = html(
        message(edited=TIME, reply=Reply(seq=3, sender=Person("b", "Bob")), reactions=[Reaction("👍", 2, ["x", "y"])]),
        Message(room="chat", id="q", sender=Person("a", "Ann"), time=TIME, seq=8, epoch="e", deleted=True),
    )
    for words in ("12:34, edited", "in reply to a message of Bob (3)", 'href="#m3"', "👍 2", "message deleted"):
        assert words in page
    assert page.count("<h2>2026-11-23</h2>") == 1


def test_a_document_is_in_the_language_of_the_page() -> None:
    """Its few words are, and the document says which language it is."""
    page = html(message(edited=TIME), lang="ru")
    assert '<html lang="ru">' in page
    assert "12:34, изменено" in page
