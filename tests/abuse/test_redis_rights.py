"""The chat at a Redis that trusts it with as little as possible, and keeps its password to itself."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from wschat.moderation import sign_link
from wschat.redis_link import Credentials

from ..hooks.outgoing.receiver import Receiver
from ..support import Client, Server, free_port, join
from ..support.client import PATIENCE
from ..support.moderation import act, id_of
from ..support.program import wschat
from ..support.redis import running_redis, system_redis
from ..support.server import ROOT

PASSWORD = "p@ss/w:rd#%20"


@pytest.fixture(params=[running_redis, system_redis], ids=["Valkey 9", "the system's Redis, 7.0 in Debian"])
def strict_redis(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Redis]]:
    """A Redis with the user of docs/security-settings.md, and a client that may do everything."""
    words = re.search(r"```acl\nuser (\S+) (.*)\n```", (ROOT / "docs/security-settings.md").read_text("utf-8"))
    assert words is not None
    with request.param(tmp_path) as url, Redis.from_url(url) as redis:
        redis.execute_command("ACL", "SETUSER", words[1], *words[2].replace("PASSWORD", PASSWORD).split())
        yield url, redis


def in_database(number: int, strict_redis: tuple[str, Redis]) -> tuple[str, Redis]:
    """The strict Redis in another database than the first, with what the docs add for that."""
    url, redis = strict_redis
    if number == 0:
        return strict_redis
    page = (ROOT / "docs/security-settings.md").read_text("utf-8")
    words = re.search(r"In another database, such as 2, add `([^`]+)`", page)
    assert words is not None
    redis.execute_command("ACL", "SETUSER", "wschat", *words[1].split())
    return f"{url}?db={number}", Redis.from_url(f"{url}?db={number}")


def start(start_server: Callable[..., Server], url: str, tmp_path: Path, *options: str, **environment: str) -> Server:
    return start_server("--log-level", "debug", *options, redis=url, environment=environment)


async def keep_order(redis: Redis, server: Server, person: Client) -> None:
    """All acts of a moderator, in the room `другая`."""
    key = redis.get("wschat:key")
    redis.hset("{chat:другая}:rules", mapping={"generation": "g", "version": 1})
    assert isinstance(key, bytes)
    mia = await join(server.ws, "Мия", room="другая", mod=sign_link(key, "другая", "g"))
    assert mia.welcome["role"] == "moderator"
    acts: dict[str, dict[str, Any]] = {
        "mute": {"person": id_of(person), "seconds": 60},
        "let_in": {"person": id_of(person)},
        "slow": {"seconds": 0},
        "read_only": {"on": True},
        "lock": {"on": False},
        "password": {"text": "сезам"},
        "topic": {"text": "тема"},
        "barred": {},
    }
    for name, fields in acts.items():
        await act(mia, name, **fields)
    await act(mia, "read_only", on=False)
    await mia.send("delete", seq=await person.posts("лишнее"), ref="d")
    await mia.gets("done", ref="d")
    tab = await join(server.ws, "Кто-то", room="другая", room_password="сезам")
    await act(mia, "remove", person=id_of(tab), seconds=1)
    await act(mia, "clear")


async def a_hook_writes(server: Server, url: str, password: Path) -> None:
    """The command makes it as the same user."""
    user = ("--redis-user", "wschat", "--redis-password-file", str(password))
    words = ("hook", "другая", "--name", "CI", "--base", server.url)
    address = (await asyncio.to_thread(wschat, *user, *words, redis=url)).output.strip()
    with await asyncio.to_thread(urllib.request.urlopen, address, b"x") as answer:
        assert answer.read() == b"ok"


async def a_program_answers(server: Server, url: str, password: Path, person: Client) -> None:
    """Its outgoing hook is made as the same user, too."""
    receiver = Receiver()
    receiver.answers = [{"text": "тут"}, 410]
    user = ("--redis-user", "wschat", "--redis-password-file", str(password), "--hook-networks", "127.0.0.1")
    words = ("hook", "другая", "--name", "Робот", "--to", receiver.url)
    assert (await asyncio.to_thread(wschat, *user, *words, redis=url)).code == 0
    await person.posts("@Робот")
    await person.gets("message", text="тут")
    await person.posts("@Робот, пока")
    await asyncio.to_thread(server.wait_for_log, "Revoked a hook: its address is gone (410)")
    await receiver.stop()


@pytest.mark.parametrize("database", [0, 2])
async def test_the_chat_needs_no_more_rights_than_the_docs_say(
    database: int, start_server: Callable[..., Server], strict_redis: tuple[str, Redis], tmp_path: Path
) -> None:
    """A client joins, writes, reads back, renames and leaves under that user, and Redis denies nothing."""
    url, redis = in_database(database, strict_redis)
    (tmp_path / "secret").write_text(PASSWORD + "\n")
    server = start(
        start_server,
        url,
        tmp_path,
        "--redis-user",
        "wschat",
        "--redis-password-file",
        str(tmp_path / "secret"),
        "--hook-networks",
        "127.0.0.1",
    )
    anna, boris = await join(server.ws, "Анна"), await join(server.ws, "Борис", room="другая")
    for number in range(3):
        await anna.posts(f"слово {number}")
    await boris.posts("слово")
    await anna.send("history", before=3, ref="h")
    assert len((await anna.gets("history", ref="h"))["messages"]) == 2
    await anna.send("rename", name="Аня", ref="r")
    await anna.gets("renamed", ref="r")
    await anna.send("typing")
    for number, change in enumerate(
        ({"type_": "edit", "text": "лучше"}, {"type_": "react", "emoji": "👍"}, {"type_": "delete"})
    ):
        await boris.send(seq=1, ref=f"c{number}", **change)
        await boris.gets("done", ref=f"c{number}")
    await boris.posts("после изменений")
    await keep_order(redis, server, boris)
    await a_hook_writes(server, url, tmp_path / "secret")
    await a_program_answers(server, url, tmp_path / "secret", boris)
    redis.hset("{chat:другая}:meta", mapping={"purge": 1, "renewed": 1})
    await boris.posts("и ещё")
    while redis.hexists("{chat:другая}:meta", "purge"):
        await asyncio.sleep(0.1)
    redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    redis.execute_command("SCRIPT", "FLUSH")
    await anna.posts("после обрыва")
    await anna.hears("после обрыва")
    back = await join(server.ws, "Аня", token=anna.welcome["token"])
    assert back.welcome["messages"][-1]["text"] == "после обрыва"
    for client in (anna, boris, back):
        await client.leaves()
    assert server.stop() == 0
    refused = [entry for entry in redis.acl_log() if entry["object"] not in ("info", "config|get")]
    assert refused == []
    assert PASSWORD not in server.output
    assert "Traceback" not in server.output


async def test_a_password_on_the_command_line_is_warned_about_and_not_repeated(
    start_server: Callable[..., Server], strict_redis: tuple[str, Redis], tmp_path: Path
) -> None:
    """The server warns about it in the URL and on its own, but not in the environment."""
    url, _ = strict_redis
    warning = "a password on the command line"
    loud = start(
        start_server,
        url,
        tmp_path,
        "--redis-user",
        "wschat",
        "--redis-password",
        PASSWORD,
        "--password",
        "сезам-1",
    )
    assert loud.output.count(warning) == 2
    in_url = start(start_server, Credentials("wschat", PASSWORD).into(url), tmp_path)
    assert in_url.output.count(warning) == 1
    quiet = start(
        start_server,
        url,
        tmp_path,
        WSCHAT_REDIS_USER="wschat",
        WSCHAT_REDIS_PASSWORD=PASSWORD,
        WSCHAT_PASSWORD="сезам-1",
    )
    assert warning not in quiet.output
    for server in (loud, in_url, quiet):
        server.stop()
        assert PASSWORD not in server.output
        assert "p%40ss" not in server.output
        assert "сезам-1" not in server.output


BAD_URLS = [
    "unix://ann:wrong-one@",
    "rediss://:wrong-one@localhost/nothing",
    "redis://:wrong-one#x@localhost",
    "nonsense://:wrong-one@x",
    "redis://localhost:1/0?passwort=wrong-one",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_start_that_fails_says_why_without_the_password(
    tmp_path: Path, strict_redis: tuple[str, Redis], url: str
) -> None:
    """The error covers a wrong password and an invalid URL; `test_redis_source.py` has a Redis that isn't there."""
    if url.startswith("unix"):
        url += strict_redis[0].removeprefix("unix://")
    server = Server(tmp_path / "data", redis=url)
    with pytest.raises(AssertionError, match=r"wrong user or password|invalid URL|expected auto"):
        server.start()
    assert "wrong-one" not in server.output


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:6379/0", "redis://ann:p%40s%2Fs@host:6379/0"),
        ("unix:///tmp/redis.sock", "unix://ann:p%40s%2Fs@/tmp/redis.sock"),
        ("rediss://host/1?ssl_ca_certs=x", "rediss://ann:p%40s%2Fs@host/1?ssl_ca_certs=x"),
        ("redis://own:word@host", "redis://own:word@host"),
    ],
)
def test_credentials_go_into_an_url_that_has_none(url: str, expected: str) -> None:
    """They may contain any characters."""
    assert Credentials("ann", "p@s/s").into(url) == expected
    assert Credentials().into(url) == url


