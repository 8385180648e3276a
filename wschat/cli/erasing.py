"""Commands that erase something: clear, forget, rotate-key."""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from ..access import key_rotation, new_shared_key
from ..admin import Eraser, Found, each_room, erase_prepared, forget_room, prepared_keys
from ..broker import DueRewrite, Rewrite, clear_room, room_names
from ..errors import RedisRejected
from ..model import MAIN_ROOM
from ..redis_link import TOKEN_KEY, Call, RedisLink
from .arguments import TEXT, check_room, json_option, room_of, yes_option
from .failure import Failure
from .operator import Operator
from .output import (
    NOT_SEARCHED,
    confirm,
    fail_if_left_out,
    print_json,
    progress,
    quantity,
    remark,
    wrong_type,
)

STILL_THERE = {
    Rewrite.NO_FILE: "Redis keeps no append-only file. A snapshot that it saved before (dump.rdb) still has it: BGSAVE",
    Rewrite.FAILED: "Redis could not rewrite its append-only file, which still has it: see its log, then BGREWRITEAOF",
    Rewrite.UNPURGED: "Redis keeps the bytes of deleted messages in some rooms, and in its files: it may be full",
    Rewrite.REPLICAS: "the append-only files of its replicas may still have it: BGREWRITEAOF on each of them",
    Rewrite.NOT_ALLOWED: "this user may not have the append-only file rewritten, which still has it: BGREWRITEAOF",
}

PICTURES_TOO = "Running servers delete the pictures now; if none runs, the next one does, within a day and a half."
PREPARED = ", and what a restore has prepared"


@click.command()
@click.argument("room")
@yes_option
@json_option
@click.pass_obj
def clear(operator: Operator, room: str, yes: bool, as_json: bool) -> None:
    """Erase all messages of ROOM with their pictures, from the disk too. The people in it stay, and are notified."""
    name = _existing_room(operator, room)
    confirm(f"Erase all messages of the room {name}?", yes=yes)
    done = operator.run(lambda link: _clear(link, name), name)
    _report(done, f"all messages of the room {name}", {"room": name}, as_json)


@click.command()
@click.option("--room", help="Erase everything about this room.")
@click.option(
    "--person", type=TEXT, metavar="NAME-OR-ID", help="Erase what this person wrote, or anyone under this name."
)
@yes_option
@json_option
@click.pass_obj
def forget(operator: Operator, room: str | None, person: str | None, yes: bool, as_json: bool) -> None:
    """Erase a room, or what a person wrote in all rooms, from Redis and from the disk."""
    if (room is None) == (person is None):
        raise click.UsageError("Expected either --room or --person.")
    if room is not None:
        _forget_room(operator, _existing_room(operator, room), yes=yes, as_json=as_json)
    elif person is not None:
        _forget_person(operator, person, yes=yes, as_json=as_json)


@click.command("rotate-key")
@yes_option
@click.pass_obj
def rotate_key(operator: Operator, yes: bool) -> None:
    """Replace the key that signs tokens. Everyone who reconnects is a new person, so bars no longer hold, and
    moderators' links are revoked. Servers take it over within 2 s.
    """
    new = "Everyone who reconnects will be a new person, so bars no longer hold; moderators need new links."
    confirm(f"Replace the token key? {new}", yes=yes)
    operator.run(_rotate)
    click.echo("Replaced the token key")


def _existing_room(operator: Operator, raw: str) -> str:
    """The room that an argument names, which exists. Raises Failure."""
    name, rooms = room_of(raw), operator.run(lambda link: room_names(link, with_hooks=True))
    if name not in (MAIN_ROOM, *rooms):
        _make_up(operator)
    check_room(name, rooms)
    return name


def _make_up(operator: Operator) -> None:
    """Rewrite the file if an earlier command may have been ended before it could: this one finds nothing to erase any
    more. A remark says what became of that.
    """
    rewrite = operator.run(_rewrite_if_due)
    if rewrite is Rewrite.DONE:
        remark("Redis has rewritten its append-only file, which may still have had what was erased before.")
    elif rewrite is not None:
        remark(f"What was erased before is gone from Redis, but {STILL_THERE[rewrite]}.")


async def _rewrite_if_due(link: RedisLink) -> Rewrite | None:
    due = DueRewrite(link)
    try:
        is_due = await due.is_due()
    except RedisRejected:  # this user may not ask
        return None
    return await due.rewrite() if is_due else None


async def _clear(link: RedisLink, room: str) -> Rewrite:
    due = DueRewrite(link)
    await due.begin()  # before anything is erased: the command may be ended at any moment
    await clear_room(link, room)
    return await due.rewrite()


