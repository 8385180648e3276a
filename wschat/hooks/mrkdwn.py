"""Turns mrkdwn, Slack's markup, into the page's (docs/decisions/0016).

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re

from .short_names import EMOJI

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
# <https://example.org|label>, <mailto:ann@example.org>, <@U1|name>, <#C1|room>, <!here>, <!subteam^S1|@team>
_ANGLE = re.compile(r"<((?:https?|mailto|tel|ftp):[^<>|\s]+|[@#!][^<>|\n]+)(?:\|([^<>\n]*))?>", re.IGNORECASE)
_SHORT_NAME = re.compile(r"(?<![\w/=?&#]):([a-z0-9_+-]{1,40}):(?!\w)")
_MARKS = str.maketrans({"*": "%2A", "~": "%7E"})  # in an address
_ENTITY = re.compile("&(lt|gt|amp);")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
# A mark at the borders of words, as Slack reads it: *bold* and ~struck~ within a line.
_BOLD = re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]*[^*\s])\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?![\s~])([^~\n]*[^~\s])~(?![\w~])")


def to_markup(text: str) -> str:
    """mrkdwn as the page's markup. In code, which `split` returns at odd places, only entities are replaced.

    Each pattern is only tried on a text with its sign: a body may have thousands of texts of a letter.
    """
    parts = _CODE.split(text)
    return "".join(_unescaped(part) if at % 2 else plain_of(_marked(part)) for at, part in enumerate(parts) if part)


def plain_of(text: str) -> str:
    """The text with its links, mentions, emoji and entities written out: Slack has these in plain texts, too."""
    text = _SHORT_NAME.sub(_drawn, text) if ":" in text else text
    return _unescaped(_ANGLE.sub(_written_out, text) if "<" in text else text)


def _drawn(found: re.Match[str]) -> str:
    return EMOJI.get(found[1], found[0])


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text) if "&" in text else text


def _marked(text: str) -> str:
    if "<" in text:
        text = _ANGLE.sub(lambda found: found[0].replace(found[1], found[1].translate(_MARKS), 1), text)
    text = _BOLD.sub(r"**\1**", text) if "*" in text else text
    return _STRUCK.sub(r"~~\1~~", text) if "~" in text else text


def _written_out(found: re.Match[str]) -> str:
    target, label = found[1], (found[2] or "").strip()
    if target[0] in "@#!":
        return _mention(target, label)
    address = re.sub(r"^(?:mailto|tel):", "", target, flags=re.IGNORECASE)
    return f"{label} ({address})" if label and label not in (address, target) else address


def _mention(target: str, label: str) -> str:
    """`<@U1|ann>` is @ann, `<#C1|room>` #room, `<!here>` @here; of a date the text beside it."""
    sign, name = ("#" if target[0] == "#" else "@"), target[1:]
    if name.startswith("date^"):
        return label
    name = label.removeprefix(sign) or name.partition("^")[0]
    return sign + name
