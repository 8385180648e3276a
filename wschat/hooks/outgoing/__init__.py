"""Outgoing hooks: a room's messages that are for a program go to its address. docs/decisions/0032.

`registry.py` keeps them in Redis; `triggers.py` says which messages are for one; `signing.py` signs the calls, and
`destinations.py` says which addresses may be called. On a node, `outgoing_hooks.py` has a `room_caller.py` for each
room, and that a `hook_caller.py` for each hook, which finds its messages by `hook_log.py`. A server loads all of it
when a room has an outgoing hook.
"""

from .call import Answer, CallFailed, CallTimes
from .destinations import is_allowed, url_problem
from .hook_caller import CallServices
from .outgoing_hooks import OutgoingHooks
from .registry import make_outgoing_hook
from .triggers import word_of

__all__ = [
    "Answer",
    "CallFailed",
    "CallServices",
    "CallTimes",
    "OutgoingHooks",
    "is_allowed",
    "make_outgoing_hook",
    "url_problem",
    "word_of",
]
