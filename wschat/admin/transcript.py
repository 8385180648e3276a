"""Writes a room's messages as a document: JSON Lines for programs, Markdown and HTML for people."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Literal

from msgspec import UNSET

from ..model import MAIN_ROOM
from ..protocol import Message, Picture, Reaction, Reply, encode
from .local_time import local_time, local_zone
from .text_parts import LINK, html_of, text_parts

Format = Literal["jsonl", "md", "html"]

QUOTES_MAX = 10_000  # the newest messages whose first words a reply to them quotes
QUOTE_MAX = 80  # characters
# At the beginning of a line: headings, quotes, fences, lists, rules, tables. Anywhere: escapes, entities, links, code
# and the attributes after it, of which pandoc makes HTML.
_MARKUP = re.compile(
    r"(?m)^([^\S\n]*)([#>]|~{3}|[-+*](?=\s|$)|[-+*_=:|](?=[-+*_=:|\t\v\f ]*$))"
    r"|^([^\S\n]*\d+)([.)](?=\s|$))|([\\\[`{]|&(?=#?\w+;))|<"
)
_BRACKET = re.compile(r"(?<!/)\[")  # but for the one of an IPv6 address
_ENTITY = re.compile(r"(&#?\w+);")
_TICKS = re.compile("`+")
_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)
HEAD = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8886; --block: #8882; }}
  body {{ max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }}
  h1 {{ margin-bottom: 0; }}
  h2 {{ font-size: 1rem; text-align: center; margin: 2rem 0 1rem; opacity: .7; }}
  article {{ margin: .75rem 0; overflow-wrap: anywhere; }}
  article:target {{ background: var(--block); outline: .5rem solid var(--block); border-radius: 1px; }}
  header {{ font-weight: 600; }}
  time, .note {{ font-weight: 400; opacity: .7; font-size: .875rem; }}
  .text {{ margin: .125rem 0; white-space: pre-wrap; }}
  pre, code {{ font: .875em/1.5 ui-monospace, monospace; background: var(--block); border-radius: 4px; }}
  code {{ padding: .1em .3em; }}
  pre {{ margin: .25rem 0; padding: .5rem .75rem; white-space: pre-wrap; }}
  .reply {{ border-inline-start: 3px solid var(--line); padding-inline-start: .5rem; font-size: .875rem; }}
  .reply a {{ color: inherit; text-decoration: none; opacity: .8; }}
  .reply a:is(:hover, :focus-visible) {{ text-decoration: underline; }}
</style>
<h1>{title}</h1>
<p class="note">{times}</p>
"""
WORDS = {
    "ru": {
        "chat": "Чат",
        "times": "Время: {}",
        "picture": "картинка",
        "deleted": "сообщение удалено",
        "edited": "изменено",
        "before": "более раннее сообщение",
    },
    "en": {
        "chat": "Chat",
        "times": "Times: {}",
        "picture": "picture",
        "deleted": "message deleted",
        "edited": "edited",
        "before": "an earlier message",
    },
}


