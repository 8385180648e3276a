"""Characters that Unicode allows although they are invisible, or cover the lines around them.

The sets are spelled out where Python's own tables differ from version to version.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

MARKS_MAX = 2  # accents on one letter: Vietnamese needs two, and more cover the lines above
# Scripts by the most marks on one letter in real words: vowels, tones and subjoined letters are marks there, too.
SCRIPTS_BY_MARKS_MAX = {
    3: "Lao",
    4: "Arabic Bengali Chakma Cham Devanagari Grantha Gujarati Gurmukhi Hebrew Kaithi Khmer Lepcha Limbu Malayalam "
    "Meetei_Mayek Modi Newa Oriya Rejang Saurashtra Sinhala Sundanese Syloti_Nagri Syriac Tamil Telugu Tirhuta",
    5: "Balinese Javanese Kannada Tibetan",
    6: "Myanmar Tai_Tham",
}

# Default_Ignorable_Code_Point: joiners, controls of direction, variation selectors, tags, fillers.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Letters and symbols, by category, that are invisible all the same: a Braille cell without dots, a note without
# a head, blanks and joiners of hieroglyphs, a filler, a stand-in for an object that isn't there.
_BLANK = "\u2800\ufff9-\ufffc\U00013430-\U0001343f\U00013441\U00013442\U00016fe4\U0001d159"
_CONTROL = "\x01-\x1f\x7f-\x9f"  # not NUL: a text with it is refused for that

IGNORABLE = re.compile(f"[{_IGNORABLE}]+")
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")  # turns the text behind it, up to its counterpart
BLANK = re.compile(f"[{_BLANK}]")
VISIBLE = re.compile(rf"[^\s{_CONTROL}{_IGNORABLE}{_BLANK}]")

ZWNJ, ZWJ = "\u200c", "\u200d"
# Bengali and Kannada also write a joiner before the virama of RA: র‍্যাব. RFC 5892 doesn't know of it.
RA_JOINER = "(?<=[\u09b0\u09f0])\u200d(?=\u09cd)|(?<=\u0cb0)\u200d(?=\u0ccd)"
_RA_JOINER = re.compile(RA_JOINER)


def is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc", "Me")


def has_stacked_marks(text: str) -> bool:
    """Whether one letter has so many accents that they cover the lines around.

    That is more than two, or in scripts that write vowels as marks, more than their words need; or three with a repeat.
    """
    if text.isascii():
        return False
    rows = _tables().marked.finditer(unicodedata.normalize("NFD", text))
    return any(_is_stack(row[1], row[2]) for row in rows)


def joiner_fits(text: str, at: int) -> bool:
    """Whether the joiner at position `at` changes the look of the letters around it. Otherwise it is invisible.

    The rules are those of RFC 5892 (A.1, A.2); in addition, a letter must follow a non-joiner.
    """
    if _RA_JOINER.match(text, at):
        return True
    if text[at] == ZWNJ and not text[at + 1 : at + 2].isalpha():
        return False
    from precis_i18n.context import context_rule_error
    from precis_i18n.unicode import UnicodeData

    return not context_rule_error(text, at, UnicodeData())


def _is_stack(base: str, marks: str) -> bool:
    script = _tables().scripts.match(base)
    if script is None or len(set(marks)) < len(marks):
        return True
    most, own = _tables().limits[script.lastgroup]
    return len(marks) > most or len(own.sub("", marks)) > MARKS_MAX


class _Tables:
    """Patterns of `regex`, which knows scripts and marks. They are made for the first name that isn't plain."""

    def __init__(self) -> None:
        import regex

        limits = [(script, most) for most, scripts in SCRIPTS_BY_MARKS_MAX.items() for script in scripts.split()]
        self.limits = {script: (most, regex.compile(rf"\p{{scx={script}}}")) for script, most in limits}
        self.scripts: Any = regex.compile("|".join(rf"(?P<{script}>\p{{sc={script}}})" for script in self.limits))
        self.marked: Any = regex.compile(rf"(?s)(.?)(\p{{M}}{{{MARKS_MAX + 1},}})")


@cache
def _tables() -> _Tables:
    return _Tables()
