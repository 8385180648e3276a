"""Reaching Redis: one URL or the embedded server; scripts, the subscription, and the watchdog over both."""

from .credentials import Credentials
from .keys import RoomKeys
from .link import RETRY_PAUSE, Call, RedisLink, Reply
from .locate import LOCAL, RedisSource, locate
from .scripts import Script, load_script
from .subscriber import Listener

__all__ = [
    "LOCAL",
    "RETRY_PAUSE",
    "Call",
    "Credentials",
    "Listener",
    "RedisLink",
    "RedisSource",
    "Reply",
    "RoomKeys",
    "Script",
    "load_script",
    "locate",
]
