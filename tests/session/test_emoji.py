"""Which strings count as one emoji."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from wschat.errors import ErrorCode, Refused
from wschat.session.emoji import one_emoji

from ..support.server import ROOT

GOOD = "👍 ❤️ 👍🏽 🇷🇺 1️⃣ #️⃣ 👨‍👩‍👧‍👦 👩🏻‍❤️‍💋‍👨🏿 ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👁️‍🗨️ 🕵🏽‍♂️ 🏳️‍🌈 ©️ ☺️ 🫡".split()  # noqa: SIM905  joiners stay joined on the screen


@pytest.mark.parametrize("emoji", GOOD)
def test_an_emoji_is_what_unicode_calls_one(emoji: str) -> None:
    """Flags, keys, skin tones, regions, and pictures joined to one; each is left as it is."""
    assert one_emoji(emoji) == emoji


@pytest.mark.parametrize(("raw", "emoji"), [("❤", "❤️"), ("👍\ufe0f", "👍"), ("🏳‍🌈", "🏳️‍🌈"), ("1⃣", "1️⃣")])
def test_an_emoji_is_written_in_one_way(raw: str, emoji: str) -> None:
    """Keyboards differ in the selectors that they send, and all mean the same reaction."""
    assert one_emoji(raw) == emoji


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_emoji_that_the_page_offers_can_be_a_reaction(language: str) -> None:
    """Also in its other spelling."""
    groups = json.loads((ROOT / f"static/vendor/emoji-{language}.json").read_text(encoding="utf-8"))
    offered = [emoji for group in groups for emoji, *_ in group]
    assert len(offered) > 1000
    assert [emoji for emoji in offered if one_emoji(emoji).rstrip("\ufe0f") != emoji.rstrip("\ufe0f")] == []


BAD = [
    "",
    " ",
    "a",
    "1",
    "#",
    "é",
    "👍👍",
    "👍a",
    "a👍",
    "\u200d",
    "🇷",
    "🇷🇺🇷🇺",
    "👍\u0301",
    "❤\ufe0e",
    "👍\u200d",
    "\ufe0f",
    "😀🏿",  # two on the screen
    "👍\U000e0061\U000e0062\U000e0063\U000e007f",  # looks like 👍
    "🏴\U000e0061\U000e0020\U000e0062\U000e007f",
]


@pytest.mark.parametrize("raw", [*BAD, "👍" + "\u200d👍" * 9, "👍\U000e0041"])
def test_anything_else_is_none(raw: str) -> None:
    """Neither two of them, nor letters, nor what only looks like a part of one."""
    with pytest.raises(Refused) as refused:
        one_emoji(raw)
    assert refused.value.code is ErrorCode.BAD_FIELD


def test_its_tables_are_read_with_the_first_reaction() -> None:
    """A start doesn't pay for them."""
    check = "import sys, wschat.session; assert 'regex' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
