"""The token that makes somebody the same person again."""

from __future__ import annotations

import pytest

from wschat.access import Tokens, new_key


def test_a_token_brings_back_its_person() -> None:
    """It works on another node too, since all have the same key."""
    key = new_key()
    token = Tokens(key).sign("ann-1")
    assert Tokens(key.encode()).person_id(token) == "ann-1"


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", "\ud800", "ann-1", "я" * 100])
def test_without_a_token_that_holds_everybody_is_somebody_new(token: str | None) -> None:
    """Knowing a person's public id doesn't help."""
    tokens = Tokens(new_key())
    first, second = tokens.person_id(token), tokens.person_id(token)
    assert "ann-1" not in (first, second)
    assert first != second


def test_a_secret_makes_the_same_person_before_there_is_a_token() -> None:
    """It does on every node; another secret is another person, and a valid token takes precedence."""
    key = new_key()
    tokens, other = Tokens(key), Tokens(key)
    person = tokens.person_id(None, "s" * 16)
    assert other.person_id("nonsense", "s" * 16) == person
    assert tokens.person_id(None, "t" * 16) != person
    assert tokens.person_id(tokens.sign("ann-1"), "s" * 16) == "ann-1"
    assert tokens.person_id_for_subject("s" * 16) != person, "a site's subject is another matter"


def test_a_token_that_was_changed_is_nobodys() -> None:
    """The signature covers the id and the time."""
    tokens = Tokens(new_key())
    token = tokens.sign("ann-1")
    assert tokens.person_id(token.replace("ann-1", "bob-1")) != "bob-1"
    assert tokens.person_id(token[:-1]) != "ann-1"


def test_another_key_revokes_every_token() -> None:
    """An operator can thus make everyone a new person."""
    token = Tokens(new_key()).sign("ann-1")
    assert Tokens(new_key()).person_id(token) != "ann-1"
