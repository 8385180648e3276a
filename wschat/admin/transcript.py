"""A room's messages as a document: JSON Lines for programs, Markdown and HTML for people."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Literal

from msgspec import UNSET

from ..protocol import Message, Reaction, Reply, encode

Format = Literal["jsonl", "md", "html"]

_MARKUP = re.compile(r"(?m)^(\s*)([#>]|[-+*] |\d+[.)] |={3,}|-{3,})|([\\<&])")
HEAD = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
  body {{ max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }}
  h2 {{ font-size: 1rem; text-align: center; margin: 2rem 0 1rem; opacity: .7; }}
  article {{ margin: .75rem 0; overflow-wrap: anywhere; }}
  header {{ font-weight: 600; }}
  time, .note {{ font-weight: 400; opacity: .65; font-size: .875rem; }}
  p {{ margin: .125rem 0; white-space: pre-wrap; }}
  .reply {{ opacity: .75; border-inline-start: 3px solid; padding-inline-start: .5rem; font-size: .875rem; }}
</style>
<h1>{title}</h1>
"""
WORDS = {
    "ru": {"deleted": "сообщение удалено", "edited": "изменено", "reply": "ответ на сообщение"},
    "en": {"deleted": "message deleted", "edited": "edited", "reply": "in reply to a message of"},
}


class Transcript:
    """Turns messages into text, one after the other. `lang` is "ru" or "en"; times are in UTC."""

    def __init__(self, format_: Format, room: str, lang: str) -> None:
        self._room = room
        self._lang = lang
        self._words = WORDS[lang]
        self._day = ""
        self._write: Callable[[Message], str] = {"jsonl": _json, "md": self._markdown, "html": self._html}[format_]
        self._format = format_

    def head(self) -> str:
        """What stands before the first message."""
        if self._format == "html":
            return HEAD.format(lang=self._lang, title=escape(self._room))
        return f"# {_plain(self._room)}\n" if self._format == "md" else ""

    def message(self, message: Message) -> str:
        return self._write(message)

    # -- within ------------------------------------------------------------------

    def _new_day(self, message: Message, form: str) -> str:
        day = message.time[:10]
        if day == self._day:
            return ""
        self._day = day
        return form.format(day)

    def _markdown(self, message: Message) -> str:
        lines = [self._new_day(message, "\n## {}\n"), f"**{_plain(message.sender.name)}** {self._note(message)}\n"]
        if message.reply is not UNSET:
            lines.append(f"> {self._reply(_plain(message.reply.sender.name), message.reply)}\n")
        lines.append(f"*{self._words['deleted']}*" if message.deleted else _plain(_text(message)).replace("\n", "  \n"))
        return "\n".join(filter(None, [*lines, _reactions(message.reactions)])) + "\n\n"

    def _html(self, message: Message) -> str:
        parts = [
            self._new_day(message, "<h2>{}</h2>\n"),
            f'<article id="m{message.seq}">\n<header>{escape(message.sender.name)} ',
            f'<time datetime="{message.time}">{self._note(message)}</time></header>\n',
        ]
        if message.reply is not UNSET:
            words = self._reply(escape(message.reply.sender.name), message.reply)
            parts.append(f'<div class="reply"><a href="#m{message.reply.seq}">{words}</a></div>\n')
        if message.deleted:
            parts.append(f'<p class="note">{self._words["deleted"]}</p>\n')
        else:
            parts.append(f"<p>{escape(_text(message))}</p>\n")
        if message.reactions:
            parts.append(f'<div class="note">{escape(_reactions(message.reactions))}</div>\n')
        return "".join([*parts, "</article>\n"])

    def _note(self, message: Message) -> str:
        """When it was written, and whether it was edited."""
        time = message.time[11:16]
        return f"{time}, {self._words['edited']}" if message.edited is not UNSET else time

    def _reply(self, name: str, reply: Reply) -> str:
        return f"{self._words['reply']} {name} ({reply.seq})"


def _json(message: Message) -> str:
    return encode(message).decode() + "\n"


def _text(message: Message) -> str:
    return "" if message.text is UNSET else message.text


def _reactions(reactions: list[Reaction]) -> str:
    return "  ".join(f"{reaction.emoji} {reaction.count}" for reaction in reactions)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is where it would make headings, lists, quotes or HTML of it; bold and code stay,
    as the page shows them too.
    """
    return _MARKUP.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"\\{found[3]}", text)
