"""Turns the JSON of a Slack webhook into text with the page's markup: its text, blocks and attachments.

Only what people read is taken: no colours, buttons or pictures. Anything else than Slack documents is skipped, since
programs send more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from ..model import TEXT_MAX
from .mrkdwn import plain_of, to_markup

FIELDS = {"text", "blocks", "attachments"}  # that a message has one of
ATTACHMENTS_MAX = 100  # Slack refuses more
DEPTH_MAX = 20  # of rich text
RULE = "—" * 3

_Object = dict[str, Any]


def slack_text(message: _Object) -> str:
    """The text of a message. If it has blocks, its `text` is what notifications show of them, as in Slack."""
    convert = plain_of if message.get("mrkdwn") is False else to_markup
    blocks = "\n".join(_enough(_blocks(message.get("blocks"))))
    text = blocks or convert(_string(message, "text"))
    attachments = list(_enough(map(_attachment, _objects(message.get("attachments"))[:ATTACHMENTS_MAX])))
    if attachments and attachments[0].partition("\n")[0] in (text, _bold(text)):
        text = ""  # as of Uptime Kuma, whose text is the heading once more
    return "\n".join(filter(None, [text, *attachments]))


def _blocks(blocks: object) -> Iterator[str]:
    """The text of each block that has one."""
    for block in _objects(blocks):
        read = _BLOCKS.get(_string(block, "type"))
        text = read(block) if read else ""
        if text:
            yield text


def _header(block: _Object) -> str:
    return _bold(_text_object(block.get("text")))


def _section(block: _Object) -> str:
    fields = map(_text_object, _objects(block.get("fields")))
    return "\n".join(_enough([_text_object(block.get("text"))], fields))


def _context(block: _Object) -> str:
    return " ".join(_enough(map(_text_object, _objects(block.get("elements")))))


def _rich_text(block: _Object) -> str:
    return "".join(_enough(_rich_parts(block, 0))).strip("\n")


def _rich_parts(element: _Object, depth: int) -> Iterator[str]:
    """The words of rich text, without its styles."""
    if depth > DEPTH_MAX:
        return
    words = _string(element, "text") or _string(element, "url")
    if words:
        yield words
    for one in _objects(element.get("elements")):
        yield from _rich_parts(one, depth + 1)
    if _string(element, "type").startswith("rich_text_"):
        yield "\n"


_BLOCKS: dict[str, Callable[[_Object], str]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": lambda block: RULE,
    "rich_text": _rich_text,
}


def _attachment(attachment: _Object) -> str:
    """The text of an attachment, which comes from before Slack had blocks; `fallback` if there is nothing else. Its
    author is who did what GitLab or a CI reports; its footer only names the program.
    """
    title, link = plain_of(_string(attachment, "title")), _string(attachment, "title_link")
    lines = _enough(
        [to_markup(_string(attachment, "pretext")), plain_of(_string(attachment, "author_name"))],
        [" ".join(filter(None, [_bold(title), link and (f"({link})" if title else link)]))],
        _blocks(attachment.get("blocks")),
        [to_markup(_string(attachment, "text"))],
        map(_field, _objects(attachment.get("fields"))),
    )
    return "\n".join(lines) or plain_of(_string(attachment, "fallback"))


def _field(field: _Object) -> str:
    title, value = plain_of(_string(field, "title")), to_markup(_string(field, "value"))
    return f"{_bold(title)}: {value}" if title and value else _bold(title) or value


def _text_object(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    text = _string(value, "text")
    return to_markup(text) if value.get("type") == "mrkdwn" else plain_of(text)


def _enough(*texts: Iterable[str]) -> Iterator[str]:
    """Those of the texts that have any, up to the one that makes a message too long: it is refused, whatever follows,
    and a body has thousands of elements.
    """
    length = 0
    for text in chain(*texts):
        if text:
            yield text
            length += len(text)
        if length > TEXT_MAX:
            return


def _bold(text: str) -> str:
    """The text in bold, unless it has several lines or marks of its own, which wouldn't nest."""
    text = text.strip()
    return f"**{text}**" if text and not any(mark in text for mark in "\n*`") else text


def _objects(value: object) -> list[_Object]:
    return [one for one in value if one and isinstance(one, dict)] if isinstance(value, list) else []


def _string(value: _Object, name: str) -> str:
    """A field that should be text. Grafana and others send numbers as values of fields."""
    found = value.get(name)
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""
