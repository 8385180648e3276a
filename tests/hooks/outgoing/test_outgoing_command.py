"""`python -m wschat hook ROOM --name NAME --to URL`: makes outgoing hooks; what other commands do with them."""

from __future__ import annotations

import json

import pytest
from redis.asyncio import Redis

from wschat.hooks import room_hooks

from ...support import Nodes
from ...support.program import Done, Program, wschat
from ..requests import TestHook
from .receiver import Receiver

HERE = ("--hook-networks", "127.0.0.1, ::1")


async def made(program: Program, *words: str) -> Done:
    """What the command says with these words, and a name and an address."""
    return await program(*HERE, "hook", *words)


async def test_a_command_makes_a_hook_that_is_called(calling: Nodes, receiver: Receiver, program: Program) -> None:
    """By the servers that run, at once; it prints the secret this once, and nothing else to standard output."""
    done = await made(program, "Кухня", "--name", "Бот", "--to", receiver.url, "--word", "/Погода")
    assert done.output.startswith("whsec_")
    assert done.output.count("\n") == 1
    assert f"Messages that mention @Бот or begin with /Погода go to {receiver.url}" in done.errors
    (ann,) = await calling.join("Ann", room="кухня")
    await ann.posts("/погода в Туле")
    await receiver.is_called("/погода в Туле")
    listed = await program("hook", "--json")
    assert [(one["name"], one["to"], one["word"]) for one in listed.json] == [("Бот", receiver.url, "Погода")]
    assert receiver.url in (await program("hook")).output
    assert "whsec_" not in (await program("hook")).output + listed.output


async def test_a_revoked_hook_is_never_called_again(calling: Nodes, receiver: Receiver, program: Program) -> None:
    """By its name, as others are; one that only writes stays."""
    await made(program, "--name", "Бот", "--to", receiver.url)
    await program("hook", "--name", "CI")
    other = Receiver()
    await made(program, "--name", "Другой", "--to", other.url)
    (ann,) = await calling.join("Ann")
    await ann.posts("@Бот @Другой")
    await other.is_called("@Бот @Другой")
    await program("hook", "--revoke", "бот")
    await ann.posts("@Бот и @Другой")
    await other.is_called("@Бот @Другой", "@Бот и @Другой")
    assert receiver.texts == ["@Бот @Другой"]
    assert [one["name"] for one in (await program("hook", "--json")).json] == ["CI", "Другой"]
    await other.stop()


async def test_json_has_the_secret_once(receiver: Receiver, program: Program) -> None:
    """For programs that set up others."""
    done = (await made(program, "--name", "Бот", "--to", receiver.url, "--json")).json
    assert (done["name"], done["to"], done["secret"][:6]) == ("Бот", receiver.url, "whsec_")
    assert "secret" not in (await program("hook", "--json")).json[0]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--to", "https://bot.example"], "--to is for --name"),
        (["--name", "CI", "--word", "x"], "--word is for --to"),
        (
            ["--name", "CI", "--to", "https://bot.example", "--base", "https://x.example"],
            "--base is for --name without",
        ),
        (["--revoke", "CI", "--to", "https://bot.example"], "--revoke goes with neither"),
        (["--name", "CI", "--to", "bot.example"], "such as https://bot.example/chat"),
        (["--name", "CI", "--to", "https://ann@bot.example"], "leave out the user"),
        (["--name", "CI", "--to", "http://127.0.0.1:80"], "isn't a public address"),
        (["--name", "CI", "--to", "http://localhost"], "isn't a public address"),
        (["--name", "CI", "--to", "http://[::ffff:10.0.0.1]/"], "isn't a public address"),
        (["--name", "", "--to", "https://bot.example"], "1-32 characters"),
        (["--name", "CI", "--to", "https://bot.example", "--word", "two words"], "can't be a word"),
        (["--name", "CI", "--to", "https://bot.example", "--word", ""], "can't be a word"),
    ],
)
async def test_what_makes_no_outgoing_hook_is_a_sentence(
    program: Program, redis: Redis, words: list[str], reason: str
) -> None:
    """And nothing is made."""
    done = await program.tried("hook", *words)
    assert (done.code, reason in done.errors) == (2, True), done.errors
    assert not [key async for key in redis.scan_iter()]


async def test_a_name_that_is_unknown_here_is_remarked_on(program: Program) -> None:
    """The hook is made all the same: the servers may know it."""
    done = await program("hook", "--name", "Бот", "--to", "https://bot.invalid/chat")
    assert "bot.invalid isn't known here" in done.errors
    assert done.output.startswith("whsec_")


async def test_another_hook_for_the_same_messages_is_remarked_on(program: Program, receiver: Receiver) -> None:
    """By its id, which revokes it: somebody who has lost the secret runs the command again."""
    first = (await made(program, "--name", "Бот", "--to", receiver.url, "--word", "погода", "--json")).json["id"]
    await program("hook", "--name", "Бот")  # only writes
    assert (await made(program, "--name", "Другой", "--to", receiver.url)).errors.count("--revoke") == 0
    for words in (("--name", "бот"), ("--name", "Третий", "--word", "/Погода")):
        errors = (await made(program, *words, "--to", receiver.url)).errors
        assert (errors.count("--revoke"), f"--revoke {first}" in errors) == (1, True), errors


async def test_the_list_has_the_words(program: Program, receiver: Receiver) -> None:
    """Nothing else tells an operator which there are."""
    await made(program, "--name", "Бот", "--to", receiver.url, "--word", "погода")
    assert "/погода" in (await program("hook")).output


async def test_both_kinds_count_as_hooks_of_a_room(program: Program, receiver: Receiver, redis: Redis) -> None:
    """Together they are bounded."""
    hook = '{"id":"hook-%d","name":"CI","made":"2026-11-23T12:00:00.000Z"}'
    await redis.hset("{chat}:hooks", mapping={str(number): hook % number for number in range(room_hooks.HOOKS_MAX)})
    done = await program.tried(*HERE, "hook", "--name", "Бот", "--to", receiver.url)
    assert (done.code, "chat has 50 hooks" in done.errors) == (2, True)


async def test_nobody_writes_with_the_id_of_an_outgoing_hook(
    calling: Nodes, receiver: Receiver, program: Program
) -> None:
    """It has no key: what is in its place in Redis is no digest of anything."""
    done = (await made(program, "--name", "Бот", "--to", receiver.url, "--json")).json
    for key in (done["id"], done["id"].ljust(43, "A"), done["secret"][6:49]):
        assert (await TestHook(calling, "chat", key, "").posts("x")).status == 404


async def test_the_environment_allows_networks(redis_server: str, redis: Redis, receiver: Receiver) -> None:
    """As it does for the servers."""
    words = ("hook", "--name", "Бот", "--to", receiver.url)
    environment = {"WSCHAT_HOOK_NETWORKS": "127.0.0.0/8"}
    assert wschat(*words, redis=redis_server, environment=environment).code == 0
    stored = await redis.hvals("{chat}:hooks")
    assert json.loads(stored[0])["to"] == receiver.url
