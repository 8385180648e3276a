"""The settings: from `server.py`, the environment and the command line; the last one that speaks counts."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import click
from click.core import ParameterSource

from .idle import IdleWhen
from .secret_files import password_in

PREFIX = "WSCHAT"


class WorkerCount(click.ParamType[int]):
    """A number from 1, or `auto`: as many as this process may use processors."""

    name = "integer|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "auto":
            return _processors()
        return click.IntRange(1, 256).convert(value, param, ctx)


class Words(click.ParamType[tuple[str, ...]]):
    """Words with commas between; none for an empty value."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        words = value.split(",") if isinstance(value, str) else value
        return tuple(word.strip() for word in words if word.strip())


class FileOrNone(click.ParamType[Path | None]):
    """A file's path; None for an empty value."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | None:
        return Path(value) if value else None


WORDS, FILE = Words(), FileOrNone()
# The type of an option where the type of its field says it all.
KINDS: Mapping[object, click.ParamType[Any] | type] = {
    str: str,
    float: click.FloatRange(min=0),
    tuple[str, ...]: WORDS,
    Path: click.Path(path_type=Path),
    Path | None: FILE,
    IdleWhen: click.Choice(IdleWhen, case_sensitive=False),
}


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """What the server was told. Times in seconds. `sources` says for each setting where it came from.

    This is the one definition of each setting: its name, its type, what `--help` says, and its range. From it come
    the option, the environment variable and the constant of `server.py`, which holds the default. A secret has no
    repr; it can also be given in a file, by the setting NAME_file.
    """

    root: Path
    port: Annotated[int, "Port to listen on; 0 picks a free one.", click.IntRange(0, 65535)]
    host: Annotated[str, "Address to listen on: localhost for this machine only, 0.0.0.0 for all interfaces."]
    redis: Annotated[
        str,
        "auto (localhost:6379 if it answers, else the embedded Redis), embedded, or a URL: redis://, "
        "rediss://, unix://.",
    ]
    data: Annotated[Path, "Folder where the embedded Redis keeps the messages."]
    workers: Annotated[int, "Worker processes: a number, or auto for one per processor.", WorkerCount()]
    idle_timeout: Annotated[
        float,
        "Seconds without a message or a new connection after which the server stops; 0: never.",
    ]
    idle_when: Annotated[
        IdleWhen,
        "quiet: stop even while silent people are connected; empty: only when nobody is connected.",
    ]
    history_kept: Annotated[
        int, "Messages, and changes of messages, kept in each room.", click.IntRange(200, 1_000_000)
    ]
    edit_window: Annotated[float, "Seconds after posting in which people can edit a message; 0: no limit."]
    lang: Annotated[Literal["ru", "en", "auto"], "Page language for first-time visitors; auto: the browser's."]
    log_format: Annotated[Literal["text", "json"], "Format of the log, which goes to stderr."]
    log_level: Annotated[Literal["debug", "info", "warning", "error"], "Lowest level to log."]
    post_rate: Annotated[
        float,
        "Messages per second for one person, over all tabs; 0: no limit on messages or frames (for load tests).",
    ]
    post_burst: Annotated[int, "Messages that one person may send in a burst.", click.IntRange(1, 10_000)]
    sockets: Annotated[int, "Connections per process; the server rejects any beyond that.", click.IntRange(1)]
    sockets_per_address: Annotated[
        int,
        "Connections from one address (IPv6: one /64), also as a burst; this machine is exempt.",
        click.IntRange(1),
    ]
    socket_rate: Annotated[float, "New connections per second from one address; 0: no limit."]
    reserved_names: Annotated[
        tuple[str, ...],
        "Comma-separated names that nobody may take, nor any name that looks like one of them.",
    ]
    auth: Annotated[Literal["open", "jwt"], "open: anyone; jwt: only people with a token signed by another site."]
    password: Annotated[
        str,
        "Password for joining. Prefer WSCHAT_PASSWORD or a file: other users can read a command line.",
    ] = field(repr=False)
    password_file: Annotated[Path | None, "File whose first line is the password."]
    jwt_algorithm: Annotated[Literal["HS256", "ES256"], "Algorithm that the site signs its tokens with."]
    jwt_key_file: Annotated[
        Path | None,
        "HS256: the secret shared with the site; ES256: the site's public key in PEM.",
    ]
    jwt_audience: Annotated[str, "Value of the aud claim in the site's tokens for this chat."]
    origin: Annotated[
        tuple[str, ...],
        "Comma-separated origins whose pages may connect: https://example.org, null, or *.",
    ]
    trusted_proxy: Annotated[
        tuple[str, ...],
        "Comma-separated proxies whose X-Forwarded-For to trust: addresses or networks.",
    ]
    frame_ancestors: Annotated[str, "Sites that may frame the chat, as in a Content-Security-Policy."]
    tls_cert: Annotated[Path | None, "Certificate with its chain in PEM: the server itself serves https."]
    tls_key: Annotated[Path | None, "The certificate's key in PEM."]
    hsts: Annotated[
        Literal["auto", "off"],
        "With --tls-cert, tell browsers to use only https: auto: for public names; off: never.",
    ]
    redis_user: Annotated[str, "Redis user, if the URL names none."]
    redis_password: Annotated[str, "Redis password. Prefer WSCHAT_REDIS_PASSWORD or a file."] = field(repr=False)
    redis_password_file: Annotated[Path | None, "File whose first line is the Redis password."]
    sources: Mapping[str, str]

    def source(self, name: str) -> str:
        """Where it came from, in words: `--idle-timeout`, `WSCHAT_IDLE_TIMEOUT`, `IDLE_TIMEOUT in server.py`."""
        return self.sources[name]

    @property
    def warnings(self) -> list[str]:
        """What the operator did that isn't safe, in words without the secrets themselves."""
        exposed = [name for name in SECRETS if getattr(self, name) and self._is_on_line(name)]
        before_host = self.redis.partition("://")[2].rpartition("@")[0]
        if ":" in before_host and self._is_on_line("redis"):
            exposed.append("redis")
        return [
            f"--{option_name(name)}: every user of this machine can read a password on the command line; "
            "set it in the environment or in a file instead"
            for name in exposed
        ]

    def _is_on_line(self, name: str) -> bool:
        return self.sources[name].startswith("--")


