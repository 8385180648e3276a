"""Recognizes a single emoji by Unicode's properties (UTS #51), not by a list, so new emojis are included."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..errors import ErrorCode, Refused

_SELECTOR = "\ufe0f"  # requests the colourful form; keyboards may add or omit it where it is the default
_PICTURE = r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\ufe0f?)"
# The letters and digits of a region after a black flag. After any other picture they are invisible: twelve kinds of 👍
# would look alike.
_REGION = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
# A flag of a country or a region; a key; or up to four pictures joined to one, each with a selector or a skin tone.
_EMOJI = rf"\p{{Regional_Indicator}}{{2}}|{_REGION}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}(?:\u200d{_PICTURE}){{0,3}}"
_TEXT_BY_DEFAULT = r"(?=\p{Emoji})\P{Emoji_Presentation}(?!\p{Emoji_Modifier})"


def one_emoji(raw: str) -> str:
    """`raw` as one emoji, in its canonical form: ❤ and ❤️ are the same reaction.

    Raises Refused(bad_field).
    """
    if not _pattern(_EMOJI).fullmatch(raw):
        raise Refused(ErrorCode.BAD_FIELD, "`emoji` must be one emoji")
    emoji: str = _pattern(_TEXT_BY_DEFAULT).sub(lambda found: found[0] + _SELECTOR, raw.replace(_SELECTOR, ""))
    return emoji


@cache
def _pattern(source: str) -> Any:
    import regex  # with its tables, when the first reaction comes

    return regex.compile(source)
