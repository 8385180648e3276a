"""Which messages are for a hook: the page marks the same mentions (tests/page)."""

from __future__ import annotations

import pytest

from wschat.hooks.outgoing.triggers import begins_with, mentions, word_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("@CI", "CI"),
        ("hey @ci!", "CI"),
        ("(@CI)", "CI"),
        ("@CI, @Ann", "CI"),
        ("_@CI_", "CI"),
        ("＠ＣＩ", "CI"),
        ("@Погодный  бот: что завтра?", "погодный бот"),
        ("@ёж", "Еж"),
        ("@CI.", "CI"),
        ("@CI-", "CI"),
        ("@小明你好", "小明"),
        ("@CI 2 and @CI", "CI"),
    ],
)
def test_a_name_behind_an_at_is_a_mention(text: str, name: str) -> None:
    """Compared as names are."""
    assert mentions(text, name, {"CI 2"})


@pytest.mark.parametrize(
    "text", ["", "CI", "@CIA", "ann@CI", "@@CI", "a_@CI", "@ CI", "@CI 2", "@CI-2", "@CI.example.org", "CI@", "@"]
)
def test_other_texts_are_none(text: str) -> None:
    """A name without an @, part of a word or of an address, or a longer name."""
    assert not mentions(text, "CI", {"CI 2"})


def test_the_first_word_is_a_command() -> None:
    """Whatever follows it."""
    assert begins_with("/Погода в Туле", "погода")
    assert begins_with("/погода", "Погода")
    for text in ("погода", "/погода,", "/погодаx", "а /погода", "/ погода", ""):
        assert not begins_with(text, "погода")


def test_a_word_is_letters_and_digits() -> None:
    """With or without its slash."""
    assert (word_of("/deploy"), word_of("погода-2")) == ("deploy", "погода-2")
    for raw in ("", "/", "two words", "//x", "x" * 33, "a.b"):
        assert word_of(raw) is None
