"""The words of texts as a search compares them: without case and accents, and by their stems.

One rule for both sides: a *term* is how a word stands in an index, and a query is made of parts of terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

WORD_MAX = 40  # letters: of longer words, only the beginning counts. NFKC makes 18 letters of one

_WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}\u00ad]*|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}"  # or an emoji
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"  # no spaces between words
_ACCENTED = r"[\p{Latin}\p{Greek}]"  # where people leave accents out; elsewhere marks are letters
_STRESS = "\u0301"  # as in за́мок
# Nearly all texts and their words, once they are in lower case and without ё: they need no more care.
_PLAIN_TEXT = r"[\x00-\x7fа-я—–«»…№]*"
_PLAIN_WORD = r"[0-9a-zа-я]+"


class Query:
    """What a person looks for: messages with all of these words, in whatever form.

    The last word may be the beginning of a longer one, unless something follows it. In a script without spaces a word
    may stand anywhere.
    """

    def __init__(self, text: str) -> None:
        words = _words(text)
        is_unfinished = bool(words) and text.endswith(words[-1])
        self._parts = [_parts(word, may_go_on=is_unfinished and at == len(words)) for at, word in enumerate(words, 1)]

    def __bool__(self) -> bool:
        return bool(self._parts)

    def matching(self, numbers: list[int], terms: Mapping[int, str]) -> list[int]:
        """Those of the messages with these numbers whose terms have all words; one without terms has none."""
        for same, begins in self._parts:
            numbers = [each for each in numbers if same in (its := terms.get(each, "")) or begins in its]
        return numbers

    def matched_words(self, text: str) -> list[str]:
        """The words of a text that were looked for, as they stand there, each once; none unless all are there."""
        known = Terms()
        terms = {word: known[_folded(word)] for word in _words(text)}
        if not self.matching([0], {0: "".join(terms.values())}):
            return []
        wanted = dict.fromkeys(part for parts in self._parts for part in parts)
        found = ((word, part) for word, term in terms.items() for part in wanted if part in term)
        return list(dict.fromkeys(part if part in word else word for word, part in found))


class Terms(dict[str, str]):
    """The terms of folded words: for texts that are read at the same time, since they share most words. Nobody may
    keep it: it would hold words of deleted texts.
    """

    def __missing__(self, folded: str) -> str:
        word = _cut(folded)
        self[folded] = term = f" {word}|{_stem(word)} "
        return term

    def of(self, text: str) -> str:
        """The terms of all words of a text, each once."""
        simple = _simple(text)
        is_plain = _plain(_PLAIN_TEXT).fullmatch(simple)
        words = _plain(_PLAIN_WORD).findall(simple) if is_plain else map(_folded, _words(text))
        return "".join(dict.fromkeys(map(self.__getitem__, words)))


def _words(text: str) -> list[str]:
    """The words of a text as they stand there."""
    words: list[str] = _pattern(_WORD).findall(text)
    return words


def _parts(word: str, *, may_go_on: bool) -> tuple[str, str]:
    """The parts of terms by which a word is found: one of them must be there."""
    folded = _folded(word)
    if _pattern(_UNSPACED).search(folded):
        return folded, folded
    start = _cut(folded)
    same = f"|{_stem(start)} "
    return same, f" {start}" if may_go_on else same


def _folded(word: str) -> str:
    """A word without what people don't mind: case, accents, ё instead of е, invisible hyphens."""
    folded = _simple(word)
    if _plain(_PLAIN_WORD).fullmatch(folded):
        return folded
    folded = _simple(unicodedata.normalize("NFKC", word)).replace("\u00ad", "").replace(_STRESS, "")
    if _pattern(_ACCENTED).search(folded):
        folded = "".join(char for char in unicodedata.normalize("NFD", folded) if not unicodedata.combining(char))
    return folded


def _simple(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _cut(folded: str) -> str:
    """As much of a word as counts. A row of words without spaces counts whole."""
    return folded if len(folded) <= WORD_MAX or _pattern(_UNSPACED).search(folded) else folded[:WORD_MAX]


def _stem(folded: str) -> str:
    """The stem of a word, by its alphabet; other Cyrillic and Latin letters don't begin words of these languages."""
    first = folded[:1]
    language = "russian" if "а" <= first <= "я" else "english" if "a" <= first <= "z" else ""
    return _stemmer(language)(folded) if language else folded


@cache
def _plain(source: str) -> re.Pattern[str]:
    return re.compile(source)  # faster than those of the module regex, which know Unicode


@cache
def _pattern(source: str) -> Any:
    import regex  # with its tables, when the first search comes

    return regex.compile(source)


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    import Stemmer  # when the first search comes

    stem: Callable[[str], str] = Stemmer.Stemmer(language, 0).stemWord  # its cache would keep words of deleted texts
    return stem
