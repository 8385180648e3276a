"""How a command ends without success."""

from __future__ import annotations

import click

from .terminal import printable

INTERRUPTED = 130  # the exit code of a program that a signal ended, by convention


class Failure(click.ClickException):
    """Ends the command with a sentence on the error stream and code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it may contain names of strangers
