"""``python -m bench``: measures wschat and the other servers in one run, and saves the results."""

import resource
from datetime import datetime, timezone
from pathlib import Path

import click
import psutil

from bench.load import LoadFailed
from bench.machine import describe, versions
from bench.measure import MEASURES
from bench.measure.base import OURS, Measure
from bench.results import LATEST, QUICK, Results
from bench.rivals import CONTENDERS, Contender
from bench.tables import number, render
from bench.testbed import NotStarted, Testbed

RUNS = 3
OBSERVE = 0.2  # seconds before each measurement in which to record how busy other programs keep the machine
QUICK_SERVERS = ("wschat", "epoll", "ws", "write_message")
QUICK_MEASURES = ("delivery", "saturation", "memory", "joins", "posts", "presence", "startup")


@click.command()
@click.option("--quick", is_flag=True, help="Run smaller loads, once, without curves: under two minutes.")
@click.option("--runs", type=click.IntRange(1), help=f"Number of runs; {RUNS} by default.")
@click.option("--only", type=click.Choice(list(MEASURES)), multiple=True, help="Only this measure; repeatable.")
@click.option("--server", type=click.Choice(list(CONTENDERS)), multiple=True, help="Only this server; repeatable.")
@click.option(
    "--redis-cluster",
    type=click.IntRange(0),
    default=0,
    help="Only wschat, with one process and two workers, on a Redis Cluster of so many primaries.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Where to write the results (JSON).")
def main(
    quick: bool,
    runs: int | None,
    only: tuple[str, ...],
    server: tuple[str, ...],
    redis_cluster: int,
    output: Path | None,
) -> None:
    """Measure wschat and the other servers."""
    _allow_many_sockets()
    runs = runs or (1 if quick else RUNS)
    measures = [MEASURES[name] for name in only or (QUICK_MEASURES if quick else MEASURES)]
    if redis_cluster:
        server = server or OURS
    contenders = _present(server or (QUICK_SERVERS if quick else tuple(CONTENDERS)))
    output = output or (QUICK if quick else LATEST)
    results = Results(f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC", quick, 0, describe(), versions())
    with Testbed(quick, redis_cluster) as testbed:
        for run in range(1, runs + 1):
            for measure in measures if run == 1 else _without_curves(measures):
                click.secho(f"{run}/{runs} {measure.title}", bold=True)
                _take(testbed, measure, contenders, results)
            results.runs = run
            results.save(output)  # after each run, so that an interrupted benchmark keeps the finished ones
    click.echo(f"\n{render(results)}")


def _without_curves(measures: list[Measure]) -> list[Measure]:
    """A curve shows by its other points what is an accident: one run draws it, and saves half of the time."""
    return [measure for measure in measures if not measure.axis]


def _allow_many_sockets() -> None:
    """Raise the limit on open files, which the servers inherit: 15,000 connections need as many descriptors."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _present(names: tuple[str, ...]) -> list[Contender]:
    present = []
    for contender in (CONTENDERS[name] for name in names):
        if reason := contender.missing():
            click.echo(f"Skipping {contender.title}: {reason}")
        else:
            present.append(contender)
    return present


def _take(testbed: Testbed, measure: Measure, contenders: list[Contender], results: Results) -> None:
    """Measure all servers at one point before the next, so that a machine that slows down slows all of them."""
    for point in measure.quick_points if testbed.quick else measure.points:
        for contender in (each for each in contenders if each.name in measure.contenders):
            where = f"{contender.title}, {point:,} {measure.axis}" if measure.axis else contender.title
            results.disturbance.append(psutil.cpu_percent(interval=OBSERVE))
            try:
                values = measure.take(testbed, contender, point)
            except (LoadFailed, NotStarted) as error:
                results.failures.append(f"{measure.name}, {where}: {error}")
                click.secho(f"  {where}: {error}", fg="red")
                continue
            results.add(measure.name, contender.name, point, values)
            click.echo(f"  {where}: " + ", ".join(f"{name} {number(value)}" for name, value in values.items()))


if __name__ == "__main__":
    main()
