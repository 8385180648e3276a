"""Reaching Redis: one URL or the embedded server; scripts, the subscription, and the watchdog over both."""

from .link import Call, RedisLink
from .locate import RedisSource, locate
from .scripts import Script, load_script
from .subscriber import Listener

__all__ = ["Call", "Listener", "RedisLink", "RedisSource", "Script", "load_script", "locate"]
