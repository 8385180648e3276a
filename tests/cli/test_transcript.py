"""A room's messages as documents: nothing that people wrote becomes markup of the document."""

from __future__ import annotations

import time

import pytest

from wschat.admin import Transcript
from wschat.admin.local_time import local_zone
from wschat.model import Person
from wschat.protocol import Message, Picture, Reaction, Reply

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
    ("line", "written"),
    [
        ("# no heading", "\\# no heading"),
        ("> no quote", "\\> no quote"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("---", "\\---"),
        ("- ", "\\- "),
        ("1.", "1\\."),
        ("title\n=", "title  \n\\="),
        ("* * *", "\\* * *"),
        ("a|b\n-|-\n`|<img>|`", "a|b  \n\\-|-  \n`|<img>|`"),
        ("a\n:-\n`|<img>`", "a  \n\\:-  \n`|<img>`"),
        ("<b>no tag</b>", "&lt;b>no tag&lt;/b>"),
        ("https://x.org<b>", "https://x.org&lt;b>"),
        ("https://x.org`<b>`", "https://x.org\\`&lt;b>\\`"),
        ("https://x.org `<b>`", "https://x.org `<b>`"),
        ("&lt; &#60; &#x3C;", "\\&lt; \\&#60; \\&#x3C;"),
        ("a & b, AT&T, &;", "a & b, AT&T, &;"),
        ("https://x.org/?a=1&b={c}&d[]=2", "https://x.org/?a=1&b=%7Bc}&d%5B]=2"),
        ("https://x.org/?a=1&lt;b", "https://x.org/?a=1&lt%3Bb"),
        ("http://[::1]/{a}", "http://\\[::1]/%7Ba}"),
        ("```never closed", "\\`\\`\\`never closed"),
        ("`a\nb `<img>` c", "\\`a  \nb `<img>` c"),
        ("```x\n``<img>``", "\\`\\`\\`x  \n``<img>``"),
        ("``````\n<img>\n```", "\n````\n```\n<img>\n````\n"),
        ("a\r# no heading", "a  \n\\# no heading"),
        ("![x](https://example.com/spy.png)", "!\\[x](https://example.com/spy.png)"),
        ("**bold** and `a<b`", "**bold** and `a<b`"),
        ("**`x`**", "**`x`**"),
        ("a\n**`x`**\nb", "a  \n**`x`**  \nb"),
        ("`x`\n---", "`x`  \n\\---"),
        ("---```x```---", "\\---\n```\nx\n```\n\\---"),
        ("`<img src=x>`{=html}", "`<img src=x>`\\{=html}"),
        ('`x`{onclick="alert(1)"}', '`x`\\{onclick="alert(1)"}'),
        ("see ```sh\nls <x>\n``` there", "see \n```\nls <x>\n```\n there"),
    ],
)
def test_markdown_makes_nothing_of_what_the_page_makes_nothing_of(line: str, written: str) -> None:
    """A backslash stands before it, where Markdown takes one; bold and code are the page's, too."""
    assert f"\n{written}\n\n" in markdown(message(line))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("see https://example.com/a?b=c#d.", 'see <a href="https://example.com/a?b=c#d" rel="noreferrer">'),
        ("«https://example.com/ж»", 'rel="noreferrer">https://example.com/ж</a>»'),
        ("https://example.com/a。", 'rel="noreferrer">https://example.com/a</a>。'),
        ('https://example.com/"onclick="x', 'href="https://example.com/" rel'),
        ("javascript:alert(1)", ">javascript:alert(1)<"),
        ("use `a<b` here", "use <code>a&lt;b</code> here"),
        ("```py\nif a < b:\n    https://x.org\n```", "<pre>if a &lt; b:\n    https://x.org\n</pre>"),
    ],
)
def test_html_has_code_and_links(text: str, form: str) -> None:
    """A link ends before what closes the sentence, in every script; in code there is none."""
    assert form in html(message(text))


def test_a_document_says_what_became_of_a_message() -> None:
    """Edited, deleted, a reply with the first words of its message, reactions; each day has a heading once."""
    bob = Person("b", "Bob")
    page = html(
        Message(room="chat", id="o", sender=bob, text="long " * 40, time=TIME, seq=3, epoch="e"),
        message(edited=TIME, reply=Reply(seq=3, sender=bob), reactions=[Reaction("👍", 2, ["x", "y"])]),
        message(reply=Reply(seq=1, sender=bob)),
        Message(room="chat", id="q", sender=bob, time=TIME, edited=TIME, seq=8, epoch="e", deleted=True),
    )
    quote = ("long " * 40)[:79] + "…"
    for words in (
        ", edited<",
        f'href="#m3">Bob: {quote}<',
        'href="#m1">Bob: an earlier message<',
        "👍 2",
        "message deleted",
    ):
        assert words in page
    assert page.count("<h2>2026-11-2") == 1
    assert page.count("edited") == 1


def test_a_document_is_in_the_language_of_the_page() -> None:
    """Its few words are, and the document says which language it is."""
    page = html(message(edited=TIME), lang="ru")
    assert '<html lang="ru">' in page
    assert ", изменено<" in page
    assert "<title>kitchen — Чат</title>" in page


@pytest.mark.parametrize(("place", "shown"), [("UTC", "12:34"), ("MSK-3", "15:34"), ("IST-5:30", "18:04")])
def test_times_are_those_of_this_machine(place: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document says which, as the place alone would not."""
    monkeypatch.setenv("TZ", place)
    time.tzset()
    try:
        for document in (html(message()), markdown(message())):
            assert shown in document
            assert f"Times: {local_zone()}" in document
        assert f'datetime="{TIME}"' in html(message())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_time_that_is_none_harms_nothing() -> None:
    """Another program may have written the entry."""
    strange = Message(room="chat", id="p", sender=Person("a", "Ann"), text="x", time='"><b>', seq=1, epoch="e")
    assert "<b>" not in html(strange)
    assert markdown(strange)


def test_pictures_are_shown_by_their_sizes() -> None:
    """An export doesn't contain them; a reply to one without a text quotes the same words."""
    pictures = [Picture("1" * 22, 800, 600), Picture("2" * 22, 8, 4)]
    one, answer = message("", pictures=pictures), message(reply=Reply(seq=7, sender=Person("a", "Ann")))
    assert '<div class="note">[picture 800×600] [picture 8×4]</div>' in html(one)
    assert '<div class="text">' not in html(one)
    assert "[картинка 800×600]" in html(one, lang="ru")
    assert "hello\n\n\\[picture 800×600]" in markdown(message(pictures=pictures[:1]))
    assert markdown(one).endswith("\n\n\\[picture 800×600] \\[picture 8×4]\n\n")
    assert "Ann: [picture 800×600] [picture 8×4]" in html(one, answer)
    assert '"pictures":[{"id":"1111111111111111111111","width":800,"height":600}' in Transcript(
        "jsonl", "kitchen", "en"
    ).message(one)
