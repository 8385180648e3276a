"""The chat server. Start it with `python server.py`; `python server.py --help` lists the settings."""

import sys
from pathlib import Path

# The defaults. Each is also an option (--idle-timeout) and an environment variable (WSCHAT_IDLE_TIMEOUT),
# which come before what stands here.
IDLE_TIMEOUT = 300  # seconds without a message and without a new connection, then the server stops; 0: never
IDLE_WHEN = "quiet"  # "quiet": also with silent people connected; "empty": only when nobody is connected
HOST = "localhost"  # who can reach it: "localhost" is this machine only, "0.0.0.0" everyone in the network
PORT = 8888
REDIS = "auto"  # "auto": localhost:6379 if it answers, else the embedded one; "embedded"; or a URL
DATA = Path(__file__).resolve().parent / "data"  # where the embedded Redis keeps the messages
WORKERS = 1  # processes behind the port; "auto": one per processor
HISTORY_KEPT = 10_000  # messages kept in each room
LANG = "ru"  # the page's language for a first visitor: "ru", "en", or "auto" (the browser's)
LOG_FORMAT = "text"  # or "json"
LOG_LEVEL = "info"

# Strangers. docs/security-settings.md says more.
POST_RATE = 5.0  # messages a second that a person may write; 0: no limit at all, for load tests
POST_BURST = 20  # messages at once
SOCKETS = 20_000  # connections of one process
SOCKETS_PER_ADDRESS = 500  # from one address (IPv6: one /64), except from this machine
SOCKET_RATE = 20.0  # new connections a second from one address
RESERVED_NAMES = "Сервер, Server, Система, System, Администратор, Administrator, Admin, Модератор, Moderator"
AUTH = "open"  # or "jwt": only those whom another site vouches for
PASSWORD = ""  # what people must know to come in; better in the environment (WSCHAT_PASSWORD) or a file
PASSWORD_FILE = ""
JWT_ALGORITHM = "HS256"  # or "ES256"
JWT_KEY_FILE = ""
JWT_AUDIENCE = ""
ORIGIN = ""  # other sites whose pages may connect: "https://example.org, https://example.com"
TRUSTED_PROXY = ""  # proxies whose X-Forwarded-For is believed: "127.0.0.1, 10.0.0.0/8"
FRAME_ANCESTORS = "'self'"  # who may show the chat in a frame: "'self' https://example.org"
TLS_CERT = ""  # a certificate and its key in PEM: the server speaks https by itself
TLS_KEY = ""
REDIS_USER = ""
REDIS_PASSWORD = ""
REDIS_PASSWORD_FILE = ""

if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036  the sentence is for those who have an older one
        sys.stderr.write("The chat needs Python 3.10 or newer; this is %d.%d.\n" % sys.version_info[:2])  # noqa: UP031
        sys.exit(2)
    try:
        from wschat.app import main

        main(
            {name: value for name, value in globals().items() if name.isupper()},
            Path(__file__).resolve().parent,
        )
    except ModuleNotFoundError as missing:
        if missing.name in (None, "wschat"):
            raise
        sys.stderr.write(f"{missing.name} isn't installed. Try: pip install -r requirements.txt (or: make run)\n")
        sys.exit(2)
    except KeyboardInterrupt:  # Ctrl-C while all this was being read
        sys.exit(0)
