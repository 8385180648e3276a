"""The chat server. Start it with `python server.py`; `python server.py --help` lists the settings."""

import gc
import os
import sys
from pathlib import Path

# Defaults. Each is also an option (--idle-timeout) and an environment variable (WSCHAT_IDLE_TIMEOUT),
# both of which take precedence.
IDLE_TIMEOUT = 300  # seconds without a message or a new connection after which the server stops; 0: never
IDLE_WHEN = "quiet"  # "quiet": even while silent people are connected; "empty": only when nobody is connected
HOST = "localhost"  # addresses to listen on: "localhost" is this machine only, "0.0.0.0" all interfaces
PORT = 8888
BASE_PATH = ""  # path that the chat's addresses begin with, behind a proxy: "/chat"
REDIS = "auto"  # "auto": localhost:6379 if it answers, else the embedded Redis; "embedded"; or a URL
PUBLISH = "sharded"  # in a Redis Cluster; "both": also for programs that subscribe with SUBSCRIBE
DATA = Path(__file__).resolve().parent / "data"  # where the embedded Redis keeps the messages; also for pictures
PICTURES = "auto"  # in DATA if Redis is on this machine; "off"; a folder; or "s3://bucket/prefix"
WORKERS = 1  # worker processes; "auto": one per processor
ROOMS = "any"  # rooms that exist besides the main one: "any", or "kitchen, team"
HISTORY_KEPT = 10_000  # messages, and changes of messages, kept in each room
HISTORY_DAYS = 0  # days that messages are kept; 0: no limit
EDIT_WINDOW = 86_400  # seconds after posting in which people can edit a message; 0: no limit
LANG = "ru"  # page language for first-time visitors: "ru", "en", or "auto" (the browser's)
LOG_FORMAT = "text"  # or "json"
LOG_LEVEL = "info"
METRICS = ""  # address for Prometheus: "127.0.0.1:9464"; nobody else should reach it

# Access and limits. See docs/security-settings.md.
POST_RATE = 5.0  # messages per second for one person; 0: no limit, for load tests
POST_BURST = 20  # messages that one person may send in a burst
SOCKETS = 20_000  # connections per process
SOCKETS_PER_ADDRESS = 500  # connections from one address (IPv6: one /64); this machine is exempt
SOCKET_RATE = 20.0  # new connections per second from one address
RESERVED_NAMES = (  # names that nobody may take, nor any that looks like one of them
    "Сервер, Server, Система, System, Чат, Chat, Администратор, Administrator, Админ, Admin, Модератор, Moderator, "
    "Модер, Mod, Бот, Bot, Поддержка, Support, Владелец, Owner, Root, Вы, You, Извне, Outside"
)
BAR_ADDRESSES = "on"  # whom a moderator removes can't come back from the same address; "off" where many share one
OBSERVERS = "on"  # programs may read rooms over HTTP, as whoever may join can; "off"
BADGES = "off"  # "on": /r/ROOM/badge.svg shows how many people are online in a room that is open to everyone
HOOK_NETWORKS = ""  # that outgoing hooks may call besides public addresses: "127.0.0.1, 10.0.0.0/8"
AUTH = "open"  # or "jwt": only people with a token signed by another site
PASSWORD = ""  # password for joining; prefer the environment (WSCHAT_PASSWORD) or a file
PASSWORD_FILE = ""
JWT_ALGORITHM = "HS256"  # or "ES256"
JWT_KEY_FILE = ""
JWT_AUDIENCE = ""
ORIGIN = ""  # other origins whose pages may connect: "https://example.org, https://example.com"
TRUSTED_PROXY = ""  # proxies whose X-Forwarded-For to trust: "127.0.0.1, 10.0.0.0/8"
FRAME_ANCESTORS = "'self'"  # sites that may frame the chat: "'self' https://example.org"
TLS_CERT = ""  # certificate and key in PEM: the server itself serves https
TLS_KEY = ""
HSTS = "auto"  # with TLS_CERT: browsers use only https from then on, if the name is public; or "off"
REDIS_USER = ""
REDIS_PASSWORD = ""
REDIS_PASSWORD_FILE = ""


def refuse(english: str, russian: str) -> None:
    """End with a sentence, at a terminal in the language of LANG."""
    is_russian = os.environ.get("WSCHAT_LANG", LANG) == "ru" and sys.stderr.isatty()
    sys.stderr.write((russian if is_russian else english) + "\n")
    sys.exit(2)


if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036  older Pythons get a clear error
        refuse(
            "The chat needs Python 3.10 or newer; this is %d.%d." % sys.version_info[:2],  # noqa: UP031
            "Чату нужен Python 3.10 или новее, а это %d.%d." % sys.version_info[:2],  # noqa: UP031
        )
    if sys.platform == "win32":
        refuse(
            "The chat runs on Linux and macOS. On Windows, start it in WSL or in a container.",
            "Чат работает в Linux и macOS. В Windows запустите его в WSL или в контейнере.",
        )
    gc.disable()  # what a start makes is kept, so to look through it for garbage is in vain; main() enables it
    try:
        from wschat.stop import exit_on_signal

        exit_on_signal()
        from wschat.app import main

        main(
            {name: value for name, value in globals().items() if name.isupper()},
            Path(__file__).resolve().parent,
        )
    except ModuleNotFoundError as missing:
        if missing.name in (None, "wschat"):
            raise
        from wschat.__main__ import hint

        root = Path(__file__).resolve().parent
        refuse(
            f"{missing.name} isn't installed. {hint(root)}",
            f"Не установлено: {missing.name}. {hint(root, 'ru')}",
        )
    except KeyboardInterrupt:  # Ctrl-C in the very first moment
        sys.exit(0)