async def test_the_commands_need_no_more_rights_than_the_docs_say(
    strict_redis: tuple[str, Redis], tmp_path: Path
) -> None:
    """With these further permissions each command works under the user of the docs, on rooms of every kind."""
    url, redis = strict_redis
    page = (ROOT / "docs/security-settings.md").read_text("utf-8")
    words = re.search(r"`(\+scan [^`]+)` and `(\+config\|get)`", page)
    assert words is not None
    redis.execute_command("ACL", "SETUSER", "wschat", *words[1].split(), words[2])
    redis.config_set("appendonly", "yes")
    redis.set("wschat:key", "a key")
    environment = {"WSCHAT_REDIS_USER": "wschat", "WSCHAT_REDIS_PASSWORD": PASSWORD}
    copy = str(tmp_path / "copy")
    for command in (
        ["say", "chat", "one"], ["say", "kitchen", "two"], ["rooms"], ["people", "chat"], ["stats"], ["check"],
        ["tail", "chat", "--no-follow"], ["export", "chat"], ["backup", copy], ["restore", copy, "--yes"],
        ["forget", "--person", "Сервер", "--yes"], ["clear", "chat", "--yes"], ["forget", "--room", "kitchen", "--yes"],
        ["rotate-key", "--yes"],
    ):  # fmt: skip
        done = await asyncio.to_thread(wschat, *command, redis=url, environment=environment)
        assert done.code == 0, (command, done.output + done.errors)
    assert redis.acl_log() == []


