"""The settings: from `server.py`, the environment and the command line; the last one that speaks counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from .clocks import IdleWhen

PREFIX = "WSCHAT"


class WorkerCount(click.ParamType[int]):
    """A number from 1, or `auto`: as many as this process may use processors."""

    name = "integer|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "auto":
            return _processors()
        return click.IntRange(1, 256).convert(value, param, ctx)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


OPTIONS: tuple[tuple[str, click.ParamType[Any] | type, str], ...] = (
    ("port", click.IntRange(0, 65535), "Port to listen on; 0 takes a free one."),
    ("host", str, "Address to listen on: localhost for this machine only, 0.0.0.0 for the whole network."),
    ("redis", str, "auto (localhost:6379 if it answers, else the embedded one), embedded, or a URL: "
                   "redis://, rediss://, unix://."),
    ("data", click.Path(path_type=Path), "Folder where the embedded Redis keeps the messages."),
    ("workers", WorkerCount(), "Processes that serve behind the port: a number, or auto for one per processor."),
    ("idle-timeout", click.FloatRange(min=0), "Seconds without a message and without a new connection after "
                                              "which the server stops; 0: never."),
    ("idle-when", click.Choice([when.value for when in IdleWhen]),
     "quiet: stop also with silent people connected; empty: only when nobody is connected."),
    ("history-kept", click.IntRange(200, 1_000_000), "Messages kept in each room."),
    ("lang", click.Choice(["ru", "en", "auto"]), "The page's language for a first visitor; auto: the browser's."),
    ("log-format", click.Choice(["text", "json"]), "How the log is written, to the error stream."),
    ("log-level", click.Choice(["debug", "info", "warning", "error"]), "The least that is logged."),
)  # fmt: skip
"""Every setting: name of the option, its type, and what it does."""


@dataclass(frozen=True)
class Settings:
    """What the server was told. Times in seconds. `origins` says for each setting where it came from."""

    root: Path
    port: int
    host: str
    redis: str
    data: Path
    workers: int
    idle_timeout: float
    idle_when: IdleWhen
    history_kept: int
    lang: str
    log_format: str
    log_level: str
    origins: Mapping[str, str]

    def origin(self, name: str) -> str:
        """Where the setting came from, in words: `--idle-timeout`, `WSCHAT_IDLE_TIMEOUT` or `IDLE_TIMEOUT in server.py`."""
        return self.origins[name]


def command_line(knobs: Mapping[str, object], root: Path, run: Callable[[Settings], None]) -> click.Command:
    """The command that reads the settings and calls `run` with them.

    `knobs` are the constants of `server.py`, in capitals. A wrong value ends it with exit code 2 and a sentence.
    """

    @click.pass_context
    def start(context: click.Context, /, **values: Any) -> None:
        origins = {name: _origin(context, name) for name in values}
        values["idle_when"] = IdleWhen(values["idle_when"])
        values["data"] = Path(values["data"])
        run(Settings(root=root, origins=origins, **values))

    options = [_option(name, kind, text, knobs) for name, kind, text in OPTIONS]
    return click.Command(
        "server.py",
        callback=start,
        params=list(options),
        help="A group chat that runs on this machine. Open the printed address in a browser.",
        epilog="Every option is also an environment variable (--idle-timeout: WSCHAT_IDLE_TIMEOUT) and a constant in "
        "server.py. docs/operations.md says more.",
        context_settings={"auto_envvar_prefix": PREFIX, "max_content_width": 100, "help_option_names": ["-h", "--help"]},
    )


def _option(name: str, kind: click.ParamType[Any] | type, text: str, knobs: Mapping[str, object]) -> click.Option:
    constant = name.replace("-", "_").upper()
    return click.Option([f"--{name}"], type=kind, default=knobs[constant], help=text, show_default=True)


def _origin(context: click.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        return "--" + name.replace("_", "-")
    if source is ParameterSource.ENVIRONMENT:
        return f"{PREFIX}_{name.upper()}"
    return f"{name.upper()} in server.py"
