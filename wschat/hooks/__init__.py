"""Hooks: addresses at which programs on other machines write into a room (docs/decisions/0029), and programs that are
called for a room's messages (`outgoing/`).

`room_hooks.py` keeps them in Redis, `posting.py` finds the one of a request and stores its message, which `body.py` and
`slack.py` read from what the program sent. A server loads all of it with the first request, or when a room has an
outgoing hook.
"""

from .outgoing.call import ANSWER_MAX, CallAnswer, CallFailed, CallTimes
from .outgoing.destinations import is_allowed, url_problem
from .outgoing.hook_caller import CallServices
from .outgoing.outgoing_hooks import OutgoingHooks
from .outgoing.registry import make_outgoing_hook
from .outgoing.triggers import word_of
from .posting import HookPosts
from .room_hooks import HOOKS_MAX, Hook, TooManyHooks, hooks_of, make_hook, revoke_hook

__all__ = [
    "ANSWER_MAX",
    "HOOKS_MAX",
    "CallAnswer",
    "CallFailed",
    "CallServices",
    "CallTimes",
    "Hook",
    "HookPosts",
    "OutgoingHooks",
    "TooManyHooks",
    "hooks_of",
    "is_allowed",
    "make_hook",
    "make_outgoing_hook",
    "revoke_hook",
    "url_problem",
    "word_of",
]
