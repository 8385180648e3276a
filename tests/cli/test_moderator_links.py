"""`python -m wschat link`: moderators' links, made and revoked by the operator."""

from __future__ import annotations

import pytest

from wschat.moderation import read_link, sign_link

from ..support import Nodes, join
from ..support.program import Program


async def test_a_link_opens_the_room_for_a_moderator(node: Nodes, program: Program) -> None:
    """It is the room's address with a token behind `#`; the same one again, until it is revoked."""
    printed = (await program("link", "Кухня", "--moderator", "--base", "https://chat.example.org/")).output.strip()
    address, _, token = printed.partition("#mod=")
    assert address == "https://chat.example.org/r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F"
    assert (await join(node.ws(), "Ann", room="Кухня", mod=token)).welcome["role"] == "moderator"
    _, ann = (await program("people", "кухня")).output.splitlines()
    assert (ann.split()[0], ann.split()[-1]) == ("Ann", "moderator")
    assert (await program("link", "кухня", "--moderator", "--json")).json["token"] == token
    new = (await program("link", "кухня", "--moderator", "--revoke", "--json")).json["token"]
    assert "role" not in (await join(node.ws(), "Bob", room="кухня", mod=token)).welcome
    assert (await join(node.ws(), "Eve", room="кухня", mod=new)).welcome["role"] == "moderator"


async def test_one_link_opens_all_rooms(node: Nodes, program: Program) -> None:
    """Its address is the main room's, and a node takes it at once."""
    made = (await program("link", "--moderator", "--all-rooms", "--json")).json
    assert made["url"] == f"http://localhost:8888/#mod={made['token']}"
    assert (await join(node.ws(), "Ann", room="any", mod=made["token"])).welcome["role"] == "moderator"


async def test_a_plain_link_has_no_token(node: Nodes, program: Program) -> None:
    """An operator may just want the address."""
    assert (await program("link", "kitchen")).output == "http://localhost:8888/r/kitchen\n"


@pytest.mark.parametrize("base", ["chat.example.org", "ftp://chat.example.org", "https://", "https://example.org/#a"])
async def test_a_base_is_the_address_of_a_page(program: Program, base: str) -> None:
    """Nobody passes on a link that no browser opens."""
    done = await program.tried("link", "--base", base)
    assert (done.code, "such as https://chat.example.org" in done.errors) == (2, True)


@pytest.mark.parametrize("host", ["example.org", "chat"])
@pytest.mark.parametrize("path", ["", "/", "/chat", "/chat/"])
async def test_a_link_leads_below_the_path_of_the_chat(program: Program, host: str, path: str) -> None:
    """Everything else at that host is another site, so a base without the path gets it."""
    done = await program("--base-path", "/chat", "link", "kitchen", "--base", f"https://{host}{path}")
    assert done.output == f"https://{host}/chat/r/kitchen\n"


@pytest.mark.parametrize("settings", [("--host", "unix:/run/wschat/chat.sock"), ("--port", "0")])
async def test_where_no_setting_has_an_address_there_is_no_link(
    node: Nodes, program: Program, settings: tuple[str, ...]
) -> None:
    """The error asks for the address, and nothing has been revoked."""
    former = (await program("link", "--moderator", "--json")).json["token"]
    done = await program.tried(*settings, "link", "--moderator", "--revoke")
    assert (done.code, "--base" in done.errors) == (2, True)
    assert (await join(node.ws(), "Ann", mod=former)).welcome["role"] == "moderator"
    done = await program(*settings, "link", "--base", "https://chat.example.org")
    assert done.output == "https://chat.example.org/\n"


@pytest.mark.parametrize("words", [("link", "any"), ("say", "any", "hello")])
async def test_a_room_that_rooms_leaves_out_is_named(node: Nodes, program: Program, words: tuple[str, ...]) -> None:
    """Nobody could open the link, or read the message."""
    done = await program.tried("--rooms", "kitchen", *words)
    assert (done.code, "--rooms has no room any: nobody can enter it." in done.errors) == (2, True)
    assert "any" not in (await program("rooms")).output
    for room in ("chat", "Kitchen"):
        assert (await program("--rooms", "kitchen", words[0], room, *words[2:])).code == 0


@pytest.mark.parametrize("words", [("--revoke",), ("--all-rooms",)])
async def test_what_only_moderators_links_have_needs_the_word(program: Program, words: tuple[str, ...]) -> None:
    """Nothing is revoked by a slip."""
    done = await program.tried("link", *words)
    assert (done.code, "--moderator" in done.errors) == (2, True)


async def test_without_a_key_there_is_no_link(program: Program) -> None:
    """A server makes it when it starts for the first time."""
    done = await program.tried("link", "--moderator")
    assert (done.code, "a server makes one" in done.errors) == (2, True)


async def test_a_link_of_another_kind_makes_no_moderator(node: Nodes) -> None:
    """A token of a person is signed with the same key, and is no link; nor the other way round."""
    ann = await join(node.ws(), "Ann")
    key = node.nodes[0].shared_key.key
    assert read_link(key, ann.welcome["token"]) is None
    assert read_link(b"other key", sign_link(key, "chat", "g")) is None
    again = await join(node.ws(), "Bob", token=sign_link(key, "chat", "g"))
    assert again.welcome["you"]["id"] != ann.welcome["you"]["id"]
