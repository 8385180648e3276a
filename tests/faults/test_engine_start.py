"""A start with a Sentinel set or a cluster that can't be used: a sentence that says what to do, and the exit code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wschat.errors import StartError, TryAgainLater
from wschat.redis_link import find_redis, source

from ..support import free_port
from ..support.engines import Cluster, SentinelSet, ask_cluster
from ..support.redis_server import RedisServer


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentinelSet]:
    """A primary with two replicas, and one sentinel."""
    redis = SentinelSet(tmp_path_factory.mktemp("sentinels"), sentinels=1)
    yield redis.start()
    redis.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two primaries."""
    redis = Cluster(tmp_path_factory.mktemp("cluster"), primaries=2, replicas=0)
    yield redis.start()
    redis.stop()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "WAIT", 0.3)
    monkeypatch.setattr(source, "RETRY_EVERY", 0.05)


def refused(url: str, tmp_path: Path) -> StartError:
    """The error with which the start is refused."""
    with pytest.raises(StartError) as problem:
        find_redis(url, tmp_path)
    return problem.value


def test_what_can_be_used_is_used(sentinels: SentinelSet, cluster: Cluster, tmp_path: Path) -> None:
    """The title has the hosts, and a cluster whose primaries write without replicas is warned about."""
    found = find_redis(sentinels.url, tmp_path)
    assert (found.title, found.warnings) == (f"Redis at {sentinels.url}", ())
    (warning,) = find_redis(cluster.url, tmp_path).warnings  # once, however many primaries have it
    assert "min-replicas-to-write" in warning


def test_a_name_that_no_sentinel_knows_ends_the_start(sentinels: SentinelSet, tmp_path: Path) -> None:
    """The sentence names it, and a person must correct it: exit code 2."""
    problem = refused(sentinels.url.replace("/chat", "/main"), tmp_path)
    assert "the sentinels know no primary named main; correct the name at the end of --redis" in str(problem)
    assert problem.exit_code == 2


def test_a_primary_that_the_sentinels_name_and_that_is_away_ends_the_start(
    sentinels: SentinelSet, tmp_path: Path
) -> None:
    """It may be just failing over, so the start waits; after that it is for a person."""
    here = sentinels.url.partition("/chat")[0]
    away = RedisServer(tmp_path / "away").start()
    sentinel = sentinels.sentinels[0].client
    sentinel.execute_command("SENTINEL", "MONITOR", "away", "127.0.0.1", away.port, 1)
    away.stop()
    problem = refused(f"{here}/away", tmp_path)
    sentinel.execute_command("SENTINEL", "REMOVE", "away")
    assert f"primary 127.0.0.1:{away.port}: Connection refused" in str(problem)
    assert problem.exit_code == 2


@pytest.mark.parametrize("kind", ["sentinel", "cluster"])
def test_servers_that_are_all_away_are_waited_for(kind: str, tmp_path: Path) -> None:
    """As for one Redis: they may be starting, and a supervisor tries again (exit code 75)."""
    first, second = free_port(), free_port()
    name = "/chat" if kind == "sentinel" else ""
    started = time.monotonic()
    problem = refused(f"redis+{kind}://127.0.0.1:{first},127.0.0.1:{second}{name}", tmp_path)
    assert time.monotonic() - started >= 0.3
    assert f"127.0.0.1:{first}: Connection refused; 127.0.0.1:{second}: Connection refused" in str(problem)
    assert isinstance(problem, TryAgainLater)


def test_a_wrong_password_ends_the_start(sentinels: SentinelSet, cluster: Cluster, tmp_path: Path) -> None:
    """Of Redis, of a sentinel, or of a node of a cluster; it isn't repeated. The one advice says where it is corrected:
    the embedded Redis has another history.
    """
    sentinel = "correct sentinel_user and sentinel_password in the options of --redis)."
    for url, where, end in (
        (sentinels.url.replace("://", "://ann:wrong-one@"), "primary 127.0.0.1", "WSCHAT_REDIS_PASSWORD)."),
        (f"{sentinels.url}?sentinel_user=ann&sentinel_password=wrong-one", "no sentinel answers", sentinel),
        (cluster.url.replace("://", "://ann:wrong-one@"), "no node of the cluster answers", "WSCHAT_REDIS_PASSWORD))."),
    ):
        problem = refused(url, tmp_path)
        assert where in str(problem)
        assert "wrong user or password" in str(problem)
        assert "wrong-one" not in str(problem)
        assert str(problem).endswith(end)
        assert problem.exit_code == 2


def test_a_password_that_is_missing_is_asked_for_where_it_belongs(sentinels: SentinelSet, tmp_path: Path) -> None:
    """A sentinel's stands in the options of the URL."""
    sentinel = sentinels.sentinels[0].client
    sentinel.execute_command("ACL", "SETUSER", "default", "resetpass", ">secret")
    try:
        assert "it requires a password; add sentinel_password=... to the options" in str(
            refused(sentinels.url, tmp_path)
        )
    finally:
        sentinel.execute_command("ACL", "SETUSER", "default", "nopass")


def test_a_cluster_that_is_not_whole_ends_the_start(cluster: Cluster, tmp_path: Path) -> None:
    """The sentence says which slots have no primary."""
    server = cluster.owner()
    slots = cluster.slots_of(server)
    ask_cluster(server, "DELSLOTSRANGE", slots.start, slots.start + 9)
    try:
        problem = refused(
            cluster.url.partition(",")[0].replace(str(cluster.servers[0].port), str(server.port)), tmp_path
        )
        assert f"the cluster isn't whole: no primary has slots {slots.start}-{slots.start + 9}" in str(problem)
        assert problem.exit_code == 2
    finally:
        ask_cluster(server, "ADDSLOTSRANGE", slots.start, slots.start + 9)


def test_a_url_of_the_wrong_kind_ends_the_start(sentinels: SentinelSet, cluster: Cluster, tmp_path: Path) -> None:
    """A server on its own is neither a cluster nor a sentinel."""
    server = sentinels.owner()
    assert "isn't a cluster; use redis:// instead" in str(refused(f"redis+cluster://127.0.0.1:{server.port}", tmp_path))
    assert "isn't a sentinel" in str(refused(f"redis+sentinel://127.0.0.1:{server.port}/chat", tmp_path))
