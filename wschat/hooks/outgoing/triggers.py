"""Which messages are for an outgoing hook: those that mention its name, or begin with its word.

A mention is what the page marks as one (static/js/text/names.js): an @ at the beginning of a word, and the longest name
that stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

from ...names import folded

_WORD = r"[\p{L}\p{M}\p{N}_]"
# In these scripts, nothing stands between words.
_UNSPACED = (
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}ー々〆]"
)
_COMMAND = r"[\p{L}\p{M}\p{N}_-]{1,32}"


def word_of(raw: str) -> str | None:
    """A word with which messages may begin, without its slash; None if it can't be one."""
    word = raw.removeprefix("/")
    return word if regex.fullmatch(_COMMAND, word) else None


def begins_with(text: str, word: str) -> bool:
    """Whether the first word of the text is /`word`."""
    return folded(text).partition(" ")[0] == f"/{folded(word)}"


def mentions(text: str, name: str, others: Iterable[str] = ()) -> bool:
    """Whether the text mentions `name`. Where one of the `others` that is longer stands, that is meant."""
    if "@" not in text and "＠" not in text:
        return False
    text, name = folded(text), folded(name)
    names = sorted({name, *map(folded, others)}, key=len, reverse=True)
    at = text.find("@")
    while at >= 0:
        if _starts_word(text, at) and next((one for one in names if _stands_at(text, at + 1, one)), None) == name:
            return True
        at = text.find("@", at + 1)
    return False


def _stands_at(text: str, at: int, name: str) -> bool:
    return text.startswith(name, at) and _ends_word(text, at + len(name))


def _starts_word(text: str, at: int) -> bool:
    before = text[at - 1 : at]
    if before == "_":
        return not _is_word(text[at - 2 : at - 1])
    return before != "@" and not _is_word(before)


def _ends_word(text: str, at: int) -> bool:
    last, following = text[at - 1], text[at : at + 1]
    if following and following in "._-":
        return not _is_word(text[at + 1 : at + 2]) or _is_unspaced(last)
    return not (_is_word(following) and _is_word(last))


def _is_word(char: str) -> bool:
    return bool(regex.match(_WORD, char)) and not _is_unspaced(char)


def _is_unspaced(char: str) -> bool:
    return bool(regex.match(_UNSPACED, char))
