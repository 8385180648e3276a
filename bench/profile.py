"""Profiles the server with py-spy: ``python -m bench.profile fan-out``, or another load."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Timer

import click

from bench import load
from bench.rivals import CONTENDERS
from bench.testbed import Server, Testbed

SAMPLES = 400  # per second
LINES = 20
PLANS = {
    "fan-out": load.Plan(clients=1000, senders=1, rate=40, settle=0.5, seconds=6),
    "crowd": load.Plan(clients=10_000, senders=2, rate=4, settle=4, seconds=6, arrivals=120, arrival_rate=20),
    "flood": load.Plan(clients=1000, senders=50, rate=2000, settle=0.5, seconds=6),
    "join": load.Plan(clients=12_000, rooms=12, settle=0, seconds=0),
    "rooms": load.Plan(clients=1000, rooms=1000, senders=1000, window=1, settle=0.5, seconds=6),
    "post": load.Plan(clients=25, rooms=25, senders=25, window=30, settle=0.5, seconds=6),
}
PY_SPY = shutil.which("py-spy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
SETTLED = 1.5  # seconds after which all clients have joined and sampling begins


@click.command()
@click.argument("what", type=click.Choice(list(PLANS)))
@click.option("--seconds", default=4.0, help="How long to sample.")
@click.option("--stacks", type=click.Path(path_type=Path), help="File for collapsed stacks (flame graphs).")
def main(what: str, seconds: float, stacks: Path | None) -> None:
    """Profile the server with py-spy under the load WHAT."""
    if PY_SPY is None:
        raise click.ClickException("py-spy not found: pip install py-spy")
    with Testbed(quick=False) as testbed, testbed.running(CONTENDERS["wschat"]) as server:
        record = stacks.absolute() if stacks else testbed.folder / "stacks"
        recorder = Timer(0 if what == "join" else SETTLED, _record, (server, record, seconds))
        recorder.start()
        load.run(server, PLANS[what])
        recorder.join()
        click.echo(_summary(record.read_text()))


def _record(server: Server, path: Path, seconds: float) -> None:
    """Sample only the time on the processor: waiting doesn't count."""
    what = ["--pid", str(server.process.pid), "--duration", f"{seconds:g}", "--rate", str(SAMPLES)]
    how = ["--function", "--format", "raw", "--output", str(path)]
    assert PY_SPY
    subprocess.run([PY_SPY, "record", *what, *how], check=True, capture_output=True)


def _summary(stacks: str) -> str:
    """List the frames by total time (with their callees) and by own time."""
    alone: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, times = line.rpartition(" ")
        stack = frames.split(";")
        alone[stack[-1]] += int(times)
        below.update({frame: int(times) for frame in stack})
    total = alone.total()
    roots = {frame for frame, times in below.items() if times == total}
    parts = [f"{total} samples"]
    for title, counts in (("total time", below), ("own time", alone)):
        ranked = [(frame, times) for frame, times in counts.most_common() if frame not in roots]
        rows = [f"{100 * times / total:5.1f} %  {frame}" for frame, times in ranked[:LINES]]
        parts.append("\n".join([f"\n{title}:", *rows]))
    return "\n".join(parts)


if __name__ == "__main__":
    main()
