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
from chat_person import Failed, Person
from cycler import cycler
from local import fetch, free_port
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, Formatter, FuncFormatter, MaxNLocator, PercentFormatter

ROOT = Path(__file__).resolve().parents[1]
MONITORING = ROOT / "deploy/monitoring"
PICTURE = ROOT / "docs/img/dashboard.webp"
SCRAPE_EVERY = 2  # s
RATE = f"{SCRAPE_EVERY * 5}s"  # what Grafana's $__rate_interval would be, with few samples
PEOPLE = 60
CHANCE = random.Random(1)  # noqa: S311  nothing secret
UNITS = {"s": "s", "bytes": "B", "ops": "/s"}
STARTED = b"Server started"
STYLE: Any = {
    "axes.edgecolor": "#adb5bd", "axes.labelcolor": "#495057", "axes.titlecolor": "#212529", "axes.spines.top": False,
    "axes.spines.right": False, "xtick.color": "#495057", "ytick.color": "#495057", "grid.color": "#dee2e6",
    "axes.prop_cycle": cycler(color=["#1971c2", "#e8590c", "#2f9e44", "#9c36b5"]),
}  # fmt: skip
COLORS = {"green": "#2b8a3e", "red": "#c92a2a"}


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
    """A name and the samples of each line of a panel: seconds after the beginning, and the value."""
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", RATE)
        words = urllib.parse.urlencode({"query": query, "start": begin, "end": end, "step": SCRAPE_EVERY})
        found = json.loads(fetch(f"{prometheus}/api/v1/query_range?{words}"))
        for line in found["data"]["result"]:
            name = target.get("legendFormat") or panel["title"]
            for label, value in line["metric"].items():
                name = name.replace(f"{{{{{label}}}}}", value)
            yield name, [(at - begin, float(value)) for at, value in line["values"] if value != "NaN"]


def draw_panel(axes: Axes, panel: dict[str, Any], lines: list[tuple[str, list[Any]]], seconds: float) -> None:
    """A panel whose `lines` have times from 0 to `seconds`."""
    axes.set_title(panel["title"], fontsize=9, loc="left", fontweight="bold")
    if panel["type"] == "stat":
        text, color = number_of(panel, lines)
        axes.axis("off")
        axes.text(0, 0.45, text, fontsize=20, color=COLORS[color], transform=axes.transAxes)
        return
    top = max((value for _, points in lines for _, value in points), default=0)
    for name, points in lines:
        axes.plot([at for at, _ in points], [value for _, value in points], label=name, linewidth=1.2, clip_on=False)
    axes.yaxis.set_major_formatter(formatter(panel["fieldConfig"]["defaults"].get("unit", ""), top))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 4, 5, 10], integer=not top))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[3, 6]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at // 60:.0f}:{at % 60:02.0f}"))
    axes.tick_params(labelsize=7, length=0)
    axes.grid()
    axes.set_ylim(0, 1.3 * top or 1)
    axes.set_xlim(0, seconds)
    if lines:
        axes.legend(fontsize=7, frameon=False, loc="upper left", ncols=3)
    else:
        axes.text(0.5, 0.5, "none", fontsize=9, color="#868e96", ha="center", transform=axes.transAxes)


def number_of(panel: dict[str, Any], lines: list[tuple[str, list[Any]]]) -> tuple[str, str]:
    """The value and colour that a panel of one number shows: the dashboard's word for it, if any."""
    if not lines or not lines[0][1]:
        return "-", "green"
    name, points = lines[0]
    if panel["options"].get("textMode") == "name":
        return name, "green"
    number = f"{points[-1][1]:g}"
    mappings = panel["fieldConfig"]["defaults"].get("mappings", [])
    words = mappings[0]["options"].get(number, {}) if mappings else {}
    return words.get("text", number), words.get("color", "green")


def formatter(unit: str, top: float) -> Formatter:
    """As Grafana writes this unit; `top` is the highest value. A rate has no prefix below 1: 800 m/s is a speed."""
    if unit == "percentunit":
        return PercentFormatter(1.0, decimals=None if top < 0.1 else 0)
    if unit == "s" or top >= 1000:
        return EngFormatter(unit=UNITS.get(unit, ""))
    return FuncFormatter(lambda value, _: f"{value:g} {UNITS.get(unit, '')}".rstrip())


def draw(prometheus: str, begin: float, end: float, picture: Path = PICTURE) -> None:
    """The panels where the dashboard has them: 24 columns, as many rows as they take."""
    panels = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(14, rows * 0.36), layout="constrained")
        grid = figure.add_gridspec(rows, 24)
        for panel in panels:
            at = panel["gridPos"]
            axes = figure.add_subplot(grid[at["y"] : at["y"] + at["h"], at["x"] : at["x"] + at["w"]])
            draw_panel(axes, panel, list(samples(prometheus, panel, begin, end)), end - begin)
        figure.savefig(picture, dpi=90, pil_kwargs={"quality": 80})
        plt.close(figure)


def check(programs: Path, metrics: str) -> None:
    """Check the alert rules and the names of the metrics with promtool. Raises CalledProcessError."""
    promtool = str(programs / "promtool")
    subprocess.run([promtool, "check", "rules", str(MONITORING / "alerts.yaml")], check=True)
    subprocess.run([promtool, "check", "metrics"], input=fetch(metrics), text=True, check=True)


def run(programs: Path, seconds: float) -> None:
    port, metrics, own = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="dashboard-") as name, ExitStack() as stack:
        folder = Path(name)
        config = {"global": {"scrape_interval": f"{SCRAPE_EVERY}s"}, "rule_files": [str(MONITORING / "alerts.yaml")]}
        target = {"targets": [f"127.0.0.1:{metrics}"], "labels": {"instance": "127.0.0.1:9464"}}
        jobs = [{"job_name": "wschat", "static_configs": [target]}]
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
