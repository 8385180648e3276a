"""The nickname profile of PRECIS (RFC 8266), with exceptions for characters that it forbids or alters, but names need.

These are emoji made of several, letters that NFKC takes apart, and a joiner in Bengali and Kannada.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from ..characters import RA_JOINER, ZWJ
from ..errors import ErrorCode, Refused

# The pictures in an emoji of several with joiners between them: fonts draw at most four as one.
EMOJI_MAX = 4
_FLAGS = "|".join(  # of England, Scotland and Wales: a black flag, and invisible letters from another plane
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Stand-ins for an emoji and for a joiner while the profile is applied, which leaves symbols unchanged. Both are emoji
# themselves, so the text can't contain others by then.
_EMOJI, _JOINER = "\u2603", "\u2604"
# Letters that NFKC takes apart, although words are written with them: և of Armenian, ำ of Thai, ຳ ໜ ໝ of Lao, and
# single letters of Korean. Of น้ำ it would make น้ํา, whose marks stand in the wrong order.
_WHOLE = "\u0587\u0e33\u0eb3\u0edc\u0edd\u3131-\u3163\u3165-\u318e"
_WHOLE_LETTERS = re.compile(f"([{_WHOLE}]+)")
_WHOLE_OR_NARROW = re.compile(f"[{_WHOLE}\uffa0-\uffdc]")
_NARROW_KOREAN = {
    code: int(decomposition.split()[1], 16)
    for code in range(0xFFA0, 0xFFDD)
    if (decomposition := unicodedata.decomposition(chr(code)))
}
_STAND_INS = re.compile(f"[{_EMOJI}{_JOINER}]")


def enforce(raw: str) -> tuple[str, str]:
    """(`raw` in the form of the profile, that form with one symbol for each emoji, by which the length is counted).

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
        plain = _profile(whole=bool(_WHOLE_OR_NARROW.search(plain)))(plain)
    except UnicodeEncodeError:
        raise Refused(ErrorCode.NAME_INVALID, "the name has characters that no name may have") from None
    parts = iter(kept)
    return _STAND_INS.sub(lambda _: next(parts), plain), plain


@cache
def _sequences() -> Any:
    import regex

    one = r"(?!\p{Cn})\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?"
    return regex.compile(f"{_FLAGS}|{one}(?:{ZWJ}{one}){{0,{EMOJI_MAX - 1}}}|{_KEYCAP}|{RA_JOINER}")


def normalized(text: str) -> str:
    """`text` in NFKC, but letters stay whole if NFKC would split them into several, or into parts of syllables."""
    parts = _WHOLE_LETTERS.split(text.translate(_NARROW_KOREAN))
    parts[::2] = (unicodedata.normalize("NFKC", part) for part in parts[::2])
    return "".join(parts)


@cache
def _profile(*, whole: bool) -> Callable[[str], str]:
    """The profile of the RFC, or with `whole`, a slower one in which letters stay whole."""
    from precis_i18n import get_profile  # with its tables, when the first name comes

    unicode: Any = _Unicode() if whole else unicodedata
    enforce: Callable[[str], str] = get_profile("NicknameCasePreserved", unicodedata=unicode).enforce
    return enforce


class _Unicode:
    """Python's `unicodedata` for the profile, except that NFKC leaves some letters whole.

    The profile forbids the parts of syllables that it would make of ㅇㅇ and ㅋㅋ.
    """

    unidata_version = unicodedata.unidata_version
    category = staticmethod(unicodedata.category)
    combining = staticmethod(unicodedata.combining)
    bidirectional = staticmethod(unicodedata.bidirectional)

    def normalize(self, form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        return normalized(text) if form == "NFKC" else unicodedata.normalize(form, text)
