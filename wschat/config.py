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
    ("port", click.IntRange(0, 65535), "Port to listen on; 0 picks a free one."),
    ("host", str, "Address to listen on: localhost for this machine only, 0.0.0.0 for all interfaces."),
    ("redis", str, "auto (localhost:6379 if it answers, else the embedded Redis), embedded, or a URL: "
                   "redis://, rediss://, unix://."),
    ("data", click.Path(path_type=Path), "Folder where the embedded Redis keeps the messages."),
    ("workers", WorkerCount(), "Worker processes: a number, or auto for one per processor."),
    ("idle-timeout", click.FloatRange(min=0), "Seconds without a message or a new connection after which the "
                                              "server stops; 0: never."),
    ("idle-when", click.Choice([when.value for when in IdleWhen]),
     "quiet: stop even while silent people are connected; empty: only when nobody is connected."),
    ("history-kept", click.IntRange(200, 1_000_000), "Messages kept in each room."),
    ("lang", click.Choice(["ru", "en", "auto"]), "Page language for first-time visitors; auto: the browser's."),
    ("log-format", click.Choice(["text", "json"]), "Format of the log, which goes to stderr."),
    ("log-level", click.Choice(["debug", "info", "warning", "error"]), "Lowest level to log."),
    ("post-rate", click.FloatRange(min=0),
     "Messages per second for one person, over all tabs; 0: no limit on messages or frames (for load tests)."),
    ("post-burst", click.IntRange(1, 10_000), "Messages that one person may send in a burst."),
    ("sockets", click.IntRange(1), "Connections per process; the server rejects any beyond that."),
    ("sockets-per-address", click.IntRange(1),
     "Connections from one address (IPv6: one /64), also as a burst; this machine is exempt."),
    ("socket-rate", click.FloatRange(min=0), "New connections per second from one address; 0: no limit."),
    ("reserved-names", WORDS, "Comma-separated names that nobody may take, nor any name that looks like one of them."),
    ("auth", click.Choice(["open", "jwt"]), "open: anyone; jwt: only people with a token signed by another site."),
    ("password", str,
     "Password for joining. Prefer WSCHAT_PASSWORD or a file: other users can read a command line."),
    ("password-file", FILE, "File whose first line is the password."),
    ("jwt-algorithm", click.Choice(ALGORITHMS), "Algorithm that the site signs its tokens with."),
    ("jwt-key-file", FILE, "HS256: the secret shared with the site; ES256: the site's public key in PEM."),
    ("jwt-audience", str, "Value of the aud claim in the site's tokens for this chat."),
    ("origin", WORDS, "Comma-separated origins whose pages may connect: https://example.org, null, or *."),
    ("trusted-proxy", WORDS, "Comma-separated proxies whose X-Forwarded-For to trust: addresses or networks."),
    ("frame-ancestors", str, "Sites that may frame the chat, as in a Content-Security-Policy."),
    ("tls-cert", FILE, "Certificate with its chain in PEM: the server itself serves https."),
    ("tls-key", FILE, "The certificate's key in PEM."),
    ("redis-user", str, "Redis user, if the URL names none."),
    ("redis-password", str, "Redis password. Prefer WSCHAT_REDIS_PASSWORD or a file."),
    ("redis-password-file", FILE, "File whose first line is the Redis password."),
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
            f"--{name.replace('_', '-')}: every user of this machine can read a password on the command line; "
            "set it in the environment or in a file instead"
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
    if file is None:
        return ""
    try:
        return (file.read_text(encoding="utf-8").splitlines() or [""])[0]
    except (OSError, UnicodeDecodeError) as problem:
        raise click.UsageError(f"Could not read {file}: {problem.__class__.__name__}") from None


def _check_together(values: Mapping[str, Any]) -> None:
    """Settings that make sense together only. Raises UsageError, which ends the program with a sentence."""
    if bool(values["tls_cert"]) != bool(values["tls_key"]):
        raise click.UsageError("--tls-cert and --tls-key must be set together.")
    if values["password_file"] and not values["password"]:
        raise click.UsageError(f"--password-file: {values['password_file']} has no password in its first line.")
    if values["auth"] == "jwt" and not (values["jwt_key_file"] and values["jwt_audience"]):
        raise click.UsageError("--auth jwt requires --jwt-key-file and --jwt-audience.")
    if values["auth"] == "jwt" and values["password"]:
        raise click.UsageError("--auth jwt and --password can't be combined.")
    if any(char in values["frame_ancestors"] for char in ";\r\n"):
        raise click.UsageError("--frame-ancestors: expected a list of sources, such as 'self' https://example.org")


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
