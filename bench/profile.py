"""Where the server's time goes: ``python -m bench.profile fan-out``, or another; needs py-spy."""

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
from bench.stage import Server, Stage

SAMPLES = 400  # a second
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
SETTLED = 1.5  # seconds after which everyone is in, and sampling begins


@click.command()
@click.argument("what", type=click.Choice(list(PLANS)))
@click.option("--seconds", default=4.0, help="How long to take samples.")
@click.option("--stacks", type=click.Path(path_type=Path), help="Keep them here, collapsed, for a flame graph.")
def main(what: str, seconds: float, stacks: Path | None) -> None:
    """Profile the server with py-spy while it does WHAT."""
    if PY_SPY is None:
        raise click.ClickException("py-spy not found: pip install py-spy")
    with Stage(quick=False) as stage, stage.running(CONTENDERS["wschat"]) as server:
        record = stacks.absolute() if stacks else stage.folder / "stacks"
        recorder = Timer(0 if what == "join" else SETTLED, _record, (server, record, seconds))
        recorder.start()
        load.run(server, PLANS[what])
        recorder.join()
        click.echo(_summary(record.read_text()))


def _record(server: Server, path: Path, seconds: float) -> None:
    """Only a server on the processor is sampled: one that waits doesn't show."""
    what = ["--pid", str(server.process.pid), "--duration", f"{seconds:g}", "--rate", str(SAMPLES)]
    how = ["--function", "--format", "raw", "--output", str(path)]
    assert PY_SPY
    subprocess.run([PY_SPY, "record", *what, *how], check=True, capture_output=True)


def _summary(stacks: str) -> str:
    """Frames by the time spent in them and below, and by the time spent in them alone."""
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
    for title, counts in (("in the frame and below", below), ("in the frame alone", alone)):
        ranked = [(frame, times) for frame, times in counts.most_common() if frame not in roots]
        rows = [f"{100 * times / total:5.1f} %  {frame}" for frame, times in ranked[:LINES]]
        parts.append("\n".join([f"\n{title}:", *rows]))
    return "\n".join(parts)


if __name__ == "__main__":
    main()
