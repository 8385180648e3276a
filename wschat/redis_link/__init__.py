"""Connects to Redis: one server, the embedded one, a Sentinel set or a cluster; scripts, subscriptions, a watchdog."""

from . import lazy_redis_py as _before_redis_py  # noqa: F401
from .credentials import Credentials
from .folder import REDIS_FOLDER, act_as_owner
from .keys import (
    ALL_KEYS,
    HOOKED_ROOMS_KEY,
    MODERATORS_KEY,
    PICTURES_KEY,
    SCANNED,
    SWEPT_KEY,
    TOKEN_KEY,
    RoomKeys,
    room_of,
)
from .link import Call, CallResult, RedisLink, ScriptArgs
from .primary import PrimaryLink
from .replies import pairs, whole
from .scripts import Script, load_script
from .source import LOCAL, RedisSource, find_redis

__all__ = [
    "ALL_KEYS",
    "HOOKED_ROOMS_KEY",
    "LOCAL",
    "MODERATORS_KEY",
    "PICTURES_KEY",
    "REDIS_FOLDER",
    "SCANNED",
    "SWEPT_KEY",
    "TOKEN_KEY",
    "Call",
    "CallResult",
    "Credentials",
    "PrimaryLink",
    "RedisLink",
    "RedisSource",
    "RoomKeys",
    "Script",
    "ScriptArgs",
    "act_as_owner",
    "find_redis",
    "load_script",
    "pairs",
    "room_of",
    "whole",
]
