"""Copies a room's rules, bars and moderators' acts into a backup, and restores them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..protocol import RULES_CHANGED
from ..redis_link import Call, RedisLink, whole
from .archive import ModerationData
from .portions import text, text_hash

GENERATION = "generation"  # the field of the rules that says which links are valid


async def copy_moderation(link: RedisLink, room: str, foreign: Collection[str]) -> ModerationData:
    """A copy of a room's rules, bars and acts, without the keys in `foreign`, which have another type.

    Raises RedisUnavailable.
    """
    rules, barred, acts = link.keys(room).moderation
    recorded: Any = [] if acts in foreign else await link.execute(Call.command("XRANGE", acts, "-", "+"))
    return ModerationData(
        {} if rules in foreign else await text_hash(link, rules),
        {} if barred in foreign else await text_hash(link, barred),
        [text(fields.get(b"a", b"")) for _, fields in recorded],
    )


async def put_moderation(link: RedisLink, room: str, moderation: ModerationData) -> None:
    """Replace a room's rules, bars and acts by these, in one step. Raises RedisUnavailable.

    Links that were revoked since the backup, even at this moment, stay revoked: the generation in Redis is kept.
    """
    keys = link.keys(room)
    rules, barred, acts = keys.moderation
    present = await link.execute(Call.command("HKEYS", rules))
    version = await link.execute(Call.command("HGET", rules, "version"))
    told = await link.execute(Call.command("HGET", keys.meta, "rules"))
    fields = dict(moderation.rules)
    generation = fields.pop(GENERATION, None)
    if moderation.barred:  # without their number, scripts wouldn't look up whether somebody is barred
        fields.setdefault("bars", str(len(moderation.barred)))
    fields["version"] = str(max(whole(one) or 0 for one in (version, told, moderation.rules.get("version"))) + 1)
    former = [name for name in present if name != GENERATION.encode()]
    calls = [Call.command("HDEL", rules, *former)] if former else []
    calls += [Call.command("DEL", barred, acts), Call.command("HSET", rules, *_flat(fields))]
    calls += [Call.command("HSETNX", rules, GENERATION, generation)] if generation else []
    calls += [Call.command("HSET", barred, *_flat(moderation.barred))] if moderation.barred else []
    calls += [Call.command("XADD", acts, "*", "a", act) for act in moderation.acts]
    calls.append(Call.command("HSET", keys.meta, "rules", fields["version"]))
    if keys.kept:
        calls += [Call.command("EXPIRE", key, keys.kept) for key in (rules, barred, acts)]
    await link.transaction(calls)
    await link.execute(Call.command(keys.publish_signal, keys.signals, RULES_CHANGED))


def _flat(fields: dict[str, str]) -> list[str]:
    return [word for pair in fields.items() for word in pair]
