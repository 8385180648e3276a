"""Which words of a text a search finds, and by what."""

from __future__ import annotations

import unicodedata

import pytest

from wschat.broker.indexing.words import Query, Terms

FOUND = [  # what is typed, a text, and the words in it that are found
    ("кошка", "Видно кошку и двух кошек. О кошке!", ["кошку", "кошке"]),  # a vowel that comes and goes isn't known
    ("отчёт", "Отчеты готовы", ["Отчеты"]),
    ("отчет", "ОТЧЁТ готов", ["ОТЧЁТ"]),
    ("зелё", "Зеленый", ["Зеленый"]),
    ("running", "He runs, I ran", ["runs"]),
    ("кот", "котлета", ["котлета"]),  # the last word may go on
    ("коты", "Наш кот", ["кот"]),
    ("прив всем", "привет всем", []),  # only the last
    ("всем прив", "Привет всем", ["Привет", "всем"]),
    ("кошка собака", "кошка", []),
    ("cafe", "Café", ["Café"]),
    ("Ελλαδα", "Ελλάδα", ["Ελλάδα"]),
    ("замок", "за\u0301мок", ["за\u0301мок"]),
    ("мой", unicodedata.normalize("NFD", "Мой дом"), [unicodedata.normalize("NFD", "Мой")]),
    (unicodedata.normalize("NFD", "ёл"), "Елка", ["Елка"]),
    ("елка", unicodedata.normalize("NFD", "Ёлка"), [unicodedata.normalize("NFD", "Ёлка")]),
    ("дивный", "дивныи", []),  # й is a letter, not an и with an accent
    ("straße", "STRASSE", ["STRASSE"]),
    ("ｗｉｄｅ", "wide", ["wide"]),
    ("перенос", "пере\u00adнос", ["пере\u00adнос"]),
    ("don't", "I don't", ["don", "t"]),
    ("case", "call snake_case()", ["case"]),
    ("snake_case", "call snake_case_now()", ["snake", "case"]),
    ("hello", "𝐇𝐞𝐥𝐥𝐨", ["𝐇𝐞𝐥𝐥𝐨"]),
    ("🇷🇺", "из 🇷🇺🇩🇪", ["🇷🇺"]),
    ("8888", "http://localhost:8888/", ["8888"]),
    ("@Анна", "Анна, привет", ["Анна"]),
    ("猫", "我喜欢猫。", ["猫"]),  # no spaces: it may stand anywhere
    ("แมว", "ฉันรักแมว", ["แมว"]),
    ("ﾈｺ", "黒いネコ", ["ネコ"]),
    ("ネコ", "黒いﾈｺ", ["黒いﾈｺ"]),  # it stands there in another form
    ("हिन्दी", "हिन्दी में", ["हिन्दी"]),  # marks are letters
    ("👍", "ок 👍🏽", ["👍"]),
    ("", "anything", []),
    ("?!", "what?!", []),
    ("\u00ad\u0301", "anything", []),
]


@pytest.mark.parametrize(("typed", "text", "found"), FOUND, ids=[each[0] for each in FOUND])
def test_words_are_found_in_their_forms(typed: str, text: str, found: list[str]) -> None:
    """By the index as in the text itself."""
    query = Query(typed)
    assert query.matched_words(text) == found
    assert (bool(query) and bool(query.matching([1], {1: Terms().of(text)}))) == bool(found)


def test_of_a_very_long_word_the_beginning_counts() -> None:
    """So a message can't fill the memory: NFKC makes 18 letters of one. A row of words without spaces counts whole."""
    long = "абв" * 100
    assert Query(long + "г").matched_words(f"и {long}д") == [f"{long}д"]
    assert Query(long[:39]).matched_words(long) == [long]
    assert len(Terms().of("ﷺ" * 3990)) < 100
    assert Query("猫").matched_words("我" * 100 + "猫") == ["猫"]


@pytest.mark.parametrize("after", [" ", ".", ", "])
def test_a_word_that_something_follows_is_whole(after: str) -> None:
    """A space is enough."""
    assert Query("кот").matched_words("котлета") == ["котлета"]
    assert Query("кот" + after).matched_words("котлета") == []
    assert Query("кот" + after).matched_words("Коты!") == ["Коты"]


def test_a_word_that_is_there_twice_counts_once() -> None:
    """Its spellings are all found."""
    assert Terms().of("да, да, ДА") == Terms().of("да")
    assert Query("да").matched_words("Да, да") == ["Да", "да"]
