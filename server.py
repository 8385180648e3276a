"""The chat server. Start it with `python server.py`; `python server.py --help` lists the settings."""

import sys
from pathlib import Path

# The knobs. Each is also an option (--idle-timeout) and an environment variable (WSCHAT_IDLE_TIMEOUT),
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

if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036: the sentence is for those who have an older one
        sys.exit("The chat needs Python 3.10 or newer; this is %d.%d." % sys.version_info[:2])
    from wschat.app import main

    main({name: value for name, value in globals().items() if name.isupper()}, root=Path(__file__).resolve().parent)
