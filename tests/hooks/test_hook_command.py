"""`python -m wschat hook`: makes, lists and revokes hooks; what other commands do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from wschat.hooks import room_hooks

from ..support import Nodes
from ..support.foreign import put
from ..support.program import Program
from ..support.redis import needs_embedded
from .requests import TestHook


async def made(node: Nodes, program: Program, room: str = "chat", name: str = "CI") -> TestHook:
    """A hook that the command has made."""
    done = (await program("hook", room, "--name", name, "--json")).json
    return TestHook(node, room, urlsplit(done["url"]).path.rpartition("/")[2], done["id"])


async def names(program: Program, room: str = "chat") -> list[str]:
    return [hook["name"] for hook in (await program("hook", room, "--json")).json]


async def everything(redis: Redis) -> bytes:
    """All keys and values."""
    return b"".join([b"%s %s" % (key, await redis.dump(key)) async for key in redis.scan_iter()])


async def test_the_address_is_printed_once(node: Nodes, program: Program, redis: Redis) -> None:
    """The program's author gets it; Redis has only a digest of its key."""
    url = (await program("hook", "Кухня", "--name", "CI", "--base", "https://chat.example.org/")).output
    assert url.startswith("https://chat.example.org/hook/%D0%BA%D1%83%D1%85%D0%BD%D1%8F/")
    path = urlsplit(url.strip()).path
    assert (await TestHook(node, "", "", "").posts("Готово", path=path)).status == 200
    head, row = (await program("hook", "кухня")).output.splitlines()
    assert (head.split()[:3], row.split()[:2]) == (["room", "name", "id"], ["кухня", "CI"])
    assert path.rpartition("/")[2].encode() not in await everything(redis)
    assert await redis.ttl("{chat:кухня}:hooks") == -1, "the room may be silent for months"


async def test_the_main_room_is_the_default(program: Program) -> None:
    """As of `link`; without a room, those of all rooms are listed, as by `bars`."""
    assert (await program("hook")).errors == "No room has hooks.\n"
    assert (await program("hook", "--name", "CI")).output.startswith("http://localhost:8888/hook/chat/")
    await program("hook", "cellar", "--name", "Grafana")
    listed = (await program("hook", "--json")).json
    assert [(one["room"], one["name"]) for one in listed] == [("chat", "CI"), ("cellar", "Grafana")]
    assert (await program("hook", "kitchen")).errors == "kitchen has no hooks.\n"


async def test_a_revoked_hook_is_gone(node: Nodes, program: Program) -> None:
    """By its name, in whatever case, or by its id if several have the name: the times tell them apart."""
    hooks = [await made(node, program, name=name) for name in ("CI", "CI", "Grafana")]
    done = await program.tried("hook", "--revoke", "CI")
    assert (done.code, all(f"{hook.id} (made 2" in done.errors for hook in hooks[:2])) == (2, True)
    assert (await program("hook", "--revoke", hooks[0].id)).output == f"Revoked the hook CI ({hooks[0].id}) of chat\n"
    assert (await program("hook", "--revoke", "grafana", "--json")).json == {"id": hooks[2].id, "name": "Grafana"}
    assert [(await hook.posts("x")).status for hook in hooks] == [404, 200, 404]
    assert await names(program) == ["CI"]
    done = await program.tried("hook", "--revoke", "Grafana")
    assert (done.code, done.errors.startswith("Error: chat has no hook Grafana.")) == (2, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["a b", "--name", "CI"], "isn't a room"),
        (["--name", ""], "1-32 characters"),
        (["--name", "x" * 33], "1-32 characters"),
        (["--name", "\u200b"], "name"),
        (["--name", "CI", "--revoke", "CI"], "--revoke goes with neither"),
        (["--revoke", "CI", "--base", "https://example.org"], "--revoke goes with neither"),
        (["--base", "https://example.org"], "--base is for --name"),
        (["--name", "CI", "--base", "example.org"], "such as https://chat.example.org"),
    ],
)
async def test_what_makes_no_hook_is_a_sentence(program: Program, redis: Redis, words: list[str], reason: str) -> None:
    """And nothing is made."""
    done = await program.tried("hook", *words)
    assert (done.code, reason in done.errors) == (2, True)
    assert not await redis.exists("{chat}:hooks")


async def test_settings_without_an_address_make_no_hook(program: Program, redis: Redis) -> None:
    """The key would be lost; nor is one made for a room that nobody can enter."""
    for settings, reason in (("--port", "0"), "--base"), (("--rooms", "kitchen"), "nobody can enter it"):
        done = await program.tried(*settings, "hook", "cellar", "--name", "CI")
        assert (done.code, reason in done.errors) == (2, True)
    assert not [key async for key in redis.scan_iter()]


