"""Hooks: addresses at which programs on other machines write into a room. docs/decisions/0029.

`room_hooks.py` keeps them in Redis, `posting.py` finds the one of a request and stores its message, which `body.py` and
`slack.py` read from what the program sent. A server loads all of it with the first request.
"""

from .posting import HookPosts
from .room_hooks import HOOKS_MAX, Hook, TooManyHooks, hooks_of, make_hook, revoke_hook

__all__ = ["HOOKS_MAX", "Hook", "HookPosts", "TooManyHooks", "hooks_of", "make_hook", "revoke_hook"]
