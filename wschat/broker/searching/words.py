"""The words of texts as a search compares them: without case and accents, and by their stems.

One rule for both sides: an *entry* is how a word stands in an index, and a query is made of parts of entries.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

_TOKEN = r"[\p{L}\p{N}_][\p{L}\p{N}_\p{M}\u00ad]*|\p{Extended_Pictographic}"  # with soft hyphens within
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"  # no spaces between words
_ACCENTED = r"[\p{Latin}\p{Greek}]"  # where people leave accents out; elsewhere marks are letters
_PLAIN = "[0-9a-zа-я_]+"  # nearly all words
_STRESS = "\u0301"  # as in за́мок


class Query:
    """What a person looks for: messages with all of these words, in whatever form.

    The last word may be the beginning of a longer one, unless something follows it. In a script without spaces a word
    may stand anywhere.
    """

    def __init__(self, text: str) -> None:
        tokens = _tokens(text)
        is_unfinished = bool(tokens) and text.endswith(tokens[-1])
        self._words = [
            _parts(token, may_go_on=is_unfinished and at == len(tokens)) for at, token in enumerate(tokens, 1)
        ]

    def __bool__(self) -> bool:
        return bool(self._words)

    def fits(self, entries: str) -> bool:
        """Whether all words are among these entries, the `entries` of a text."""
        for parts in self._words:
            for part in parts:
                if part in entries:
                    break
            else:
                return False
        return True

    def found_in(self, text: str) -> list[str]:
        """The words of a text that were looked for, as they stand there, each once; none unless all are there."""
        entries = Entries()
        if not self.fits(entries.of(text)):
            return []
        wanted = [part for parts in self._words for part in parts]
        found = ((token, part) for token, entry in entries.items() for part in wanted if part in entry)
        return list(dict.fromkeys(part if part in token else token for token, part in found))


class Entries(dict[str, str]):
    """The entries of words, by the word: for texts that are read at the same time, since they share most words. Nobody
    may keep it: it would hold words of deleted texts.
    """

    def __missing__(self, token: str) -> str:
        self[token] = entry = _entry(token)
        return entry

    def of(self, text: str) -> str:
        """The entries of all words of a text, each once."""
        return "".join(dict.fromkeys(map(self.__getitem__, _tokens(text))))


def entries_of(text: str) -> str:
    """The entries of all words of a single text, each once."""
    return Entries().of(text)


def _tokens(text: str) -> list[str]:
    tokens: list[str] = _pattern(_TOKEN).findall(text)
    return tokens


def _entry(token: str) -> str:
    word = _folded(token)
    return f" {word}|{_stem(word)} "


def _parts(token: str, *, may_go_on: bool) -> tuple[str, ...]:
    """The parts of entries by which a word is found: any of them will do."""
    word = _folded(token)
    if _pattern(_UNSPACED).search(word):
        return (word,)
    same = f"|{_stem(word)} "
    return (same, f" {word}") if may_go_on else (same,)


def _folded(token: str) -> str:
    """A word without what people don't mind: case, accents, ё instead of е, invisible hyphens."""
    word = token.casefold().replace("ё", "е")
    if _pattern(_PLAIN).fullmatch(word):
        return word
    word = unicodedata.normalize("NFKC", word)
    word = word.replace("\u00ad", "").replace(_STRESS, "")
    if _pattern(_ACCENTED).search(word):
        word = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    return word


def _stem(word: str) -> str:
    """The stem of a word, by its alphabet; other Cyrillic and Latin letters don't begin words of these languages."""
    first = word[:1]
    language = "russian" if "а" <= first <= "я" else "english" if "a" <= first <= "z" else ""
    return _stemmer(language)(word) if language else word


@cache
def _pattern(source: str) -> Any:
    import regex  # with its tables, when the first search comes

    return regex.compile(source)


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    import Stemmer  # when the first search comes

    stem: Callable[[str], str] = Stemmer.Stemmer(language, 0).stemWord  # its cache would keep words of deleted texts
    return stem