def _forget_room(operator: Operator, room: str, *, yes: bool, as_json: bool) -> None:
    confirm(f"Erase the room {room}?", yes=yes)

    async def work(link: RedisLink) -> Rewrite:
        due = DueRewrite(link)
        await due.begin()
        await forget_room(link, room)
        return await due.rewrite()

    rewrite = operator.run(work, room)
    remark(PICTURES_TOO)
    _report(rewrite, f"the room {room}", {"room": room}, as_json)


def _forget_person(operator: Operator, person: str, *, yes: bool, as_json: bool) -> None:
    found, foreign, prepared = operator.run(lambda link: _find(link, person))
    if not found and not prepared:
        _make_up(operator)
        fail_if_left_out(foreign, NOT_SEARCHED)
        raise Failure(f"Found nothing about anybody with the name or id {person}.")
    if foreign:
        remark(f"{NOT_SEARCHED} {wrong_type(foreign)}")
    confirm(f"Erase {_summary(found)[0]}{PREPARED if prepared else ''}?", yes=yes)
    erased, named, rewrite = operator.run(lambda link: _erase(link, person, found))
    replaced = [one.room for one in found if one not in erased]
    if replaced:
        remark(f"Nothing was erased in rooms that were cleared or restored meanwhile: {', '.join(replaced)}")
    if named:
        remark(f"The name is still in moderators' acts, because they keep acting on the person: {', '.join(named)}")
    what, facts = _summary(erased)
    if any(one.pictures for one in erased):
        remark(PICTURES_TOO)
    _report(rewrite, f"{what}{PREPARED if prepared else ''}", facts, as_json)
    fail_if_left_out(foreign, "Everything else was erased.")
    if replaced or named:
        raise Failure("Everything else was erased. Run the command again for the rest.")
    if not found:
        raise Failure(f"Found nothing about anybody with the name or id {person} in any room.")


def _summary(found: list[Found]) -> tuple[str, dict[str, int]]:
    """The number of traces found, in words, and as facts for JSON."""
    messages = sum(len(one.messages) for one in found)
    reactions = sum(len(emoji) for one in found for emoji in one.reactions.values())
    what = f"{quantity(messages, 'message')} and {quantity(reactions, 'reaction')} in {quantity(len(found), 'room')}"
    return what, {"messages": messages, "reactions": reactions, "rooms": len(found)}


async def _find(link: RedisLink, person: str) -> tuple[list[Found], list[str], bool]:
    """(the person's traces in each room that has any, foreign keys because of which a room couldn't be searched,
    whether a restore has prepared anything).
    """
    eraser, names = Eraser(link, person), await room_names(link)
    with progress("Searching") as move:

        async def find(room: str) -> Found:
            move(names.index(room), len(names))
            return await eraser.find(room)

        found, foreign = await each_room(link, names, find)
        move(len(names), len(names))
    return [one for one in found if one], foreign, bool(await prepared_keys(link))


async def _erase(link: RedisLink, person: str, found: list[Found]) -> tuple[list[Found], list[str], Rewrite]:
    """(the traces erased, without rooms that were cleared or restored since the search; rooms in which moderators keep
    acting on the person; the outcome of rewriting the file).
    """
    eraser, due = Eraser(link, person), DueRewrite(link)
    erased = []
    await due.begin()
    with progress("Erasing") as move:
        for done, one in enumerate(found):
            move(done, len(found))
            await due.begin()  # for each room anew: not to be taken for a command that was ended long ago
            if await eraser.erase(one):
                erased.append(one)
        move(len(found), len(found))
    people = {person for one in found for person in one.people}
    named = []
    # Nobody has searched what a restore has prepared, and it may have texts of the person. A restore that is going on
    # fails: it mustn't put back a room's moderation that is searched next.
    await erase_prepared(link)

    async def forget(room: str) -> None:
        if not await eraser.forget_in_moderation(room, people):
            named.append(room)

    await each_room(link, await room_names(link), forget)
    await erase_prepared(link)  # again: a restore that is going on prepares more before it fails
    return erased, named, await due.rewrite()


async def _rotate(link: RedisLink) -> None:
    before = await link.execute(Call.command("GET", TOKEN_KEY))
    if before is None:
        raise Failure("There is no token key yet: a server makes one when it starts.")
    await link.execute(Call.command("SET", TOKEN_KEY, new_shared_key(time.time(), key_rotation(before) + 1)))


def _report(rewrite: Rewrite, what: str, facts: Mapping[str, object], as_json: bool) -> None:
    """Print what was erased. Raises Failure if a file still contains it."""
    if as_json:
        print_json({**facts, "file": rewrite.value})
    if rewrite is not Rewrite.DONE:
        raise Failure(f"Erased from Redis, but {STILL_THERE[rewrite]}.")
    if not as_json:
        click.echo(f"Erased {what}")
