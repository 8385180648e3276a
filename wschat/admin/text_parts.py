"""Finds code and links in the text of a message: the parts that an export turns into markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Literal

# The first two are those of static/js/text/markup.js.
_FENCE = r"```(?P<info>[\w+-]*\n)?(?P<fence>[\s\S]+?)```\n?"
_CODE = r"(?<!`)(?P<marks>`{1,2})(?! *`)(?P<code>[^\n]*?[^`\n])(?P=marks)(?!`)"
_PARTS = re.compile(f"{_FENCE}|{_CODE}")
LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_ENDS = "/#&=+-_~%"  # punctuation, by Unicode, that may well be the end of an address
_CLOSING = {"Po", "Pe", "Pf", "Pi", "Ps"}

Kind = Literal["text", "code", "fence"]


def text_parts(text: str) -> Iterator[tuple[Kind, str, str]]:
    """The parts of a text: (kind, content, the part as it was written)."""
    start = 0
    for found in _PARTS.finditer(text):
        if found.start() > start:
            yield "text", text[start : found.start()], text[start : found.start()]
        kind: Kind = "fence" if found["fence"] else "code"
        yield kind, found[kind], found[0]
        start = found.end()
    if start < len(text):
        yield "text", text[start:], text[start:]


def html_of(text: str) -> str:
    """The text of a message as HTML: code and links are marked up, everything else stays as it was written."""
    forms = {"text": _linked, "code": "<code>{}</code>".format, "fence": "<pre>{}</pre>".format}
    return "".join(forms[kind](content if kind == "text" else escape(content)) for kind, content, _ in text_parts(text))


def _linked(text: str) -> str:
    parts, start = [], 0
    for found in LINK.finditer(text):
        link = _without_closing(found[0])
        parts += [escape(text[start : found.start()]), f'<a href="{escape(link)}" rel="noreferrer">{escape(link)}</a>']
        start = found.start() + len(link)
    return "".join([*parts, escape(text[start:])])


def _without_closing(link: str) -> str:
    """The link without punctuation, in any script, that closes the sentence or the brackets around it."""
    while unicodedata.category(link[-1]) in _CLOSING and link[-1] not in _ENDS:
        link = link[:-1]
    return link
