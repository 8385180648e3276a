"""The nickname profile of PRECIS (RFC 8266), with what it forbids although names need it.

Emoji made of several, single letters of Korean, and a joiner that Bengali and Kannada write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from .characters import RA_JOINER, ZWJ
from .errors import ErrorCode, Refused

# An emoji of several with joiners between them: the longest that fonts draw as one has four.
EMOJI_MAX = 4
_FLAGS = "|".join(  # of England, Scotland and Wales: a black flag, and letters from a plane that nobody sees
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# They stand for an emoji, and for a joiner, while the profile is applied, which lets symbols through as they are. Both
# are emoji themselves, so none is left in the text then.
_EMOJI, _JOINER = "\u2603", "\u2604"
_KOREAN = re.compile("([\u3131-\u3163\u3165-\u318e]+)")
_KOREAN_OF_A_KEYBOARD = re.compile("[\u3131-\u318e\uffa0-\uffdc]")
_NARROW_KOREAN = {
    code: int(decomposition.split()[1], 16)
    for code in range(0xFFA0, 0xFFDD)
    if (decomposition := unicodedata.decomposition(chr(code)))
}
_STAND_INS = re.compile(f"[{_EMOJI}{_JOINER}]")


def enforce(raw: str) -> tuple[str, str]:
    """`raw` by the profile; and the same with one symbol for each emoji, which is what its length is counted in.

    The caller bounds the length of `raw`. Raises Refused(name_invalid).
    """
    kept: list[str] = []

    def put_aside(found: Any) -> str:
        part: str = found[0]
        if unicodedata.normalize("NFKC", part) != part:
            return part  # a letter in a circle: the profile makes it a plain one
        kept.append(part)
        return _JOINER if part == ZWJ else _EMOJI

    plain = _SELECTORS.sub("", _sequences().sub(put_aside, raw))
    try:
        plain = _profile(korean=bool(_KOREAN_OF_A_KEYBOARD.search(plain)))(plain)
    except UnicodeEncodeError:
        raise Refused(ErrorCode.NAME_INVALID, "the name has characters that no name may have") from None
    parts = iter(kept)
    return _STAND_INS.sub(lambda _: next(parts), plain), plain


@cache
def _sequences() -> Any:
    import regex

    one = r"(?!\p{Cn})\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?"
    return regex.compile(f"{_FLAGS}|{one}(?:{ZWJ}{one}){{0,{EMOJI_MAX - 1}}}|{_KEYCAP}|{RA_JOINER}")


@cache
def _profile(*, korean: bool) -> Callable[[str], str]:
    """The profile as the RFC has it, or with letters of Korean, which takes longer."""
    from precis_i18n import get_profile  # with its tables, when the first name comes

    unicode: Any = _Unicode() if korean else unicodedata
    enforce: Callable[[str], str] = get_profile("NicknameCasePreserved", unicodedata=unicode).enforce
    return enforce


class _Unicode:
    """Python's `unicodedata` for the profile, except that NFKC leaves the letters of Korean as a keyboard gives them.

    It would make parts of syllables of them, which the profile forbids: ㅇㅇ, ㅋㅋ.
    """

    unidata_version = unicodedata.unidata_version
    category = staticmethod(unicodedata.category)
    combining = staticmethod(unicodedata.combining)
    bidirectional = staticmethod(unicodedata.bidirectional)

    def normalize(self, form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        if form != "NFKC":
            return unicodedata.normalize(form, text)
        parts = _KOREAN.split(text.translate(_NARROW_KOREAN))
        parts[::2] = (unicodedata.normalize("NFKC", part) for part in parts[::2])
        return "".join(parts)