async def test_erasing_old_messages_needs_what_the_docs_say(
    start_server: Callable[..., Server], strict_redis: tuple[str, Redis], tmp_path: Path
) -> None:
    """With `+scan +xtrim` it works; without both an error says which one is missing, and no search counts."""
    url, redis = strict_redis
    redis.xadd("{chat}:log", {"m": '{"type":"message","time":"2000-01-01T00:00:00.000Z"}'}, "1-0")
    words = re.search(r"`HISTORY_DAYS` needs `([^`]+)`", (ROOT / "docs/security-settings.md").read_text("utf-8"))
    assert words is not None
    needed, given = words[1].split(), list[str]()
    while True:
        port = free_port()
        options = ("--redis-user", "wschat", "--history-days", "30", "--metrics", f"127.0.0.1:{port}")
        server = start(start_server, url, tmp_path, *options, WSCHAT_REDIS_PASSWORD=PASSWORD)
        if not needed:
            break
        await asyncio.to_thread(server.wait_for_log, "Could not apply HISTORY_DAYS: ")
        assert (await asyncio.to_thread(last_search, port), redis.xlen("{chat}:log")) == (0, 1)
        assert await server.stops() == 0
        given.append(needed.pop(0))
        redis.execute_command("ACL", "SETUSER", "wschat", given[-1])
    await asyncio.to_thread(server.wait_for_log, "Erased messages older than HISTORY_DAYS")
    assert await asyncio.to_thread(last_search, port) > 0
    assert redis.xlen("{chat}:log") == 0


def last_search(port: int) -> float:
    """When a search for old messages last left out no room, as the metrics page at this port says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
        found = re.search(r"^wschat_retention_last_run_timestamp_seconds (\S+)$", answer.read().decode(), re.MULTILINE)
    assert found is not None
    return float(found[1])
