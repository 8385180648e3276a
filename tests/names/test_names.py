"""Names as people write them in every script, and how names are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wschat.errors import Refused
from wschat.model import NAME_MAX
from wschat.names import Reserved, folded, numbered, person_name, skeletons

from ..support.nodes import defaults

WORDS = [
    *["སྒྲོལ་མ", "བསྒྲུབས", "སྨྱུང་གནས", "ཧཱུྃ"],  # Tibetan: subjoined letters are marks
    *["မြို့", "သို့", "မျှော်", "လျှော့", "မြွှာ", "သင်္ဘော"],  # Burmese: so are medials, vowels and tones
    *["फ़ैंटम", "श्रीमान्", "हूँ", "क्‍ष", "क्‌ष"],  # Hindi
    *["র‍্যাচেল", "ক্ষ্মী", "ড়োঁ"],  # Bengali, with a joiner before its virama
    *["ಕೋಂ", "ಕನ್ನಡ", "శ్రీ", "தமிழ்", "ക്ഷേ", "ન્યૂ", "ਪੰਜਾਬੀ", "ଓଡ଼ିଆ", "ශ්‍රී", "කෝං"],
    *["ขึ้น", "น้ำ", "ຫຼິ້ນ", "ນ້ຳ", "ខ្មែរ", "ប៉ុះ", "ꦏꦿꦺꦴꦁ"],
    *["הַשֵּׁם", "שָׁלוֹם", "مُحَمَّدٌ", "اللّٰه", "علی‌رضا"],
    *["ㅇㅇ", "ㅋㅋㅋ", "ㅠㅠ", "ㄱㄴ", "김ㅇㅇ", "한국어"],
    *["Nguyễn", "ọ̀", "ɔ̃́", "渡邉", "O’Brien", "l·l"],
]
EMOJI = [
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🏴‍☠️",
    "👩🏽‍💻",
    "❤️‍🔥",
    "1️⃣",
    "#️⃣",
    "*⃣",
    "🇺🇦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "👍🏿",
    "☃",
    "☄",
    "❤️",
    "🧑🏻‍❤️‍💋‍🧑🏿",
    "🩷",
    "🫨",
]
STACKED_MARKS = [
    "Z̴̢̛a̸̡l", "a\u0301\u0302\u0303", "ก็็็", "ก็่้", "क" + "ा" * 30, "क\u094d\u094d\u094d", "ཀ" + "\u0f92" * 4,
    "ཀ\u0301\u0302\u0303", "က\u0e48\u0e49\u0e4a\u0e4b", "ﺁ\u064b\u064b\u064b", "1\u20dd\u20dd\u20dd",
    "ש\u05b0\u05b0\u05b0",
]  # fmt: skip
UNSEEN = [
    "\u3164", "\uffa0", "\u115f", "\u1160", "\u2800", "\u200b", "\u00ad", "\ufeff", "\U000e0041", "\u17b4", "\ufe0f",
    "\U0001d159", "\U00013441", "\U00016fe4", "\ufffc", "\u180e", "\u061c", "\u2066\u2069", "\u3000", "\u00a0",
]  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_a_word_of_any_language_is_a_name(name: str) -> None:
    """It stays as it is written, but for the composition of its letters."""
    assert skeletons(person_name(name)) == skeletons(name)
    assert person_name(person_name(name)) == person_name(name)


@pytest.mark.parametrize("name", ["น้ำ", "ນ້ຳ", "ໜູ", "ໝາ", "Լևոն", "ㅇㅇ"])
def test_a_letter_is_not_taken_apart(name: str) -> None:
    """NFKC makes two letters of one; they stay as they are written, and nobody else has the name in two."""
    apart = unicodedata.normalize("NFKC", name)
    assert person_name(name) == name != apart
    assert person_name(name * (NAME_MAX // 4)) == name * (NAME_MAX // 4)
    assert not set(skeletons(name)).isdisjoint(skeletons(apart))


@pytest.mark.parametrize("name", EMOJI)
def test_an_emoji_is_a_character_of_a_name(name: str) -> None:
    """It stays as it is, alone and beside letters, and thirty of them fit as far as their code points do."""
    assert person_name(name) == name
    assert person_name(f"Анна {name}") == f"Анна {name}"
    fitting = min(NAME_MAX, 6 * NAME_MAX // len(name))
    assert person_name(name * fitting) == name * fitting


@pytest.mark.parametrize(
    "name", ["👨‍👨‍👨‍👨‍👨", "a\u200d👍", "👍\u200d", "1\u200d1", "🏴󠁧󠁢󠁥󠁮󠁧󠁧󠁿", "👍\U000e0041", "A\ufe0f\u200dB"]
)
def test_what_only_looks_like_an_emoji_of_several_is_no_name(name: str) -> None:
    """Joiners and tags that fonts don't draw could make two names that look the same."""
    with pytest.raises(Refused):
        person_name(name)


@pytest.mark.parametrize("stacked", STACKED_MARKS)
def test_stacked_marks_are_no_name(stacked: str) -> None:
    """Neither with accents, nor with repeated marks of a script, nor with those of another script."""
    for name in (stacked, f"Анна{stacked}"):
        with pytest.raises(Refused):
            person_name(name)


@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_name_that_nobody_can_see_is_none(unseen: str) -> None:
    """The same holds for several of them."""
    for name in (unseen, unseen * 3, f" {unseen} "):
        with pytest.raises(Refused):
            person_name(name)


