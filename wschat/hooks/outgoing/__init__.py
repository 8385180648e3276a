"""Outgoing hooks: a room's messages that are for a program go to its address. docs/decisions/0032.

`registry.py` keeps them in Redis; `triggers.py` says which messages are for one; `signing.py` signs the calls, and
`destinations.py` says which addresses may be called. On a node, `outgoing_hooks.py` has a `room_caller.py` for each
room, and that a `hook_caller.py` for each hook, which finds its messages by `hook_log.py`.
"""
