"""All settings, each with its type, its range and its text for `--help`, and the values that a server has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Literal, get_origin

from ..files import password_in
from ..idle import IdleWhen
from .network_values import AddressAndPort, BasePath, Hosts, Networks, OriginList, RedisPlace, Sources
from .picture_setting import PicturePlace
from .redis_url import PORT_MAX, without_secrets
from .room_names import RoomNames
from .values import Integer, PerSecond, WorkerCount

PREFIX = "WSCHAT"
IN_SERVER_PY = " in server.py"  # how the source of a constant ends


@dataclass(frozen=True)
class Settings:
    """The server's settings. Times are in seconds. `sources` has the source of each setting.

    This is the only definition of each setting: its name, its type, its text in `--help`, and its range. The option,
    the environment variable and the constant of `server.py`, which has the default, follow from it. A secret has no
    repr; it can also be given in a file, by the setting NAME_file.
    """

    root: Path
    port: Annotated[int, "Port to listen on; 0 picks a free one.", Integer(0, PORT_MAX)]
    host: Annotated[
        tuple[str, ...],
        "Comma-separated addresses to listen on: localhost for this machine only, 0.0.0.0 for all interfaces, "
        "unix:/path for a Unix socket.",
        Hosts(),
    ]
    base_path: Annotated[str, "Path that the chat's addresses begin with, such as /chat; empty: none.", BasePath()]
    redis: Annotated[
        str,
        "auto (localhost:6379 if anything listens there, else the embedded Redis), embedded, or a URL: redis://, "
        "rediss://, unix://, redis+sentinel://, redis+cluster://.",
        RedisPlace(),
    ]
    publish: Annotated[
        Literal["sharded", "both"],
        "In a Redis Cluster, sharded: publish messages for this chat only; both: also with PUBLISH, for programs that "
        "subscribe.",
    ]
    data: Annotated[Path, "Folder where the embedded Redis keeps the messages; also for pictures."]
    pictures: Annotated[
        str,
        "Where pictures are kept: auto (in the data folder, if Redis is on this machine), off (none are taken), a "
        "folder, or s3://bucket/prefix.",
        PicturePlace(),
    ]
    workers: Annotated[int, "Worker processes: a number, or auto for one per processor.", WorkerCount()]
    idle_timeout: Annotated[
        float,
        "Seconds without a message or a new connection after which the server stops; 0: never.",
    ]
    idle_when: Annotated[
        IdleWhen,
        "quiet: stop even while silent people are connected; empty: only when nobody is connected.",
    ]
    rooms: Annotated[
        tuple[str, ...],
        "any, or comma-separated names of the only rooms besides the main one.",
        RoomNames(),
    ]
    history_kept: Annotated[int, "Messages, and changes of messages, kept in each room.", Integer(200, 1_000_000)]
    history_days: Annotated[float, "Days that messages are kept, in every room; 0: no limit."]
    edit_window: Annotated[float, "Seconds after posting in which people can edit a message; 0: no limit."]
    lang: Annotated[Literal["ru", "en", "auto"], "Page language for first-time visitors; auto: the browser's."]
    log_format: Annotated[Literal["text", "json"], "Format of the log, which goes to stderr."]
    log_level: Annotated[Literal["debug", "info", "warning", "error"], "Lowest level to log."]
    metrics: Annotated[str, "Address and port for metrics, such as 127.0.0.1:9464; empty: none.", AddressAndPort()]
    post_rate: Annotated[
        float,
        "Messages per second for one person, over all tabs; 0: no limit on messages or frames (for load tests).",
        PerSecond(),
    ]
    post_burst: Annotated[int, "Messages that one person may send in a burst.", Integer(1, 10_000)]
    sockets: Annotated[int, "Connections per process; the server rejects any beyond that.", Integer(1)]
    sockets_per_address: Annotated[
        int,
        "Connections from one address (IPv6: one /64), also as a burst; this machine is exempt.",
        Integer(1),
    ]
    socket_rate: Annotated[float, "New connections per second from one address; 0: no limit.", PerSecond()]
    reserved_names: Annotated[
        tuple[str, ...],
        "Comma-separated names that nobody may take, nor any name that looks like one of them.",
    ]
    bar_addresses: Annotated[
        Literal["on", "off"],
        "on: a removal or a mute also holds for the person's address, for up to a week; off: for the person only.",
    ]
    observers: Annotated[
        Literal["on", "off"],
        "on: programs may read rooms over HTTP under the rules for joining, and aren't listed; off: they can't.",
    ]
    badges: Annotated[
        Literal["on", "off"],
        "on: /r/ROOM/badge.svg shows how many people are online, unless joining needs a password or token.",
    ]
    hook_networks: Annotated[
        tuple[str, ...],
        "Comma-separated addresses and networks that outgoing hooks may call besides public addresses.",
        Networks(),
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
        OriginList(),
    ]
    trusted_proxy: Annotated[
        tuple[str, ...],
        "Comma-separated proxies whose X-Forwarded-For to trust: addresses or networks.",
        Networks(),
    ]
    frame_ancestors: Annotated[str, "Sites that may frame the chat, as in a Content-Security-Policy.", Sources()]
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
    unknown: tuple[str, ...] = ()  # sentences about names that look like settings and aren't

    def source(self, name: str) -> str:
        """The source of a setting, in words: `--idle-timeout`, `WSCHAT_IDLE_TIMEOUT`, `IDLE_TIMEOUT in server.py`."""
        return self.sources[name]

    @property
    def changed(self) -> dict[str, str]:
        """The settings from the command line and the environment, without secrets."""
        return {name: self._shown(name) for name in SETTINGS if not self.sources[name].endswith(IN_SERVER_PY)}

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        if name in SECRETS:
            return "(secret)"
        if name == "redis":
            return without_secrets(value)
        if isinstance(value, float):
            return f"{value:.12g}"  # 0 as it was written, not 0.0
        return ",".join(value) if isinstance(value, tuple) else str(value)

    @property
    def warnings(self) -> list[str]:
        """Warnings about settings that are unsafe or have no effect, without the secrets themselves."""
        exposed = [name for name in SECRETS if getattr(self, name) and self._is_on_line(name)]
        before_host = self.redis.partition("://")[2].rpartition("@")[0]
        if ":" in before_host and self._is_on_line("redis"):
            exposed.append("redis")
        return [*self.unknown] + [
            f"--{option_name(name)}: every user of this machine can read a password on the command line; "
            "set it in the environment or in a file instead"
            for name in exposed
        ]

    def _is_on_line(self, name: str) -> bool:
        return self.sources[name] == f"--{option_name(name)}"

    def reread(self) -> "Settings":
        """These settings with the password for joining that its file has now. Redis's is only used at the start.

        Raises OSError, ValueError.
        """
        file = self.password_file
        if file is None or self.sources["password"] != self.sources["password_file"]:
            return self
        password = password_in(file)
        if not password:
            raise ValueError(f"{file} has no password in its first line")
        return replace(self, password=password)


def option_name(setting: str) -> str:
    return setting.replace("_", "-")


def variable_name(setting: str) -> str:
    return f"{PREFIX}_{setting.upper()}"


# Annotations are objects here, not text: this module doesn't import them from __future__.
ANNOTATIONS = {one.name: one.type for one in fields(Settings)}
SETTINGS = tuple(name for name, annotation in ANNOTATIONS.items() if get_origin(annotation) is Annotated)
SECRETS = tuple(one.name for one in fields(Settings) if not one.repr)