class Transcript:
    """Turns messages into text, one after the other. `lang` is "ru" or "en"; times are local, in JSON UTC."""

    def __init__(self, format_: Format, room: str, lang: str) -> None:
        self._room = room
        self._lang = lang
        self._words = WORDS[lang]
        self._day = ""
        self._quotes: dict[int, str] = {}  # number of a message: its first words
        self._write: Callable[[Message], str] = {"jsonl": _json, "md": self._markdown, "html": self._html}[format_]
        self._format = format_

    def head(self) -> str:
        """The part before the first message."""
        if self._format == "jsonl":
            return ""
        chat, times = self._words["chat"], self._words["times"].format(local_zone())
        title = chat if self._room == MAIN_ROOM else f"{self._room} — {chat}"
        if self._format == "html":
            return HEAD.format(lang=self._lang, title=escape(title), times=escape(times))
        return f"# {_plain(title)}\n\n{times}\n"

    def message(self, message: Message) -> str:
        text = self._write(message)
        self._remember(message)
        return text

    # -- within ------------------------------------------------------------------

    def _new_day(self, message: Message, form: str) -> str:
        day = local_time(message.time)[:10]
        if day == self._day:
            return ""
        self._day = day
        return form.format(escape(day))

    def _markdown(self, message: Message) -> str:
        name, note = _plain(message.sender.name), _plain(self._note(message))
        lines = [self._new_day(message, "\n## {}\n"), f"**{name}** {note}\n"]
        if message.reply is not UNSET:
            lines.append(f"> {_plain(self._quote(message.reply))}\n")
        lines.append(f"*{self._words['deleted']}*" if message.deleted else _markdown_of(_text(message)))
        if message.pictures:
            lines.append(f"\n{_plain(self._pictures(message))}")
        if message.reactions:
            lines.append(f"\n{_plain(_reactions(message.reactions))}")
        return "\n".join(filter(None, lines)) + "\n\n"

    def _html(self, message: Message) -> str:
        parts = [
            self._new_day(message, "<h2>{}</h2>\n"),
            f'<article id="m{message.seq}">\n<header>{escape(message.sender.name)} ',
            f'<time datetime="{escape(message.time)}">{escape(self._note(message))}</time></header>\n',
        ]
        if message.reply is not UNSET:
            words = escape(self._quote(message.reply))
            parts.append(f'<div class="reply"><a href="#m{message.reply.seq}">{words}</a></div>\n')
        if message.deleted:
            parts.append(f'<div class="note">{self._words["deleted"]}</div>\n')
        elif message.text or not message.pictures:
            parts.append(f'<div class="text">{html_of(_text(message))}</div>\n')
        if message.pictures:
            parts.append(f'<div class="note">{self._pictures(message)}</div>\n')
        if message.reactions:
            parts.append(f'<div class="note">{escape(_reactions(message.reactions))}</div>\n')
        return "".join([*parts, "</article>\n"])

    def _note(self, message: Message) -> str:
        """The time of a message, and whether it was edited."""
        time = local_time(message.time)[11:]
        is_edited = message.edited is not UNSET and not message.deleted
        return f"{time}, {self._words['edited']}" if is_edited else time

    def _pictures(self, message: Message) -> str:
        """The sizes of its pictures, which an export doesn't contain."""
        return sizes_of(message.pictures, self._words["picture"])

    def _remember(self, message: Message) -> None:
        text = " ".join(_text(message).split()) or self._pictures(message)
        words = self._words["deleted"] if message.deleted else text
        self._quotes[message.seq] = words if len(words) <= QUOTE_MAX else words[: QUOTE_MAX - 1] + "…"
        if len(self._quotes) > QUOTES_MAX:
            del self._quotes[next(iter(self._quotes))]

    def _quote(self, reply: Reply) -> str:
        """The person to whom a message replies, and the first words of their message as it is now."""
        return f"{reply.sender.name}: {self._quotes.get(reply.seq, self._words['before'])}"


def sizes_of(pictures: tuple[Picture, ...], word: str = "picture") -> str:
    """Pictures in words: `[picture 800×600]`, each."""
    return " ".join(f"[{word} {one.width}×{one.height}]" for one in pictures)


def _json(message: Message) -> str:
    return encode(message).decode() + "\n"


def _text(message: Message) -> str:
    return "" if message.text is UNSET else message.text


def _reactions(reactions: list[Reaction]) -> str:
    return "  ".join(f"{reaction.emoji} {reaction.count}" for reaction in reactions)


def _markdown_of(text: str) -> str:
    """The text with the page's code. CommonMark, GitHub and pandoc know its fences, plain Python-Markdown doesn't."""
    if not text:  # there are pictures
        return ""
    written = ""
    parts = list(text_parts(re.sub(r"\r\n?", "\n", text)))
    for (kind, content, part), following in zip(parts, [*(kind for kind, _, _ in parts[1:]), ""], strict=True):
        if kind == "fence":
            written += _fenced(content)
        elif kind == "code" and not _ends_with_address(written):
            written += part
        else:
            # Beside code, on the same line, a letter stands in for it: the line neither begins nor ends there.
            before = "" if not written or written.endswith("\n") else "x"
            after = "x" if following == "code" else ""
            plain = _plain(f"{before}{part}{after}").removeprefix(before).removesuffix(after)
            written += plain.replace("\n", "  \n")
    return written


def _ends_with_address(markdown: str) -> bool:
    """Whether an address may go on with what follows. If that is a backtick, it begins no code for some programs."""
    word = markdown[max(markdown.rfind(" "), markdown.rfind("\n")) + 1 :]
    return _ADDRESS.search(word) is not None


def _fenced(code: str) -> str:
    """A block of code, on lines of its own, between fences that don't occur in it."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(code)), default=0))
    return f"\n{fence}\n{code.rstrip()}\n{fence}\n"


def _plain(text: str) -> str:
    """The text with escapes where Markdown would show headings, lists, quotes, tables, links, pictures, code or HTML;
    bold stays, as the page shows it, too. In addresses, where a backslash would count, characters are percent-encoded.
    """
    return _MARKUP.sub(_escaped, LINK.sub(_address, text))


def _address(found: re.Match[str]) -> str:
    return _ENTITY.sub(r"\1%3B", _BRACKET.sub("%5B", found[0].replace("{", "%7B")))


def _escaped(found: re.Match[str]) -> str:
    if found[0] == "<":
        return "&lt;"  # an address before it would swallow a backslash
    indent, mark, number, point, other = found.groups()
    return f"{number}\\{point}" if number else f"{indent or ''}\\{mark or other}"
