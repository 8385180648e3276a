"""`python -m wschat` on a Sentinel set and a cluster: rooms lie on several primaries, and every command finds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.engines import Cluster, Engine, SentinelSet
from ..support.program import wschat

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ROOMS = ("chat", "kitchen", "garden", "attic")


@pytest.fixture(params=["sentinels", "cluster"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A primary with two replicas and one sentinel, or two primaries."""
    redis: SentinelSet | Cluster
    if request.param == "sentinels":
        redis = SentinelSet(tmp_path, sentinels=1)
    else:
        redis = Cluster(tmp_path, primaries=2, replicas=0)
    yield redis.start()
    redis.stop()


def test_every_command_works_on_all_primaries(engine: Engine, tmp_path: Path) -> None:
    """Messages in four rooms are listed, copied, erased, and restored."""
    url = engine.url  # type: ignore[attr-defined]

    def run(*words: str) -> str:
        done = wschat(*words, redis=url)
        assert done.code == 0, (words, done.output + done.errors)
        return done.output

    for room in ROOMS:
        run("say", room, f"secret {room}")
    assert all(room in run("rooms") for room in ROOMS)
    assert '"rooms":4,"entries":4' in run("stats", "--json")
    assert "A message was stored, published, received, deleted and purged" in wschat("check", redis=url).output
    assert run("backup", str(tmp_path / "copy")) == "Copied 4 rooms with 4 entries\n"
    for words in (["forget", "--person", "operator"], ["clear", "chat"], ["forget", "--room", "attic"]):
        done = wschat(*words, "--yes", redis=url)
        assert done.code == 0 or "Erased from Redis" in done.errors, done.errors
    assert b"secret" not in engine.everything()
    run("restore", str(tmp_path / "copy"), "--yes")
    for room in ROOMS:
        assert f"secret {room}" in run("tail", room, "--no-follow")
        assert f"secret {room}" in run("export", room)
