"""The command line: its settings, its commands, and their common set-up."""

from __future__ import annotations

import logging
import runpy
import signal
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from ..app import drop_unwritable_output, open_closed_streams
from ..config import setting_options, settings_of, version_option
from ..model import MAIN_ROOM
from .barring import bar_command, bars_command, unbar_command
from .check import check
from .copies import backup_command, export, restore_command
from .erasing import clear, forget, rotate_key
from .failure import INTERRUPTED, Failure
from .hook import hook
from .looking import people, rooms, stats
from .moderator_link import link
from .operator import Operator
from .output import check_open
from .say import say
from .tail import tail

COMMANDS = (
    rooms, people, tail, stats, check, say, link, hook, bars_command, bar_command, unbar_command, export,
    backup_command, restore_command, clear, forget, rotate_key,
)  # fmt: skip
NEED_STDOUT = (rooms, people, tail, stats, link, hook, bars_command, export)  # in vain if nobody gets their output
LISTED_SETTINGS = ("redis", "data", "redis_user", "redis_password_file")  # by --help; the others are accepted, too


class _Commands(click.Group):
    """A group that lists its commands in their own order: those that show, act, copy, erase."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # while it reads its input, say; click would return 1
            click.echo(err=True)
            sys.exit(INTERRUPTED)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def main() -> None:
    """Run the command that the command line names, with the constants of `server.py`."""
    open_closed_streams()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("wschat.redis_link.redis_errors").disabled = True  # the command reports the same in its own words
    root = Path(__file__).resolve().parents[2]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names may contain letters that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    command = program(_constants(root / "server.py"), root)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        command()
    except OSError as problem:
        click.echo(f"Error: {_place(problem)}: {problem.strerror or problem}.", err=True)
        sys.exit(Failure.exit_code)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # there is nothing left to undo
        drop_unwritable_output()


def program(defaults: Mapping[str, object], root: Path) -> click.Group:
    """The command line as an object, also for tests."""

    @click.pass_context
    def begin(context: click.Context, /, **values: Any) -> None:
        if context.invoked_subcommand in [one.name for one in NEED_STDOUT]:
            check_open("stdout")
        context.obj = Operator(settings_of(context, values, defaults, root))

    group = _Commands(
        "wschat",
        callback=begin,
        params=[*setting_options(defaults, LISTED_SETTINGS), version_option()],
        help="Manage the chat, whether or not its server is running. The settings are the server's.",
        epilog=f"The main room is called {MAIN_ROOM}. Settings stand before the command, in the environment "
        "(WSCHAT_REDIS) or in server.py, as for the server. See docs/operations.md.",
        context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
    )
    for command in COMMANDS:
        command.short_help = " ".join((command.help or "").split()).partition(". ")[0].rstrip(".")  # click would cut it
        group.add_command(command)
    return group


def _place(problem: OSError) -> str:
    """What couldn't be used: a file, or else the output, since the links to Redis raise errors of their own."""
    return f"Could not use {problem.filename}" if problem.filename else "Could not write the output"


def _constants(server: Path) -> dict[str, object]:
    """The constants of `server.py`, of whose code only their assignments are run."""
    try:
        return {name: value for name, value in runpy.run_path(str(server)).items() if name.isupper()}
    except OSError as problem:
        sys.stderr.write(f"Could not read {server}, where the settings stand: {problem.strerror}.\n")
        sys.exit(2)
