"""`hook`: makes, lists and revokes the hooks of a room: programs that write into it, or are called for its messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Coroutine
from itertools import chain
from typing import Any, TypeVar

import click
from msgspec import Struct

from ..admin import each_room
from ..broker import room_names, tell_hooks_changed
from ..errors import Refused
from ..hooks import HOOKS_MAX, Hook, TooManyHooks, hooks_of, make_hook, make_outgoing_hook, revoke_hook
from ..model import MAIN_ROOM
from ..names import folded, person_name
from ..redis_link import RedisLink
from .addresses import base_option, hook_address
from .arguments import TEXT, json_option, open_room_of, room_of
from .failure import Failure
from .operator import Operator
from .outgoing_hook import announce, check_destination, check_word, remark_on_others
from .output import REST_LISTED, fail_if_left_out, print_json, print_table, readable_time, sentence, with_zone

T = TypeVar("T")


class HookRow(Struct):
    """What the command prints of a hook."""

    room: str
    name: str
    id: str
    made: str
    to: str
    word: str


@click.command()
@click.argument("room", required=False)
@click.option("--name", type=TEXT, help="Make a hook, whose messages have this name, and print its address.")
@click.option(
    "--to", type=TEXT, metavar="URL", help="With --name: make an outgoing hook, which is called at URL for messages."
)
@click.option("--word", type=TEXT, help="With --to: call it for messages that begin with /WORD, too.")
@click.option("--revoke", type=TEXT, metavar="ID-OR-NAME", help="Revoke a hook: its address is no longer valid.")
@base_option
@json_option
@click.pass_obj
def hook(
    operator: Operator, room: str | None, name: str | None, to: str | None, word: str | None, revoke: str | None,
    base: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Make, list or revoke hooks (incoming webhooks): addresses at which programs write into ROOM, by default the main
    one. Without an option it lists them, without ROOM those of all rooms. The address of a new hook is printed this
    once: keep it secret. With --to, it makes an outgoing hook (outgoing webhook): the chat calls a program for the
    messages that mention its name, and prints the secret that signs these calls.
    """
    _check_options(name, to, word, revoke, base)
    if revoke is not None:
        _revoke(operator, room_of(room or MAIN_ROOM), revoke, as_json=as_json)
    elif name is None:
        _list(operator, room_of(room) if room else None, as_json=as_json)
    elif to is None:
        _make(operator, open_room_of(room or MAIN_ROOM, operator.settings), name, base, as_json=as_json)
    else:
        _make_outgoing(operator, open_room_of(room or MAIN_ROOM, operator.settings), name, to, word, as_json=as_json)


def _check_options(name: str | None, to: str | None, word: str | None, revoke: str | None, base: str | None) -> None:
    """Raises click.UsageError for options that don't go together."""
    if revoke is not None and (name, to, word, base) != (None,) * 4:
        raise click.UsageError("--revoke goes with neither --name nor --base, --to or --word.")
    if base is not None and (name is None or to is not None):
        raise click.UsageError("--base is for --name without --to.")
    if to is not None and name is None:
        raise click.UsageError("--to is for --name: add the name under which the program answers.")
    if word is not None and to is None:
        raise click.UsageError("--word is for --to: add the address of the program.")


def _make(operator: Operator, room: str, name: str, base: str | None, *, as_json: bool) -> None:
    hook_address(operator.settings, base, room, "")  # before anything is made: there may be none
    named = _name(name)
    made, key = _made(operator, room, lambda link: make_hook(link, room, named, time.time()))
    url = hook_address(operator.settings, base, room, key)
    if as_json:
        print_json({"id": made.id, "name": made.name, "made": made.made, "url": url})
    else:
        click.echo(url)


def _make_outgoing(operator: Operator, room: str, name: str, to: str, word: str | None, *, as_json: bool) -> None:
    named, checked = _name(name), "" if word is None else check_word(word)
    check_destination(operator.settings, to)

    async def make(link: RedisLink) -> tuple[Collection[Hook], Hook]:
        earlier = (await hooks_of(link, room)).values()
        return earlier, await make_outgoing_hook(link, room, named, to, checked, time.time())

    earlier, made = _made(operator, room, make)
    if as_json:
        print_json(made)
    else:
        announce(made)
    remark_on_others(made, earlier)


def _name(raw: str) -> str:
    """The name of a hook. Raises Failure."""
    try:
        return person_name(raw)
    except Refused as refused:
        raise Failure(sentence(refused)) from None


def _made(operator: Operator, room: str, make: Callable[[RedisLink], Coroutine[Any, Any, T]]) -> T:
    """The hook that `make` makes. Raises Failure."""
    try:
        return operator.run(make, room, create=True)
    except TooManyHooks:
        raise Failure(f"{room} has {HOOKS_MAX} hooks, and no more fit: revoke one with --revoke.") from None


def _list(operator: Operator, room: str | None, *, as_json: bool) -> None:
    async def work(link: RedisLink) -> tuple[list[list[HookRow]], list[str]]:
        async def listed(name: str) -> list[HookRow]:
            hooks = (await hooks_of(link, name)).values()
            return [HookRow(name, one.name, one.id, one.made, one.to, one.word) for one in hooks]

        return await each_room(link, [room] if room else await room_names(link, with_hooks=True), listed)

    found, foreign = operator.run(work)
    rows = list(chain(*found))
    if as_json:
        print_json(rows)
    else:
        empty = "" if foreign else f"{room} has no hooks." if room else "No room has hooks."
        table = [
            (one.room, one.name, one.id, readable_time(one.made), one.word and f"/{one.word}", one.to) for one in rows
        ]
        print_table(("room", "name", "id", with_zone("made"), "word", "called at"), table, empty=empty)
    fail_if_left_out(foreign, "Nothing was listed." if room else REST_LISTED)


def _revoke(operator: Operator, room: str, who: str, *, as_json: bool) -> None:
    async def work(link: RedisLink) -> Hook:
        field, found = _one_of(await hooks_of(link, room), who, room)
        await revoke_hook(link, room, field)
        if found.to:
            await tell_hooks_changed(link)
        return found

    revoked = operator.run(work, room)
    if as_json:
        print_json({"id": revoked.id, "name": revoked.name})
    else:
        click.echo(f"Revoked the hook {revoked.name} ({revoked.id}) of {room}")


def _one_of(hooks: dict[str, Hook], who: str, room: str) -> tuple[str, Hook]:
    """The field and the hook that an id or a name means. Raises Failure."""
    found = [pair for pair in hooks.items() if who == pair[1].id or folded(who) == folded(pair[1].name)]
    if not found:
        raise Failure(f"{room} has no hook {who}. `python -m wschat hook` lists those of all rooms.")
    if len(found) > 1:
        ids = ", ".join(f"{one.id} (made {readable_time(one.made)})" for _, one in found)
        raise Failure(f"{room} has {len(found)} hooks called {who}. Revoke one by its id: {ids}.")
    return found[0]