async def test_a_room_has_a_limit_of_hooks(program: Program, monkeypatch: pytest.MonkeyPatch, redis: Redis) -> None:
    """Revoked ones don't count."""
    await redis.hset("{chat}:hooks", mapping={f"gone{number}": "" for number in range(60)})
    hook = '{"id":"hook-%d","name":"CI","made":"2026-11-23T12:00:00.000Z"}'
    await redis.hset("{chat}:hooks", mapping={str(number): hook % number for number in range(room_hooks.HOOKS_MAX - 1)})
    await program("hook", "--name", "CI")
    done = await program.tried("hook", "--name", "CI")
    assert (done.code, "chat has 50 hooks" in done.errors) == (2, True)


async def test_hooks_come_back_from_a_backup(node: Nodes, program: Program, redis: Redis, tmp_path: Path) -> None:
    """With their rooms, even with one where nobody has written; but not those that were revoked since, and others that
    were made since stay.
    """
    kept, revoked = [await made(node, program, name=name) for name in ("kept", "revoked")]
    silent = await made(node, program, room="cellar")
    assert "cellar" not in (await program("rooms", "--json")).output, "it has no messages, which could get too old"
    await kept.posts("before")
    assert (await program("backup", str(tmp_path / "copy"), "--json")).json["rooms"] == 2
    await program("hook", "--revoke", "revoked")
    new = await made(node, program, name="new")
    await program("restore", str(tmp_path / "copy"), "--yes")
    assert [(await hook.posts("x")).status for hook in (kept, revoked, new, silent)] == [200, 404, 200, 200]
    assert await redis.ttl("{chat:cellar}:hooks") == -1
    assert kept.key.encode() not in (tmp_path / "copy").read_bytes()
    await redis.flushall()
    await program("restore", str(tmp_path / "copy"), "--yes")
    assert [(await hook.posts("x")).status for hook in (kept, revoked, new, silent)] == [200, 200, 404, 200]


async def test_a_hook_that_a_backup_knows_as_revoked_ends(
    node: Nodes, program: Program, redis: Redis, tmp_path: Path
) -> None:
    """Somebody restores an older file first, in which it was valid."""
    hook = await made(node, program)
    await program("backup", str(tmp_path / "older"))
    await program("hook", "--revoke", "CI")
    await program("backup", str(tmp_path / "newer"))
    await redis.flushall()
    for file, status in (("older", 200), ("newer", 404), ("older", 404)):
        await program("restore", str(tmp_path / file), "--yes")
        assert (await hook.posts("x")).status == status


@needs_embedded  # with the append-only file that erasing asks for
async def test_a_forgotten_room_has_no_hooks(node: Nodes, program: Program, redis: Redis) -> None:
    """Nothing is left of it, even if it had nothing else. Clearing it or forgetting a person leaves its hooks."""
    hooks = [await made(node, program, room) for room in ("chat", "kitchen")]
    await hooks[0].posts("x")
    await program("forget", "--person", "CI", "--yes")
    await program("clear", "chat", "--yes")
    assert (await hooks[0].posts("x")).status == 200
    for hook in hooks:
        await program("forget", "--room", hook.room, "--yes")
        assert (await hook.posts("x")).status == 404
    assert not [key async for key in redis.scan_iter() if key.endswith(b":hooks") or b"kitchen" in key]


@needs_embedded  # with the append-only file that erasing asks for
async def test_a_key_of_another_type_is_named(node: Nodes, program: Program, redis: Redis, tmp_path: Path) -> None:
    """The room goes on without hooks, and a backup without that key."""
    hook = await made(node, program)
    await hook.posts("x")
    await put(redis, "{chat}:hooks", "list")
    assert (await hook.posts("x")).status == 503
    for words in (["hook"], ["hook", "--name", "CI"], ["backup", str(tmp_path / "copy")]):
        done = await program.tried(*words)
        assert (done.code, "{chat}:hooks" in done.errors) == (2, True)
    await program("forget", "--room", "chat", "--yes")
    await made(node, program)


async def test_commands_print_messages_of_hooks(node: Nodes, program: Program) -> None:
    """An export for programs says whose they are."""
    hook = await made(node, program)
    await hook.posts("Готово")
    exported: dict[str, Any] = (await program("export", "chat")).lines[0]
    assert (exported["text"], exported["hook"], exported["from"]) == ("Готово", True, {"id": hook.id, "name": "CI"})
