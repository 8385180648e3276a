"""Commands where a room has a key of another type than the chat's: they name it, leave out the room, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from wschat.admin import read_archive
from wschat.redis_link import MODERATORS_KEY, TOKEN_KEY

from ..support import Nodes
from ..support.moderation import id_of
from ..support.program import Program


async def test_commands_over_all_rooms_leave_out_a_broken_one_and_say_so(
    kitchen: Nodes, redis: Redis, redis_server: str, tmp_path: Path
) -> None:
    """It stands before the others in the alphabet; the exit code is 2, and the sentence names the key."""
    key = "{chat:a}:log"
    await redis.set(key, "junk")
    program = Program(redis_server)
    file = tmp_path / "copy"
    for words in (["rooms"], ["stats"], ["backup", str(file)], ["forget", "--person", "Ann", "--yes"]):
        done = await program.tried(*words)
        assert (done.code, key in done.errors, "Everything else " in done.errors) == (2, True, True), done
        assert "Traceback" not in done.errors
    with file.open("rb") as source:
        assert [room.room for room in read_archive(source).rooms if room.entries] == ["chat", "kitchen"]
    assert all(b"Ann" not in entry for entry in (await redis.hgetall("{chat:kitchen}:amended")).values())


async def test_bars_in_all_rooms_leave_out_a_broken_one_and_say_so(
    kitchen: Nodes, redis: Redis, redis_server: str
) -> None:
    """The output names all that was done in the others."""
    key = "{chat:a}:meta"
    await redis.set(key, "junk")
    program = Program(redis_server)

    async def rooms_of(*words: str) -> tuple[list[str], str]:
        done = await program.tried(*words, "--json")
        assert (done.code, key in done.errors) == (2, True), done
        assert "Traceback" not in done.errors
        return [one["room"] for one in done.json], done.json[0]["id"]

    rooms, who = await rooms_of("bar", "chat", "Ann", "--all-rooms")
    assert rooms == ["chat", "kitchen"]
    rooms, _ = await rooms_of("bars")
    assert rooms == ["chat", "chat", "kitchen", "kitchen"]  # all were muted before
    rooms, _ = await rooms_of("unbar", "chat", who, "--all-rooms")
    assert rooms == ["chat", "kitchen"]
    nobody = await program.tried("unbar", "chat", who, "--all-rooms")
    assert f"Could not search every room. This key has the wrong type: {key}." in nobody.errors


@pytest.mark.parametrize("kind", ["log", "online"])
async def test_a_bar_in_all_rooms_begins_although_the_named_room_is_broken(
    kitchen: Nodes, redis: Redis, program: Program, kind: str
) -> None:
    """By what can still be read there, it is clear who is meant; nobody knows Bob, who may be where the key is."""
    key = f"{{chat:kitchen}}:{kind}"
    await redis.delete(key)
    await redis.set(key, "junk")
    done = await program.tried("bar", "kitchen", "Ann", "--all-rooms", "--json")
    rooms = [one["room"] for one in done.json]
    assert (done.code, rooms) == (2, ["kitchen", "chat"] if kind == "log" else ["chat"])  # only the search needs a log
    assert done.errors.count(key) == 1
    assert f"Everything else was done. This key has the wrong type: {key}." in done.errors
    nobody = await program.tried("bar", "kitchen", "Bob", "--all-rooms")
    assert f"Nothing was changed. This key has the wrong type: {key}." in nobody.errors


@pytest.mark.parametrize("words", [["bar", "kitchen", "Ann"], ["bars", "kitchen"], ["people", "kitchen"]])
async def test_nothing_else_is_said_to_be_done_in_one_room(
    kitchen: Nodes, redis: Redis, program: Program, words: list[str]
) -> None:
    """The key is named, and no empty line comes before the sentence."""
    for kind in ("meta", "people", "online", "names"):
        key = f"{{chat:kitchen}}:{kind}"
        kept = await redis.dump(key)
        await redis.set(key, "junk")
        done = await program.tried(*words)
        if done.code:
            assert done.errors.startswith("Error: "), (kind, done)
            assert f"This key has the wrong type: {key}." in done.errors
            assert "Everything else" not in done.errors
        await redis.delete(key)
        if kept:
            await redis.restore(key, 0, kept)


@pytest.mark.parametrize(
    "words",
    [
        ["tail", "kitchen", "--no-follow"], ["export", "kitchen"], ["link", "kitchen", "--moderator"],
        ["say", "kitchen", "hi"], ["clear", "kitchen", "--yes"],
    ],
)  # fmt: skip
async def test_a_command_for_one_room_names_the_key_and_changes_nothing(
    kitchen: Nodes, redis: Redis, program: Program, words: list[str]
) -> None:
    """Redis itself says only that some key of some script has another type."""
    await redis.delete("{chat:kitchen}:meta")
    await redis.set("{chat:kitchen}:meta", "junk")
    kept = [f"{{chat:kitchen}}:{kind}" for kind in ("log", "amended", "rules", "barred", "acts", "reactions:1")]
    before = [await redis.dump(key) for key in kept]
    done = await program.tried(*words)
    assert [await redis.dump(key) for key in kept] == before
    assert (done.code, done.output) == (2, "")
    assert "rejected a command. This key has the wrong type: {chat:kitchen}:meta." in done.errors


async def test_keys_of_other_rooms_are_no_reason(kitchen: Nodes, redis: Redis, program: Program) -> None:
    """Who follows the advice would erase an innocent room; where the room itself has none, Redis's own words stand."""
    await redis.set("{chat}:roles", "junk")
    await redis.delete("{chat:kitchen}:online")
    await redis.set("{chat:kitchen}:online", "junk")
    done = await program.tried("people", "kitchen")
    assert "This key has the wrong type: {chat:kitchen}:online. Remove it with DEL" in done.errors
    await redis.delete(TOKEN_KEY, "{chat:kitchen}:online")
    await redis.rpush(TOKEN_KEY, "junk")
    done = await program.tried("link", "kitchen", "--moderator")
    assert (done.code, "WRONGTYPE" in done.errors, "{chat" in done.errors) == (2, True, False), done


