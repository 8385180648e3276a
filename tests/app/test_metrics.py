"""The metrics page: what it says, whose numbers these are, and that dashboard, alerts and docs name what is served."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from msgspec import field
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from wschat.app.metrics import Snapshot, added, measured
from wschat.app.metrics.kinds import Histogram
from wschat.app.metrics.page import Families
from wschat.counters import Counters, Timing
from wschat.errors import CloseCode, ErrorCode
from wschat.fan_out import Audience, text_frame

from ..support import Nodes, Server, StartServer, free_port, join
from ..support.client import PATIENCE
from ..support.recording import RecordingMember
from ..support.room import until
from ..support.server import ROOT

MONITORING = ROOT / "deploy/monitoring"
MONITORED = ["dashboard.json", "alerts.yaml"]


def read(port: int) -> dict[str, float]:
    """The samples of a metrics page, with their labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value for sample in samples}


async def page_until(port: int, is_so: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    for _ in range(300):
        if is_so(found := await asyncio.to_thread(read, port)):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def test_the_page_counts_what_happens(start_server: StartServer) -> None:
    """Two people, a post that is sent twice, an edit, a refused command, and somebody who leaves."""
    port = free_port()
    server = start_server("--metrics", f"127.0.0.1:{port}")
    ann, bob = await join(server.ws, "Ann"), await join(server.ws, "Bob")
    before = await asyncio.to_thread(read, port)
    assert await ann.posts("one", "p1") == await ann.posts("one", "p1")
    await bob.hears("one")
    await ann.send("edit", ref="e", seq=1, text="uno")
    await ann.gets("done")
    await bob.gets("amended")  # all that is counted below has been sent to both
    await bob.send("rename", name="\u200b", ref="r")
    await bob.is_refused("name_invalid")
    await bob.leaves()
    found = await page_until(port, lambda now: now["wschat_connections"] == 1)
    expected = {
        "wschat_posts_stored_total": 1, "wschat_posts_repeated_total": 1, "wschat_changes_done_total": 1,
        "wschat_refusals_total name_invalid": 1, "wschat_connections_opened_total": 2, "wschat_sessions": 1,
        "wschat_connections_closed_total 1000": 1, "wschat_rooms": 1, "wschat_redis_up": 1, "wschat_processes": 1,
        "wschat_redis_writes_refused": 0, "wschat_draining": 0, "wschat_posts_waiting": 0,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert found["wschat_deliveries_total"] - before["wschat_deliveries_total"] >= 4
    assert found["wschat_store_duration_seconds_count"] >= 3
    assert found["process_resident_memory_bytes"] > 10e6
    assert 5 < found["process_open_fds"] < found["process_max_fds"]
    assert "wschat_build_info 0.1.0" in found


def test_a_first_refusal_is_an_increase() -> None:
    """Prometheus sees one only where there was a 0 before: the alert on bugs waits for the very first."""
    counts = {sample.labels["code"]: sample.value for sample in _family("wschat_refusals").samples}
    assert counts == dict.fromkeys((code.value for code in ErrorCode), 0)
    alerts = (MONITORING / "alerts.yaml").read_text(encoding="utf-8")
    for name, label, value in re.findall(r'wschat_(\w+)_total\{(\w+)="(\w+)"', alerts):
        assert value in {sample.labels[label] for sample in _family(f"wschat_{name}").samples}


def _family(name: str) -> Metric:
    return next(family for family in Families(Snapshot).collect() if family.name == name)


async def test_the_pages_of_workers_are_gathered_and_never_count_back(start_server: StartServer) -> None:
    """Eight people on two workers; one worker is killed, and what it had counted stays."""
    port = free_port()
    server = start_server("--metrics", f"127.0.0.1:{port}", "--workers", "2")
    people = [await join(server.ws, f"Person {number}") for number in range(8)]
    for person in people:
        await person.posts("hello")
    found = await page_until(port, lambda now: now["wschat_posts_stored_total"] == 8)
    assert (found["wschat_sessions"], found["wschat_processes"]) == (8, 2)
    assert server.process is not None
    workers = [one for one in psutil.Process(server.process.pid).children() if "server.py" in " ".join(one.cmdline())]
    workers[0].send_signal(signal.SIGKILL)
    found = await page_until(port, lambda now: now["wschat_processes"] == 1)
    assert found["wschat_posts_stored_total"] == 8
    assert found["wschat_connections_opened_total"] == 8
    await page_until(port, lambda now: now["wschat_processes"] == 2)


def test_asking_for_the_page_leaves_no_line_in_the_log(start_server: StartServer) -> None:
    """Prometheus asks every few seconds; neither does a HEAD leave one, nor an address that there isn't."""
    port = free_port()
    server = start_server("--metrics", f"127.0.0.1:{port}")
    address = f"http://127.0.0.1:{port}"
    assert read(port)
    for method, path, status in (("HEAD", "/metrics", 200), ("GET", "/", 200), ("GET", "/nothing", 404)):
        assert _status(urllib.request.Request(address + path, method=method)) == status
    assert server.stop() == 0
    assert "ERROR" not in server.output


def _status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_nothing_is_listened_on_and_nothing_is_imported_without_the_setting(tmp_path: Path) -> None:
    """Nobody else pays for it."""
    code = "import sys, wschat.app.start, wschat.app.supervisor; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "False\n"


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    """The server doesn't start without the metrics that it was asked for."""
    server = Server(tmp_path).start()
    try:
        with pytest.raises(AssertionError, match=r"Could not listen on port .*\nChoose another address: --metrics"):
            Server(tmp_path, "--metrics", f"127.0.0.1:{server.port}").start()
    finally:
        server.stop()


async def test_codes_of_a_clients_own_are_one_label(node: Nodes) -> None:
    """A stranger would make a series for each of thousands, or with 1011, as bots' libraries do, raise the alert."""
    counters = node.nodes[0].counters
    codes = [*(code for code in map(int, CloseCode) if code > CloseCode.GOING_AWAY), 3000, 3001, 4999]
    for code in (1000, 1001, *codes):
        await (await node.join(f"Ann {code}"))[0].connection.close(code)
    await until(lambda: counters.closed.total() == 2 + len(codes))
    assert counters.closed == {"1000": 1, "1001": 1, "other": len(codes)}


def served() -> set[str]:
    """Every name that can be on the page."""
    counters = Counters()
    counters.closed["1000"] += 1
    counters.rejected["full"] += 1
    counters.refusals["busy"] += 1
    families = Families(lambda: measured(counters)).collect()
    return {sample.name for family in families for sample in family.samples}


NAMES = re.compile(r"\b(?:wschat|process)_[a-z_]+\b")


@pytest.mark.parametrize("file", [*(f"deploy/monitoring/{name}" for name in MONITORED), "docs/operations.md"])
def test_every_metric_that_is_named_is_served(file: str) -> None:
    """In the dashboard, the alerts and the docs."""
    named = set(NAMES.findall((ROOT / file).read_text(encoding="utf-8")))
    families = {re.sub(r"_bucket$", "", name) for name in served()}
    assert named
    assert named - served() - families == set()


def test_the_docs_name_every_metric() -> None:
    """By its name, and a histogram without the suffixes that Prometheus adds."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    names = {re.sub(r"_(bucket|count|sum)$", "", name) for name in served()}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_names_keep_the_conventions_of_prometheus() -> None:
    """Counters end in _total, and units are seconds and bytes."""
    for family in Families(Snapshot).collect():
        assert re.fullmatch(r"(wschat|process)_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        assert not re.search(r"_(ms|millis|kb|mb|count|total)$", family.name)


def test_snapshots_add_up() -> None:
    """Numbers and histograms are added; Redis is up where it is for all."""
    timing = Timing()
    timing.add(0.003)
    one = Snapshot(posts_stored=2, closed={"1000": 1}, redis_up=1, storing=Histogram(list(timing.counts), 0.003))
    two = Snapshot(posts_stored=3, closed={"1000": 2, "1006": 1}, redis_up=0, draining=1)
    both = added([one, two])
    assert (both.posts_stored, both.redis_up, both.draining) == (5, 0, 1)
    assert both.closed == {"1000": 3, "1006": 1}
    assert sum(both.storing.counts) == 1
    assert one.ended().posts_stored == 2
    assert one.ended().processes == 0
    assert added([]) == Snapshot()


def test_the_latest_search_tells_which_message_is_the_oldest() -> None:
    """It found none where an earlier one, by a worker that has ended since, had found some."""
    assert added([Snapshot(swept=100, oldest=50).ended(), Snapshot(swept=200, oldest=0)]).oldest == 0
    assert added([Snapshot(swept=200, oldest=70), Snapshot(swept=0, oldest=0)]).oldest == 70


def test_the_dashboard_is_whole() -> None:
    """Each panel has a place of its own and asks for something."""
    panels = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    places: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & places
        assert max(x for x, _ in cells) < 24
        places |= cells
        assert all(target["expr"] for target in panel["targets"])
        assert panel["description"].endswith(".")
        if panel["title"] == "Refused":  # each of its labels is there from the start
            assert all(target["expr"].endswith(" > 0") for target in panel["targets"])


def test_a_single_number_is_green_unless_it_says_otherwise() -> None:
    """Grafana makes it red from 80, and shows the version as 1, where nobody says so."""
    panels = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    for panel in (one for one in panels if one["type"] == "stat"):
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"] == [{"color": "green", "value": None}]
        is_named = any("{{" in target["legendFormat"] for target in panel["targets"])
        assert (panel["options"].get("textMode") == "name") == is_named


class WatchedCounters(Counters):
    """Counters that keep how often each of them was written."""

    writes: Counter[str] = field(default_factory=Counter)

    def __setattr__(self, name: str, value: object) -> None:
        self.writes[name] += 1
        super().__setattr__(name, value)


@pytest.mark.parametrize("people", [1, 30])
async def test_counting_costs_two_additions_for_a_broadcast(people: int) -> None:
    """It is no work for each member, however many the broadcast is for."""
    counters = WatchedCounters()
    audience = Audience(counters)
    members = [RecordingMember() for _ in range(people)]
    for member in members:
        audience.add(member)
    for _ in range(10):
        audience.broadcast(text_frame(b'{"type":"pong"}'))
    await until(lambda: all(len(member.events) == 10 for member in members))
    assert counters.writes == {"broadcasts": 10, "deliveries": 10}
    assert (counters.broadcasts, counters.deliveries) == (10, 10 * people)