# Annotations are objects here, not text: this module doesn't import them from __future__.
_ANNOTATIONS = {one.name: one.type for one in fields(Settings)}
SETTINGS = tuple(name for name, annotation in _ANNOTATIONS.items() if get_origin(annotation) is Annotated)
SECRETS = tuple(one.name for one in fields(Settings) if not one.repr)


def command_line(defaults: Mapping[str, object], root: Path, run: Callable[[Settings], None]) -> click.Command:
    """The command that reads the settings and calls `run` with them.

    `defaults` are the constants of `server.py`, in capitals. A wrong value ends it with code 2 and a sentence.
    """

    @click.pass_context
    def start(context: click.Context, /, **values: Any) -> None:
        sources = {name: _source(context, name) for name in values}
        for name in SECRETS:
            values[name] = values[name] or _first_line(values[f"{name}_file"])
        _check_together(values)
        run(Settings(root=root, sources=sources, **values))

    return click.Command(
        "server.py",
        callback=start,
        params=[_option(name, defaults[name.upper()]) for name in SETTINGS],
        help="Run the group chat server. Open the printed address in a browser.",
        epilog="Every option is also an environment variable (--idle-timeout: WSCHAT_IDLE_TIMEOUT) and a "
        "constant in server.py. See docs/operations.md.",
        context_settings={
            "auto_envvar_prefix": PREFIX,
            "max_content_width": 100,
            "help_option_names": ["-h", "--help"],
        },
    )


def _first_line(file: Path | None) -> str:
    try:
        return password_in(file) if file else ""
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", "it isn't text in UTF-8")
        raise click.UsageError(f"Could not read {file}: {reason}") from None


def _check_together(values: Mapping[str, Any]) -> None:
    """Settings that make sense together only. Raises UsageError, which ends the program with a sentence."""
    if bool(values["tls_cert"]) != bool(values["tls_key"]):
        raise click.UsageError("--tls-cert and --tls-key must be set together.")
    for name in SECRETS:
        if (file := values[f"{name}_file"]) and not values[name]:
            raise click.UsageError(f"--{option_name(name)}-file: {file} has no password in its first line.")
    if values["auth"] == "jwt" and not (values["jwt_key_file"] and values["jwt_audience"]):
        raise click.UsageError("--auth jwt requires --jwt-key-file and --jwt-audience.")
    if values["auth"] == "jwt" and values["password"]:
        raise click.UsageError("--auth jwt and --password can't be combined.")
    if any(char in values["frame_ancestors"] for char in ";\r\n"):
        raise click.UsageError("--frame-ancestors: expected a list of sources, such as 'self' https://example.org")


def _option(name: str, default: object) -> click.Option:
    hint, text, *kind = get_args(_ANNOTATIONS[name])
    return click.Option(
        [f"--{option_name(name)}"],
        type=kind[0] if kind else _kind(hint),
        default=default,
        help=text,
        show_default=name not in SECRETS,
    )


def _kind(hint: object) -> click.ParamType[Any] | type:
    return click.Choice(get_args(hint)) if get_origin(hint) is Literal else KINDS[hint]


def option_name(setting: str) -> str:
    return setting.replace("_", "-")


def variable_name(setting: str) -> str:
    return f"{PREFIX}_{setting.upper()}"


def _source(context: click.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        return f"--{option_name(name)}"
    if source is ParameterSource.ENVIRONMENT:
        return variable_name(name)
    return f"{name.upper()} in server.py"