async def test_keys_of_no_room_have_advice_of_their_own(
    kitchen: Nodes, redis: Redis, program: Program, tmp_path: Path
) -> None:
    """No `forget --room` removes them, and after DEL of the token key everybody would be a new person."""
    await kitchen.stop()  # a server would put the token key back
    await redis.rename(TOKEN_KEY, "kept")
    for key in (TOKEN_KEY, MODERATORS_KEY, "{chat:kitchen}:acts"):
        await redis.delete(key)
        await redis.sadd(key, "junk")
    done = await program.tried("backup", str(tmp_path / "backup"))
    assert done.code == 2
    assert done.errors.endswith(
        "This key has the wrong type: {chat:kitchen}:acts. Remove it with DEL or `forget --room`. "
        "wschat:key has the wrong type. A running server puts the right key back; if none runs, remove it with DEL and "
        "restore a backup before you start one, or everybody will be a new person. "
        "wschat:moderators has the wrong type. Replace it with `link --moderator --all-rooms --revoke`; earlier links "
        "for all rooms are no longer valid.\n"
    ), done.errors
    await redis.rename("kept", TOKEN_KEY)
    await program("link", "--moderator", "--all-rooms", "--revoke", "--base", "https://chat.example.org")


@pytest.mark.parametrize("own", [True, False])
async def test_reactions_of_another_type_stop_no_forgetting(
    kitchen: Nodes, redis: Redis, program: Program, own: bool
) -> None:
    """They are nobody's: what the person wrote goes, there and in the other rooms, and other people's messages stay."""
    (bob,) = await kitchen.join("Bob", room="kitchen")
    (dan,) = await kitchen.join("Dan")
    seq = await bob.posts("by Bob")
    await bob.send("react", ref="r", seq=seq, emoji="👍")
    await bob.gets("done", ref="r")
    await dan.posts("by Dan")
    key = f"{{chat:kitchen}}:reactions:{seq if own else 1}"
    await redis.delete(key)
    await redis.set(key, "junk")
    for person in (bob, dan):
        done = await program.tried("forget", "--person", id_of(person), "--yes", "--json")
        assert (done.code, done.json["messages"]) == (0, 1), done
    assert sum("Ann" in line["from"]["name"] for line in (await program("export", "kitchen")).lines) == 1
