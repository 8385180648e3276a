"""Runs one command in the embedded Redis and prints the reply, whether the chat is running or not.

python tools/redis_command.py [--data FOLDER] COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from wschat.__main__ import hint  # noqa: E402

try:
    from redis import Redis
    from redis.exceptions import RedisError

    from wschat.errors import StartError
    from wschat.redis_link import find_redis
    from wschat.redis_link.folder import act_as_owner
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} isn't installed. {hint(ROOT)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Run one command in the embedded Redis.")
    parser.add_argument(
        "--data", type=Path, default=ROOT / "data", help="the chat's data folder (default: %(default)s)"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND [ARGUMENT...]")
    asked = parser.parse_args()
    if not asked.command:
        parser.error("a command is missing, such as: PUBLISH chat Hello")
    if not asked.command[0].isascii():
        parser.error("the name of a command has ASCII letters only")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a reply may be no text, or have letters that the terminal lacks
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        reply = _reply(asked.data, *asked.command)
    except (StartError, RedisError) as problem:
        sys.exit(str(problem))
    try:
        print(reply, flush=True)
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would write it again at its end
        sys.exit(f"Could not write the reply: {problem.strerror}")


def _reply(data: Path, command: str, *arguments: str) -> object:
    source = find_redis("embedded", data, create=False, before_embedded=act_as_owner)
    try:
        with Redis.from_url(source.url, decode_responses=True, encoding_errors="backslashreplace") as client:
            return client.execute_command(command, *map(os.fsencode, arguments))
    finally:
        source.release()


if __name__ == "__main__":
    main()
