"""The text in the body of a hook's request, in each format that programs send."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wschat.errors import ErrorCode, Refused
from wschat.hooks.body import BadBody, text_in
from wschat.hooks.mrkdwn import to_markup
from wschat.hooks.slack import slack_text
from wschat.model import TEXT_MAX, message_text
from wschat.web.hook_handler import BODY_MAX

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "Готово *x* &lt;", "Готово *x* &lt;"),
        ("text/plain; charset=utf-8", "\ufeffone\r\ntwo\rthree", "one\ntwo\nthree"),
        ("", "no type", "no type"),
        ("application/octet-stream", "any type", "any type"),
        ("application/json", '{"text": "*Готово*"}', "**Готово**"),
        ("APPLICATION/JSON; charset=utf-8", '{"text": "x"}', "x"),
        ("application/vnd.ci+json", '{"text": "x"}', "x"),
        ("application/json", '{"text": 5, "other": [1]}', "5"),
        ("application/json", '{"text": 1.50}', "1.50"),
        ("application/json", "{}", ""),
        (FORM, "Deploy done", "Deploy done"),
        (FORM, "100% of 3+4 & more = fine", "100% of 3+4 & more = fine"),
        (FORM, "see https://example.org/?a=1&text=2", "see https://example.org/?a=1&text=2"),
        (FORM, "text=Deploy+done%21", "Deploy done!"),
        (FORM, "channel=%23ci&text=%D0%94%D0%B0", "Да"),
        (FORM, "text=*x*", "*x*"),
        (FORM, "text=", ""),
        (FORM, "payload=%7B%22text%22%3A%22*x*%22%7D", "**x**"),
        (FORM, 'payload={"text": "a b"}', "a b"),
        (FORM, '{"text": "*x*"}', "**x**"),
        (FORM, '{"text":"https://example.org/?a=1&text=2"}', "https://example.org/?a=1&text=2"),
        (FORM, '{"level": "info"}', '{"level": "info"}'),
        (FORM, "{text}", "{text}"),
    ],
)
def test_each_format_has_its_text(kind: str, body: str, text: str) -> None:
    """`curl -d` sends any text as a form; a form is one only if it has a field of ours."""
    assert text_in(body.encode(), kind) == text


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("text/plain", b"\xff", "UTF-8"),
        ("application/json", b"{", "valid JSON"),
        ("application/json", b'["text"]', "field text"),
        ("application/json", b"[" * 100_000, "valid JSON"),
        (FORM, b"payload=x", "valid JSON"),
        (FORM, b"text=%ff", "--data-urlencode"),
        (FORM, b"text=x" + b"&a=b" * 200, "--data-urlencode"),
        ("multipart/form-data; boundary=x", b"--x", "Parts aren't read"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(kind: str, body: bytes, reason: str) -> None:
    """It says what to send instead, in one line."""
    with pytest.raises(BadBody) as problem:
        text_in(body, kind)
    assert reason in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("mrkdwn", "markup"),
    [
        ("<https://example.org/a?b=1&amp;c=2>", "https://example.org/a?b=1&c=2"),
        ("see <https://example.org|the log>.", "see the log (https://example.org)."),
        ("<https://example.org|https://example.org>", "https://example.org"),
        ("<mailto:ann@example.org|ann@example.org>, <tel:112>", "ann@example.org, 112"),
        ("<@U1> <@U1|ann> <#C1|ci> <!here> <!channel|channel>", "@U1 @ann #ci @here @channel"),
        ("<!subteam^S1|@team> <!date^1392734382^{date}|18 February>", "@team 18 February"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("#include <stdio.h> and <b>", "#include <stdio.h> and <b>"),
        ("*bold* and _italic_ and ~gone~", "**bold** and _italic_ and ~~gone~~"),
        ("*<https://example.org|Build 7>*", "**Build 7 (https://example.org)**"),
        ("<https://example.org/?q=*a*&b=~c~|*log*>", "**log** (https://example.org/?q=%2Aa%2A&b=%7Ec%7E)"),
        ("(*a*, ~b~)", "(**a**, ~~b~~)"),
        ("2*3*4, a * b * c, ~/bin ~/lib, **kept**, ~~kept~~", "2*3*4, a * b * c, ~/bin ~/lib, **kept**, ~~kept~~"),
        ("*not\nbold*", "*not\nbold*"),
        ("`*x* <@U1> &lt;` *y*", "`*x* <@U1> <` **y**"),
        (":fire: (:x:) :warning:!", "🔥 (❌) ⚠️!"),
        (
            "a:x:b :melon: 12:30:45 `:fire:` <https://example.org/:fire:>",
            "a:x:b :melon: 12:30:45 `:fire:` https://example.org/:fire:",
        ),
        ("```\n*x* &amp;\n```\n*y*", "```\n*x* &\n```\n**y**"),
    ],
)
def test_mrkdwn_becomes_markup(mrkdwn: str, markup: str) -> None:
    """Whatever isn't clearly mrkdwn stays as it is, and so does code but for its entities."""
    assert to_markup(mrkdwn) == markup