@pytest.mark.parametrize("name", ["\u0301", "\u0301Анна", "\u20dd", "\u0e49", "゛"])
def test_a_name_doesnt_begin_with_an_accent(name: str) -> None:
    """It would stand on whatever the page has before the name."""
    with pytest.raises(Refused):
        person_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("👨‍👩‍👧", "👨👩👧"), ("❤️", "❤"), ("1️⃣", "1⃣"), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴"), ("علی‌رضا", "علیرضا"), ("क्‍ष", "क्ष"), ("ㄱㅏ", "가"),
        ("Артём", "Артем"), ("O’Brien", "O'Brien"), ("İlkan", "ilkan"), ("Jean‑Luc", "Jean-Luc"), ("渡邉󠄂", "渡邉"),
    ],
)  # fmt: skip
def test_names_that_differ_in_what_one_may_not_see_claim_the_same(one: str, other: str) -> None:
    """Joiners, selectors and tags show nothing where a font lacks the picture; an ё is often written е."""
    assert set(skeletons(person_name(one))) & set(skeletons(person_name(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Йод", "И\u0306од"), ("Ёлка", "елка"), ("ЁЛКА", "Е\u0308лка"), ("José", "JOSE\u0301"), ("İlkan", "ilkan"),
        ("Ilkan", "ılkan"), ("İLKAN", "I\u0307lkan"), ("O’Brien", "o'brien"), ("Oʼbrien", "O`Brien"), ("O´B", "o‘b"),
        ("Straße", "STRASSE"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("ＡＮＮＡ", "anna"), ("ﬁ", "FI"), ("Жан‑Люк", "жан-люк"),
        ("❤️", "❤"), ("علی‌رضا", "علیرضا"), (" Анна   Мария ", "анна мария"), ("ＡＢ", "ab"), ("ㅇㅇ", "ﾷﾷ"), ("Ǆ", "dž"),
    ],
)  # fmt: skip
def test_names_are_compared_folded(one: str, other: str) -> None:
    """Case, composition, width, ё and е, all kinds of i, apostrophes and hyphens make no difference."""
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("Андрей", "Андреи"), ("José", "Jose"), ("Анна", "Инна"), ("ab", "a b")])
def test_folding_leaves_other_letters_apart(one: str, other: str) -> None:
    """An accent makes another letter."""
    assert folded(one) != folded(other)


texts = st.text(max_size=40) | st.text(
    st.sampled_from(
        "aЁеı1#👩👍🏿❤🏴☃☄‼ℹ\u200d\u200c\ufe0f\ufe0e\u20e3\u0301\u0307ㅇㅏ가ﾡক\u09b0\u09cd\u0f40\u0f92\U000e0067 ·・´ʼ"
    ),
    max_size=12,
)


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    """Otherwise a query could miss the name that it was copied from."""
    assert folded(folded(text)) == folded(text)


@given(texts, st.integers(2, 99999))
def test_any_text_is_a_name_that_stays_or_none(text: str, number: int) -> None:
    """A name that was accepted once is accepted unchanged the second time, and has good suggestions."""
    try:
        name = person_name(text)
    except Refused:
        return
    assert person_name(name) == name
    assert all(skeletons(name))
    assert person_name(numbered(name, number)).endswith(str(number))


@pytest.mark.parametrize(
    "name", ["👨‍👩‍👧‍👦" * 27, "l·l" * 10 + "l·", "カ・" * 16, "ế" * 32, "က\u103c\u102d\u102f\u1037" * 32]
)
def test_a_suggestion_for_a_long_name_is_cut_between_characters(name: str) -> None:
    """It is a name itself, and its last character is whole."""
    suggestion = numbered(name, 12)
    assert person_name(suggestion) == suggestion
    assert suggestion.endswith(" 12")
    assert name.startswith(suggestion.removesuffix(" 12"))


# -- reserved names ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Admin", "ADMIN", "Аdmin", "Admin 2", "admin!", "Ａdmin", "Сервер", "Cepвep", "CEPBEP"]
)
def test_reserved_names_are_kept_with_all_that_looks_like_them(name: str) -> None:
    """A number at the end would still make them look official."""
    assert person_name(name) in Reserved(["Admin", "Сервер"])


@pytest.mark.parametrize(
    "name",
    [
        "Вы",
        "вы",
        "Bы",
        "BЫ",
        "You",
        "уou",
        "Админ",
        "aдмин",
        "Бот",
        "Bot",
        "Модератор",
        "Модер 7",
        "👑 Админ",
        "_Бот_",
        "Извне",
    ],
)
def test_names_that_the_page_and_its_keepers_go_by_are_reserved_unasked(name: str) -> None:
    """The default keeps back what would pass for the reader, the server, a program or a moderator."""
    assert person_name(name) in Reserved(str(defaults()["RESERVED_NAMES"]).split(","))


@pytest.mark.parametrize("name", ["Adam", "Administratorka", "Серёжа", "2"])
def test_reserving_takes_nothing_else(name: str) -> None:
    """A name that merely starts like a reserved one is free."""
    assert person_name(name) not in Reserved(["Admin", "Сервер"])


@pytest.mark.parametrize("name", ["Анна", "Боря", "Ботаник", "Young", "Выдра", "Модест", "Чад", "Roots", "Botond", "2"])
def test_the_default_takes_no_name_of_a_person(name: str) -> None:
    """Only whole names are reserved."""
    assert person_name(name) not in Reserved(str(defaults()["RESERVED_NAMES"]).split(","))
