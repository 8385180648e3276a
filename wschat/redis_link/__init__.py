"""Reaching Redis: one URL or the embedded server; scripts, the subscription, and the watchdog over both."""

from .credentials import Credentials
from .link import Call, RedisLink
from .locate import LOCAL, RedisSource, locate
from .scripts import Script, load_script
from .subscriber import Listener

__all__ = ["LOCAL", "Call", "Credentials", "Listener", "RedisLink", "RedisSource", "Script", "load_script", "locate"]
