"""The password of a chat: a wrong one makes some people wait, and not others."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import pytest

from wschat.access import Tokens, access, new_key
from wschat.access.access import FREE_GUESSES, FREE_TYPOS, PasswordAccess
from wschat.config.command import _first_line
from wschat.errors import ErrorCode, Refused, StartError
from wschat.limits import recent
from wschat.protocol import Hello

from ..support import Nodes
from .raw import Raw, command

TOKENS = Tokens(new_key())
ANNA, STRANGER = TOKENS.sign("anna"), TOKENS.sign("stranger")


def admit(door: PasswordAccess, address: str = "192.0.2.1", **hello: Any) -> access.Admission:
    return door.admit(Hello(name="Анна", **hello), "chat", address, TOKENS)


def refusal(door: PasswordAccess, **hello: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        admit(door, **hello)
    return refused.value


def guess(door: PasswordAccess, **hello: Any) -> float:
    """Say a wrong password; the seconds to wait."""
    return float(refusal(door, password="мимо", **hello).facts["retry_after"])


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_wrong_password_makes_its_address_wait_twice_as_long_each_time() -> None:
    """The delay is 1, 2, 4 … 60 s; meanwhile the right password is rejected too, and other addresses don't wait."""
    clock = Clock()
    door = PasswordAccess("сезам", [], clock)
    waits = []
    for _ in range(8):
        wrong = refusal(door, password="мимо")
        assert wrong.code == ErrorCode.PASSWORD_WRONG
        waits.append(wrong.facts["retry_after"])
        early = refusal(door, password="сезам")
        assert early.facts["retry_after"] == pytest.approx(waits[-1])
        clock.now += float(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert admit(door, address="192.0.2.2", password="сезам").name == "Анна"
    assert admit(door, password="сезам").name == "Анна"
    assert refusal(door, password="мимо").facts["retry_after"] == 1  # the right one has wiped the slate


def test_addresses_that_guess_are_forgotten_in_bounds() -> None:
    """A botnet can't fill the memory with its addresses."""
    door = PasswordAccess("сезам", [], Clock())
    for number in range(recent.REMEMBERED + 500):
        refusal(door, address=str(number), password="мимо")
    assert len(door._failures) == recent.REMEMBERED


@pytest.mark.parametrize("password", ["", "сезам ", "Сезам", "\ud800", "x" * 1024])
def test_only_the_password_is_the_password(password: str) -> None:
    """Any other text is rejected, including text that can't be encoded."""
    assert refusal(PasswordAccess("сезам", [], Clock()), password=password).code == ErrorCode.PASSWORD_WRONG


async def test_a_chat_with_a_password_asks_for_it(nodes: Nodes) -> None:
    """The connection stays open, so that the page can ask the person for it."""
    await nodes.start(1, password="сезам")
    raw = await Raw.connect(nodes.nodes[0].edge.port)
    raw.send(command("hello", name="Анна"))
    assert (await raw.event("error"))["code"] == "password_required"
    raw.send(command("hello", name="Анна", password="мимо"))
    wrong = await raw.event("error")
    assert (wrong["code"], wrong["retry_after"]) == ("password_wrong", 1.0)
    raw.send(command("post", id="1", text="не вошла"))
    assert (await raw.event("error"))["code"] == "hello_first"
    await asyncio.sleep(1.1)
    raw.send(command("hello", name="Анна", password="сезам"))
    assert (await raw.event("welcome"))["you"]["name"] == "Анна"


# -- behind one address -------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> PasswordAccess:
    return PasswordAccess("сезам", [], clock)


def test_who_knows_the_password_and_has_a_token_waits_for_nobody_elses_words(
    door: PasswordAccess, clock: Clock
) -> None:
    """A stranger at the same address says wrong ones for an hour, with and without a token of their own."""
    for _ in range(600):
        for token in (None, STRANGER):
            refusal(door, password="мимо", token=token)
        assert admit(door, password="сезам", token=ANNA).person == "anna"
        clock.now += 6


def test_who_came_in_without_a_token_waits_for_nobody_the_next_time(door: PasswordAccess) -> None:
    """The token that they got with the first welcome is known."""
    newcomer = admit(door, password="сезам").person
    guess(door)
    assert admit(door, password="сезам", token=TOKENS.sign(newcomer)).person == newcomer


def test_a_token_gives_no_free_guesses(door: PasswordAccess, clock: Clock) -> None:
    """Its person waits as an address does, at every address, and the right one isn't looked at meanwhile."""
    waits = []
    for number in range(8):
        waits.append(guess(door, token=STRANGER, address=f"192.0.2.{number}"))
        assert refusal(door, password="сезам", token=STRANGER, address="192.0.2.99").facts["retry_after"] == waits[-1]
        clock.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert admit(door, password="сезам", token=STRANGER)


def test_many_tokens_give_few_guesses(door: PasswordAccess, clock: Clock) -> None:
    """Somebody gathered a thousand while the chat was open: they have about a hundred guesses an hour."""
    looked_at = 0
    for second in range(3600):
        token = TOKENS.sign(f"collected-{second % 1000}")
        looked_at += refusal(door, password="мимо", token=token).detail == "wrong password"
        clock.now += 1
    assert looked_at <= FREE_GUESSES + 8 + 60
    assert admit(door, password="сезам", token=ANNA, address="192.0.2.2")


def test_many_tokens_delay_nobody_who_was_in_before(door: PasswordAccess) -> None:
    """Anna has said the right password here, so the strangers around her don't count."""
    admit(door, password="сезам", token=ANNA)
    for number in range(FREE_GUESSES + 5):
        refusal(door, password="мимо", token=TOKENS.sign(f"collected-{number}"))
    assert refusal(door, password="сезам", token=TOKENS.sign("unknown")).detail == "wait before trying again"
    assert admit(door, password="сезам", token=ANNA).person == "anna"


def test_who_knows_the_password_may_mistype_it(door: PasswordAccess) -> None:
    """Three slips cost nothing; a stolen token has no more than these."""
    admit(door, password="сезам", token=ANNA)
    for _ in range(FREE_TYPOS):
        assert guess(door, token=ANNA) == 0
    assert admit(door, password="сезам", token=ANNA)
    assert [guess(door, token=ANNA) for _ in range(FREE_TYPOS + 1)][-1] == 1
    assert refusal(door, password="сезам", token=ANNA).detail == "wait before trying again"


def test_a_right_word_with_a_token_forgives_no_one_else(door: PasswordAccess, clock: Clock) -> None:
    """Otherwise the comings of an office would let a stranger in it guess on and on."""
    for expected in (1, 2, 4):
        assert guess(door) == expected
        admit(door, password="сезам", token=ANNA)
        clock.now += expected


@pytest.mark.parametrize(
    "token",
    ["anna", "anna.x.y", STRANGER[:-1], Tokens(new_key()).sign("anna"), "я" * 1024],
    ids=["no parts", "no time", "cut", "another key's", "long"],
)
def test_a_token_that_doesnt_hold_is_none(door: PasswordAccess, token: str) -> None:
    """Forged, cut or foreign, it counts as its address does."""
    assert guess(door) == 1
    assert refusal(door, password="сезам", token=token).detail == "wait before trying again"


def test_persons_who_guess_and_who_came_in_are_forgotten_in_bounds(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attacker can't fill the memory, whether with many tokens or with the right password."""
    monkeypatch.setattr(recent, "REMEMBERED", 50)
    door = PasswordAccess("сезам", [], clock)
    for number in range(200):
        refusal(door, password="мимо", token=TOKENS.sign(f"p{number}"), address=str(number))
        admit(door, password="сезам", address="192.0.2.7")
        refusal(door, password="мимо", token=TOKENS.sign(f"p{number}"), address="192.0.2.8")
        clock.now += 100
    assert {len(counts) for counts in (door._guesses, door._guesses_nearby, door._admitted)} == {50}


# -- in a file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"sesame", "sesame"), (b"sesame\n", "sesame"), (b"sesame\r\n", "sesame"), (b"sesame\nmore\n", "sesame"),
        (b"\xef\xbb\xbfsesame\r\n", "sesame"), (b" two words \n", " two words "), (b"\tsesame\t", "\tsesame\t"),
        ("сезам\n".encode(), "сезам"), ("a\u2028b\x0bc\x85d\n".encode(), "a\u2028b\x0bc\x85d"), (b"", ""), (b"\nx", ""),
        ("сезам\u00a0\n".encode(), "сезам\u00a0"), (b"a\rb\n", "a\rb"),
    ],
)  # fmt: skip
def test_a_password_in_a_file_is_its_first_line_as_it_is(tmp_path: Path, content: bytes, password: str) -> None:
    """Spaces count; the mark of UTF-8 and either kind of newline don't."""
    (tmp_path / "password").write_bytes(content)
    assert _first_line(tmp_path / "password", "--password-file") == password


@pytest.mark.parametrize("content", ["сезам".encode("utf-16"), "sesame".encode("utf-16-le"), b"\xff\xfe", b"\x89PNG\0"])
def test_a_file_that_isnt_utf_8_is_refused(tmp_path: Path, content: bytes) -> None:
    """PowerShell writes UTF-16, which would be a password that nobody can type."""
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(click.UsageError, match="UTF-8"):
        _first_line(tmp_path / "password", "--password-file")


def test_a_password_that_no_client_can_send_stops_the_start() -> None:
    """The wire takes 1,024 characters, and a field of the page one line."""
    assert PasswordAccess("x" * 1024, [], Clock())
    with pytest.raises(StartError, match="1024"):
        PasswordAccess("x" * 1025, [], Clock())
    with pytest.raises(StartError, match="more than one line"):
        PasswordAccess("sesame\nopen", [], Clock())
