"""Runs one command in the embedded Redis and prints the reply, whether the chat is running or not.

python tools/redis_command.py [--data FOLDER] COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from wschat.__main__ import hint  # noqa: E402

try:
    from redis import Redis
    from redis.exceptions import RedisError

    from wschat.errors import StartError
    from wschat.redis_link.embedded import EmbeddedRedis
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
    try:
        act_as_owner(asked.data)
        print(_reply(asked.data, asked.command))
    except (StartError, RedisError) as problem:
        sys.exit(str(problem))


def _reply(data: Path, command: list[str]) -> object:
    embedded = EmbeddedRedis(data)
    try:
        embedded.start()
        with Redis.from_url(embedded.url, decode_responses=True) as client:
            return client.execute_command(*command)
    finally:
        embedded.release()


if __name__ == "__main__":
    main()
