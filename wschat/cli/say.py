"""`say`: a message from the operator, stored and shown like any other."""

from __future__ import annotations

import asyncio
import sys

import click

from ..broker import IGNORE_PACE, publishing, store_post
from ..errors import RedisRejected, Refused
from ..model import TEXT_MAX, Person, message_text, random_id
from ..moderation import OPERATOR_ID
from ..names import person_name
from ..redis_link import RedisLink
from .arguments import json_option, open_room_of
from .failure import Failure
from .operator import Operator
from .output import print_json, sentence

NAMES = {"ru": "Сервер", "en": "Server"}  # reserved by default
TIMEOUT = 10.0  # s


@click.command()
@click.argument("room")
@click.argument("text")
@click.option("--name", help="The sender's name; by default «Сервер», or Server if LANG is en.")
@json_option
@click.pass_obj
def say(operator: Operator, room: str, text: str, name: str | None, as_json: bool) -> None:
    """Write TEXT into ROOM, as a message that the room keeps. With - as TEXT, read it from standard input."""
    if text == "-":
        text = _read()
    try:
        sender = Person(OPERATOR_ID, person_name(NAMES[operator.lang] if name is None else name))
        words = message_text(text, TEXT_MAX)
    except Refused as refused:
        raise Failure(sentence(refused)) from None
    where = open_room_of(room, operator.settings)
    seq = operator.run(lambda link: post(link, where, sender, words), where, create=True)
    if as_json:
        print_json({"seq": seq})
    else:
        click.echo(f"Message {seq} in {where}, from {sender.name}")


def _read() -> str:
    """The text on standard input, which is UTF-8 in any locale. Raises Failure."""
    try:
        return sys.stdin.buffer.read().decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise Failure("Standard input isn't text in UTF-8.") from None


async def post(link: RedisLink, room: str, sender: Person, text: str, post_id: str = "") -> int:
    """Store and publish a message; return its number. Raises Failure, RedisRejected."""
    async with publishing(link) as publisher:
        storing = store_post(publisher, room, sender, post_id or random_id(), text, share=IGNORE_PACE)
        try:
            return await asyncio.wait_for(storing, TIMEOUT)
        except Refused as refused:
            if isinstance(refused.__cause__, RedisRejected):  # because of a key, say: it must be named
                raise refused.__cause__ from None
            raise Failure(f"Redis didn't store the message: {refused}.") from None
        except asyncio.TimeoutError:
            raise Failure(f"Redis didn't reply within {TIMEOUT:g} s: look whether it has the message.") from None
