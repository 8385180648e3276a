"""Hooks: addresses at which programs on other machines write into a room. docs/decisions/0029.

`stored.py` keeps them in Redis, `posting.py` finds the one of a request and stores its message, which `body.py` and
`slack.py` read from what the program sent. Nothing here is loaded before the first request.
"""
