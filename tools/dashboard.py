"""Draws the dashboard of deploy/monitoring from a real run.

python tools/dashboard.py [--minutes N] [--prometheus PROGRAM]

Needs Prometheus (`apt install prometheus`, or its programs in one folder) and matplotlib (`make bench` installs it).
The chat, Prometheus and people who talk run on this machine for so long; each panel is then asked for as Grafana would,
and drawn into docs/img/dashboard.webp. promtool, which comes with Prometheus, checks the alert rules and the metrics.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from day_person import Failed, Person
from day_release import fetch, free_port
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, PercentFormatter

ROOT = Path(__file__).resolve().parents[1]
MONITORING = ROOT / "deploy/monitoring"
PICTURE = ROOT / "docs/img/dashboard.webp"
SCRAPE_EVERY = 2  # s
RATE = f"{SCRAPE_EVERY * 5}s"  # what Grafana's $__rate_interval would be, with few samples
PEOPLE = 60
CHANCE = random.Random(1)  # noqa: S311  nothing secret
UNITS = {"s": "s", "bytes": "B", "ops": "/s"}
STARTED = b"Server started"


@contextmanager
def running(*words: str, until: bytes = b"", log: Path | None = None) -> Iterator[None]:
    """A program, until the end of the block; the block begins when it has said `until`."""
    errors = log.open("wb") if log else subprocess.DEVNULL
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
    try:
        assert process.stdout is not None
        while until and until not in (line := process.stdout.readline()):
            if not line:
                raise Failed(f"{words[0]} ended with code {process.wait()}")
        yield
    finally:
        process.terminate()
        process.wait(20)


async def talk(port: int, seconds: float) -> None:
    """People come, say something now and then, and half of them go before the end."""
    end = time.monotonic() + seconds
    await asyncio.gather(*(one_person(port, number, seconds, end) for number in range(PEOPLE)))


async def one_person(port: int, number: int, seconds: float, end: float) -> None:
    await asyncio.sleep(seconds / 2 * number / PEOPLE)
    person = Person(port, f"person {number}")
    await person.join()
    stay = end if number % 2 else end - seconds / 4 * CHANCE.random()
    count = 0
    while time.monotonic() < stay:
        await asyncio.sleep(CHANCE.uniform(1, 5))
        count += 1
        await person.say(f"message {number} {count}")
    person.leave()


def samples(prometheus: str, panel: dict[str, Any], begin: float, end: float) -> Iterator[tuple[str, list[Any]]]:
    """A name and the samples of each line of a panel."""
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", RATE)
        words = urllib.parse.urlencode({"query": query, "start": begin, "end": end, "step": SCRAPE_EVERY})
        found = json.loads(fetch(f"{prometheus}/api/v1/query_range?{words}"))
        for line in found["data"]["result"]:
            name = target.get("legendFormat") or panel["title"]
            for label, value in line["metric"].items():
                name = name.replace(f"{{{{{label}}}}}", value)
            yield name, line["values"]


def draw_panel(axes: Axes, panel: dict[str, Any], lines: list[tuple[str, list[Any]]], begin: float) -> None:
    axes.set_title(panel["title"], fontsize=9, loc="left", fontweight="bold")
    if panel["type"] == "stat":
        axes.axis("off")
        name, values = lines[0] if lines else ("-", [])
        text = name if panel["title"] == "Version" else f"{float(values[-1][1]):g}" if values else "-"
        axes.text(0, 0.35, text, fontsize=20, color="#2b8a3e", transform=axes.transAxes)
        return
    for name, values in lines:
        axes.plot([at - begin for at, _ in values], [float(value) for _, value in values], label=name, linewidth=1.2)
    unit = panel["fieldConfig"]["defaults"].get("unit", "")
    percent, other = PercentFormatter(1.0), EngFormatter(unit=UNITS.get(unit, ""))
    axes.yaxis.set_major_formatter(percent if unit == "percentunit" else other)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.25)
    axes.set_ylim(0, 1.3 * max((float(value) for _, values in lines for _, value in values), default=0) or 1)
    axes.set_xlim(left=0)
    if lines:
        axes.legend(fontsize=7, frameon=False, loc="upper left")


def draw(prometheus: str, begin: float, end: float) -> None:
    """The panels where the dashboard has them: 24 columns, as many rows as they take."""
    panels = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = plt.figure(figsize=(14, rows * 0.36), layout="constrained")
    grid = figure.add_gridspec(rows, 24)
    for panel in panels:
        at = panel["gridPos"]
        axes = figure.add_subplot(grid[at["y"] : at["y"] + at["h"], at["x"] : at["x"] + at["w"]])
        draw_panel(axes, panel, list(samples(prometheus, panel, begin, end)), begin)
    figure.savefig(PICTURE, dpi=90, pil_kwargs={"quality": 80})


def check(programs: Path, metrics: str) -> None:
    """What promtool says of the alert rules and of the names of the metrics. Raises CalledProcessError."""
    promtool = str(programs / "promtool")
    subprocess.run([promtool, "check", "rules", str(MONITORING / "alerts.yaml")], check=True)
    subprocess.run([promtool, "check", "metrics"], input=fetch(metrics), text=True, check=True)


def run(programs: Path, seconds: float) -> None:
    port, metrics, own = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="dashboard-") as name, ExitStack() as stack:
        folder = Path(name)
        config = {"global": {"scrape_interval": f"{SCRAPE_EVERY}s"}, "rule_files": [str(MONITORING / "alerts.yaml")]}
        jobs = [{"job_name": "wschat", "static_configs": [{"targets": [f"127.0.0.1:{metrics}"]}]}]
        (folder / "prometheus.yml").write_text(json.dumps({**config, "scrape_configs": jobs}))  # JSON is YAML
        chat = ["--port", str(port), "--host", "127.0.0.1", "--idle-timeout", "0", "--redis", "embedded"]
        chat += ["--data", str(folder / "data"), "--metrics", f"127.0.0.1:{metrics}"]
        stack.enter_context(running(sys.executable, "server.py", *chat, until=STARTED))
        words = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
        address = f"--web.listen-address=127.0.0.1:{own}"
        stack.enter_context(running(str(programs / "prometheus"), *words, address, log=folder / "log"))
        check(programs, f"http://127.0.0.1:{metrics}/metrics")
        begin = time.time()
        asyncio.run(talk(port, seconds))
        draw(f"http://127.0.0.1:{own}", begin, time.time())
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--prometheus", type=Path, help="the program, with promtool beside it")
    asked = parser.parse_args()
    program = asked.prometheus or shutil.which("prometheus")
    if program is None:
        sys.exit("Prometheus isn't installed: apt install prometheus")
    run(Path(program).resolve().parent, asked.minutes * 60)


if __name__ == "__main__":
    main()
