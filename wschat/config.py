"""The settings: from `server.py`, the environment and the command line; the last one that speaks counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from .idle import IdleWhen

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


class FileOrNone(click.ParamType["Path | None"]):
    """A file's path; None for an empty value."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | None:
        return Path(value) if value else None


WORDS, FILE = Words(), FileOrNone()
ALGORITHMS = ("HS256", "ES256")
SECRETS = ("password", "redis_password")  # each also from a file, NAME-file
HIDDEN = ("password", "redis-password")  # from `--help`


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
    ("workers", WorkerCount(), "Processes behind the port: a number, or auto for one per processor."),
    ("idle-timeout", click.FloatRange(min=0), "Seconds without a message and without a new connection after "
                                              "which the server stops; 0: never."),
    ("idle-when", click.Choice([when.value for when in IdleWhen]),
     "quiet: stop also with silent people connected; empty: only when nobody is connected."),
    ("history-kept", click.IntRange(200, 1_000_000), "Messages kept in each room."),
    ("lang", click.Choice(["ru", "en", "auto"]), "The page's language for newcomers; auto: the browser's."),
    ("log-format", click.Choice(["text", "json"]), "How the log is written, to the error stream."),
    ("log-level", click.Choice(["debug", "info", "warning", "error"]), "The least that is logged."),
    ("post-rate", click.FloatRange(min=0),
     "Messages a second that a person may write, over all tabs; 0: no limit, nor on frames (for load tests)."),
    ("post-burst", click.IntRange(1, 10_000), "Messages that a person may write at once."),
    ("sockets", click.IntRange(1), "Connections of one process; beyond it newcomers are turned away."),
    ("sockets-per-address", click.IntRange(1),
     "The same from one address (IPv6: a /64); also how many may come at once. Not for this machine itself."),
    ("socket-rate", click.FloatRange(min=0), "New connections a second from one address; 0: no limit."),
    ("reserved-names", WORDS, "Names that nobody may take, nor any that looks like them; commas between."),
    ("auth", click.Choice(["open", "jwt"]), "jwt: only those whom another site vouches for."),
    ("password", str,
     "What people must know to come in. Better in WSCHAT_PASSWORD or a file: others see a command line."),
    ("password-file", FILE, "File with the password in its first line."),
    ("jwt-algorithm", click.Choice(ALGORITHMS), "How the site signs its tokens."),
    ("jwt-key-file", FILE, "HS256: the secret shared with the site; ES256: the site's public key, PEM."),
    ("jwt-audience", str, "What stands as aud in the site's tokens for this chat."),
    ("origin", WORDS, "Other sites whose pages may connect: https://example.org, null, or *; commas between."),
    ("trusted-proxy", WORDS, "Proxies whose X-Forwarded-For is believed: addresses, networks; commas between."),
    ("frame-ancestors", str, "Who may show the chat in a frame, as in a Content-Security-Policy."),
    ("tls-cert", FILE, "Certificate with its chain, PEM: the server speaks https by itself."),
    ("tls-key", FILE, "The certificate's key, PEM."),
    ("redis-user", str, "User at Redis, where the URL names none."),
    ("redis-password", str, "Password at Redis. Better in WSCHAT_REDIS_PASSWORD or a file."),
    ("redis-password-file", FILE, "File with the password at Redis in its first line."),
)  # fmt: skip
"""Every setting: name of the option, its type, and what it does."""


@dataclass(frozen=True)
class Settings:
    """What the server was told. Times in seconds. `sources` says for each setting where it came from."""

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
    post_rate: float
    post_burst: int
    sockets: int
    sockets_per_address: int
    socket_rate: float
    reserved_names: tuple[str, ...]
    auth: str
    password: str = field(repr=False)
    password_file: Path | None
    jwt_algorithm: str
    jwt_key_file: Path | None
    jwt_audience: str
    origin: tuple[str, ...]
    trusted_proxy: tuple[str, ...]
    frame_ancestors: str
    tls_cert: Path | None
    tls_key: Path | None
    redis_user: str
    redis_password: str = field(repr=False)
    redis_password_file: Path | None
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
            f"--{name.replace('_', '-')}: a password on the command line is seen by everyone on this "
            f"machine. Put it into the environment: {PREFIX}_{name.upper()}."
            for name in exposed
        ]

    def _is_on_line(self, name: str) -> bool:
        return self.sources[name].startswith("--")


def command_line(defaults: Mapping[str, object], root: Path, run: Callable[[Settings], None]) -> click.Command:
    """The command that reads the settings and calls `run` with them.

    `defaults` are the constants of `server.py`, in capitals. A wrong value ends it with code 2 and a sentence.
    """

    @click.pass_context
    def start(context: click.Context, /, **values: Any) -> None:
        sources = {name: _source(context, name) for name in values}
        values["idle_when"] = IdleWhen(values["idle_when"])
        values["data"] = Path(values["data"])
        for name in SECRETS:
            values[name] = values[name] or _first_line(values[f"{name}_file"])
        _check_together(values)
        run(Settings(root=root, sources=sources, **values))

    options = [_option(name, kind, text, defaults) for name, kind, text in OPTIONS]
    return click.Command(
        "server.py",
        callback=start,
        params=list(options),
        help="A group chat that runs on this machine. Open the printed address in a browser.",
        epilog="Every option is also an environment variable (--idle-timeout: WSCHAT_IDLE_TIMEOUT) and a "
        "constant in server.py. docs/operations.md says more.",
        context_settings={
            "auto_envvar_prefix": PREFIX,
            "max_content_width": 100,
            "help_option_names": ["-h", "--help"],
        },
    )


def _first_line(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return (file.read_text(encoding="utf-8").splitlines() or [""])[0]
    except (OSError, UnicodeDecodeError) as problem:
        raise click.UsageError(f"{file} can't be read: {problem.__class__.__name__}") from None


def _check_together(values: Mapping[str, Any]) -> None:
    """Settings that make sense together only. Raises UsageError, which ends the program with a sentence."""
    if bool(values["tls_cert"]) != bool(values["tls_key"]):
        raise click.UsageError("--tls-cert and --tls-key belong together.")
    if values["password_file"] and not values["password"]:
        raise click.UsageError(f"--password-file: there is no password in {values['password_file']}.")
    if values["auth"] == "jwt" and not (values["jwt_key_file"] and values["jwt_audience"]):
        raise click.UsageError("--auth jwt needs --jwt-key-file and --jwt-audience.")
    if values["auth"] == "jwt" and values["password"]:
        raise click.UsageError("--auth jwt and --password can't be had together.")
    if any(char in values["frame_ancestors"] for char in ";\r\n"):
        raise click.UsageError("--frame-ancestors: only sources, such as 'self' https://example.org")


def _option(name: str, kind: click.ParamType[Any] | type, text: str, defaults: Mapping[str, object]) -> click.Option:
    default = defaults[name.replace("-", "_").upper()]
    return click.Option([f"--{name}"], type=kind, default=default, help=text, show_default=name not in HIDDEN)


def _source(context: click.Context, name: str) -> str:
    source = context.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        return "--" + name.replace("_", "-")
    if source is ParameterSource.ENVIRONMENT:
        return f"{PREFIX}_{name.upper()}"
    return f"{name.upper()} in server.py"
