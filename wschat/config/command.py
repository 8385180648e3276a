"""The command line: the options of all settings, generated from their definitions."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from click.core import ParameterSource

from .. import __version__
from ..files import password_in
from ..idle import IdleWhen
from .settings import ANNOTATIONS, IN_SERVER_PY, SECRETS, SETTINGS, Settings, option_name, variable_name
from .spelling import check_constants, unknown_names
from .values import FileOrNone, FolderPath, Number, WordList

# The type of an option that follows from the type of its field.
KINDS: Mapping[object, click.ParamType[Any]] = {
    str: click.STRING,
    float: Number(),
    tuple[str, ...]: WordList(),
    Path: FolderPath(),
    Path | None: FileOrNone(),
    IdleWhen: click.Choice(IdleWhen, case_sensitive=False),
}
# The types that a constant of server.py may have, and a text for errors; the other sources only have text.
CONSTANTS: Mapping[object, tuple[tuple[type, ...], str]] = {
    int: ((int, float, str), "expected a number"),
    float: ((int, float, str), "expected a number"),
    tuple[str, ...]: ((str, tuple, list), "expected text in quotes"),
    Path: ((Path, str), "expected text in quotes"),
    Path | None: ((Path, str), "expected text in quotes"),
}
TEXT = (str,), "expected text in quotes"
SURROGATE = re.compile("[\ud800-\udfff]")  # in place of a byte that isn't UTF-8


def command_line(defaults: Mapping[str, object], root: Path, run: Callable[[Settings], None]) -> click.Command:
    """The command that reads the settings and calls `run` with them.

    `defaults` are the constants of `server.py`, in capitals. An invalid value ends it with code 2 and a sentence.
    """

    @click.pass_context
    def start(context: click.Context, /, **values: Any) -> None:
        run(settings_of(context, values, defaults, root))

    return click.Command(
        "server.py",
        callback=start,
        params=[*setting_options(defaults), version_option()],
        help="Run the group chat server. Open the printed address in a browser.",
        epilog="Every option is also an environment variable (--idle-timeout: WSCHAT_IDLE_TIMEOUT) and a "
        "constant in server.py. See docs/operations.md.",
        context_settings={
            "max_content_width": 100,
            "help_option_names": ["-h", "--help"],
        },
    )


def setting_options(defaults: Mapping[str, object], shown: Collection[str] = SETTINGS) -> list[click.Parameter]:
    """An option for each setting; `--help` lists those in `shown`."""
    return [_option(name, defaults, hidden=name not in shown) for name in SETTINGS]


def settings_of(context: click.Context, values: dict[str, Any], defaults: Mapping[str, object], root: Path) -> Settings:
    """The settings from the values of their options. Raises UsageError."""
    check_constants(defaults)
    sources = {name: _source(context, name) for name in values}
    for name in SECRETS:
        if not values[name] and values[f"{name}_file"]:
            sources[name] = sources[f"{name}_file"]
            values[name] = _first_line(values[f"{name}_file"], sources[name])
    _check_together(values, sources)
    return Settings(root=root, sources=sources, unknown=tuple(unknown_names(defaults, os.environ)), **values)


def version_option() -> click.Option:
    """The option `--version`, which prints the version and ends the program."""

    def show(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
        if is_asked:
            click.echo(f"websocket-redis-chat {__version__}")
            context.exit()

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show, help="Show the version and exit."
    )


def _first_line(file: Path, source: str) -> str:
    try:
        return password_in(file)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", "it isn't text in UTF-8")
        raise click.UsageError(f"{source}: could not read {file}: {reason}.") from None


def _check_together(values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
    """Check settings that depend on each other. Raises UsageError, which ends the program with a sentence."""
    for one, other in (("tls_cert", "tls_key"), ("tls_key", "tls_cert")):
        if values[one] and not values[other]:
            raise click.UsageError(f"{sources[one]} is set, but --{option_name(other)} isn't: they go together.")
    for name in SECRETS:
        if values[f"{name}_file"] and not values[name]:
            file = f"{name}_file"
            raise click.UsageError(f"{sources[file]}: {values[file]} has no password in its first line.")
    if values["auth"] == "jwt" and not (values["jwt_key_file"] and values["jwt_audience"]):
        raise click.UsageError(f"{sources['auth']} is jwt, which requires --jwt-key-file and --jwt-audience.")
    for name in ("jwt_key_file", "jwt_audience"):  # but whoever starts it with --auth open means it
        is_open = values["auth"] == "open" and not values["password"]
        if values[name] and is_open and sources["auth"].endswith(IN_SERVER_PY):
            raise click.UsageError(
                f"{sources[name]} is set, but {sources['auth']} is open, so anyone could join: set --auth jwt, or "
                "--auth open if that is meant."
            )
    if values["auth"] == "jwt" and values["password"]:
        raise click.UsageError(f"{sources['auth']} is jwt, which can't be combined with {sources['password']}.")


class _Setting(click.Option):
    """An option whose errors name the source of the value."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        try:
            self._check_kind(value)
            return super().type_cast_value(ctx, value)
        except click.BadParameter as problem:
            problem.param_hint = _source(ctx, str(self.name))
            raise

    def _check_kind(self, value: Any) -> None:
        """Check the type of a value. Raises BadParameter, without the value, which may be a secret."""
        hint = get_args(ANNOTATIONS[str(self.name)])[0]
        kinds, expected = CONSTANTS.get(hint, TEXT)
        words = value if isinstance(value, (tuple, list)) else ()
        if value is not None and not (isinstance(value, kinds) and all(isinstance(word, str) for word in words)):
            raise click.BadParameter(f"{expected}.")
        if Path not in kinds and any(SURROGATE.search(word) for word in (*words, value) if isinstance(word, str)):
            raise click.BadParameter("expected text in UTF-8.")


def _option(name: str, defaults: Mapping[str, object], *, hidden: bool) -> click.Option:
    default = defaults.get(name.upper())
    if name.upper() in defaults and default is None:
        default = ""  # click would take None for no default, and not check it
    hint, text, *kind = get_args(ANNOTATIONS[name])
    return _Setting(
        [f"--{option_name(name)}"],
        envvar=variable_name(name),
        is_eager=name == "log_format",  # errors in any other are reported in that format
        hidden=hidden,
        type=kind[0] if kind else _kind(hint),
        default=default,
        help=text,
        show_default=default != "" and name not in SECRETS,
    )


def _kind(hint: object) -> click.ParamType[Any]:
    return click.Choice(get_args(hint), case_sensitive=False) if get_origin(hint) is Literal else KINDS[hint]


def _source(context: click.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        return f"--{option_name(name)}"
    if source is ParameterSource.ENVIRONMENT:
        return variable_name(name)
    return name.upper() + IN_SERVER_PY