def block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> dict[str, Any]:
    return block("section", text=mrkdwn(text))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "*x*", "mrkdwn": False}, "*x*"),
        ({"text": "for notices", "blocks": [section("*x*")]}, "**x**"),
        ({"text": "kept", "blocks": [block("image", image_url="https://example.org/x.png")]}, "kept"),
        (
            {
                "blocks": [
                    block("header", text={"type": "plain_text", "text": "Build *7*"}),
                    block("header", text={"type": "plain_text", "text": "Build 7"}),
                    block("divider"),
                    block("section", text=mrkdwn("_ok_"), fields=[mrkdwn("a"), {"type": "plain_text", "text": "*b*"}]),
                    block("context", elements=[block("image"), mrkdwn("by"), mrkdwn("<@U1|ann>")]),
                    block("actions", elements=[block("button", text=mrkdwn("Press"))]),
                ]
            },
            "Build *7*\n**Build 7**\n———\n_ok_\na\n*b*\nby @ann",
        ),
        (
            {
                "blocks": [
                    block(
                        "rich_text",
                        elements=[
                            block("rich_text_section", elements=[block("text", text="Hi "), block("link", url="u:v")]),
                            block("rich_text_list", elements=[block("rich_text_section", elements=[mrkdwn("one")])]),
                        ],
                    )
                ]
            },
            "Hi u:v\none",
        ),
        (
            {
                "attachments": [
                    {
                        "fallback": "[FIRING] x",
                        "pretext": "*Alert*",
                        "title": "CPU &amp; disk",
                        "title_link": "https://example.org",
                        "text": "is high",
                        "fields": [{"title": "host", "value": "web-1"}, {"title": "load", "value": 7}, {"value": "x"}],
                        "color": "danger",
                    },
                    {"fallback": "only this"},
                    {"title_link": "https://example.org/2"},
                ]
            },
            "**Alert**\n**CPU & disk** (https://example.org)\nis high\n**host**: web-1\n**load**: 7\nx\n"
            "only this\nhttps://example.org/2",
        ),
        ({"text": "up", "attachments": [{"text": "b", "blocks": [section("a")]}]}, "up\na\nb"),
        (
            {
                "text": "Uptime Kuma Alert",
                "attachments": [{"blocks": [block("header", text=mrkdwn("Uptime Kuma Alert")), section("up")]}],
            },
            "**Uptime Kuma Alert**\nup",
        ),
        (
            {"text": "", "attachments": [{"fallback": "x", "author_name": "Ann", "title": "Build 7", "footer": "CI"}]},
            "Ann\n**Build 7**",
        ),
        ({"text": ["x"], "blocks": {"a": 1}, "attachments": ["x", {"fields": [None]}]}, ""),
    ],
)  # fmt: skip
def test_slacks_json_becomes_lines(message: dict[str, Any], text: str) -> None:
    """What people read of it: its text or its blocks, then its attachments."""
    assert slack_text(message) == text


def test_deep_rich_text_ends() -> None:
    """Somebody nests thousands of elements."""
    element: dict[str, Any] = {"text": "deep"}
    for _ in range(5000):
        element = {"elements": [element], "text": "x"}
    assert set(slack_text({"blocks": [block("rich_text", elements=[element])]})) == {"x"}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["text", "type", "blocks", "attachments", "elements", "fields", "title", "value"]) | st.text(),
        inner | st.sampled_from(["section", "header", "context", "rich_text", "rich_text_section", "mrkdwn"]),
    ),
)  # fmt: skip


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments", "mrkdwn"]), JSON))
def test_any_json_object_has_a_text_or_none(message: dict[str, Any]) -> None:
    """No program can bring the server down by what it sends."""
    assert isinstance(slack_text(message), str)


@pytest.mark.parametrize(
    "words", ["*a", "~a", "<@", "<https://x|", "`", "```", "* ", ":a", ":fire:", "a=&", "*<https://x|a>*"]
)
def test_no_text_takes_long(words: str) -> None:
    """The patterns read each text of 64 KB once; the test's time limit would end what is tried again and again."""
    text = words * (65_000 // len(words))
    for kind, body in (("application/json", json.dumps({"text": text})), (FORM, text), ("text/plain", text)):
        with pytest.raises(Refused) as refused:
            message_text(text_in(body.encode(), kind), TEXT_MAX)
        assert refused.value.code is ErrorCode.TEXT_TOO_LONG


@pytest.mark.parametrize(
    ("begin", "element", "end"),
    [
        ('{"attachments":[', "{},", "{}]}"),
        ('{"attachments":[', '{"x":0},', "{}]}"),
        ('{"attachments":[{"fields":[', "{},", "{}]}]}"),
        ('{"text":"', "`a`", '"}'),
    ],
)
def test_no_number_of_elements_takes_long(begin: str, element: str, end: str) -> None:
    """While a body is read, nobody else is served: it takes less than two calls of functions for each byte."""
    body = (begin + element * ((BODY_MAX - 100) // len(element)) + end).encode()
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        text_in(body, "application/json")
    finally:
        sys.setprofile(None)
    assert calls < 2 * BODY_MAX


def test_a_text_that_is_too_long_is_not_shortened() -> None:
    """Elements that follow don't matter any more, but nobody gets half a message."""
    for many in (
        {"attachments": [{"text": "x" * 100}] * 60},
        {"attachments": [{"fields": [{"value": "x" * 100}] * 60}]},
    ):
        assert len(slack_text(many)) > TEXT_MAX
