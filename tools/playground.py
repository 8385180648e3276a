"""The chat on several Redis servers on this machine, to try failovers: a Sentinel set, or a cluster.

python tools/playground.py sentinel|cluster [OPTION OF server.py...]

The servers run in a temporary folder, which goes with them: at the end all messages are gone.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.engines import Cluster, SentinelSet  # noqa: E402

KINDS: dict[str, Callable[[Path], SentinelSet | Cluster]] = {"sentinel": SentinelSet, "cluster": Cluster}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        sys.exit("Which one? python tools/playground.py sentinel, or: cluster")
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal, say: nothing may be left behind
        signal.signal(number, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="playground-") as folder:
        redis = KINDS[sys.argv[1]](Path(folder))
        try:
            redis.start()
            print(f"{advice(redis)}\n", flush=True)
            server = [sys.executable, str(ROOT / "server.py"), "--redis", redis.url, *sys.argv[2:]]
            sys.exit(subprocess.run(server, check=False).returncode)
        except KeyboardInterrupt:  # for the server too, which has ended by now
            pass
        finally:
            redis.stop()


def advice(redis: SentinelSet | Cluster) -> str:
    """Things to try, as commands."""
    if isinstance(redis, SentinelSet):
        port, primary = redis.sentinels[0].port, redis.owner()
        return (
            f"--redis {redis.url}\nAn ordered failover:    redis-cli -p {port} SENTINEL FAILOVER chat COORDINATED\n"
            f"The primary's end:      redis-cli -p {primary.port} SHUTDOWN NOSAVE"
        )
    primary = redis.owner()
    return (
        f"--redis {redis.url}\nThe cluster:                     redis-cli -p {primary.port} CLUSTER NODES\n"
        f"End of the main room's primary:  redis-cli -p {primary.port} SHUTDOWN NOSAVE"
    )


if __name__ == "__main__":
    main()
