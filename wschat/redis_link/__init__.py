"""Reaching Redis: one URL or the embedded server; scripts, the subscription, and the watchdog over both."""

from .credentials import Credentials
from .keys import RoomKeys
from .link import Call, RedisLink, Reply
from .scripts import Script, load_script
from .source import LOCAL, RedisSource, find_redis
from .subscriber import Listener

__all__ = [
    "LOCAL",
    "Call",
    "Credentials",
    "Listener",
    "RedisLink",
    "RedisSource",
    "Reply",
    "RoomKeys",
    "Script",
    "find_redis",
    "load_script",
]
