"""Draws the results: ``python -m bench.plots`` writes docs/img/perf-*.svg.

The same results always produce the same bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import EngFormatter, LogLocator

from bench.measure import MEASURES
from bench.measure.base import Figure, Measure
from bench.results import LATEST, Results, load_results
from bench.rivals import CONTENDERS, ROOT

FOLDER = ROOT / "docs" / "img"
INK = "#808590"  # legible on white and on black
COLOURS = {
    "wschat": "#e8590c",
    "wschat-2": "#f59f00",
    "epoll": "#868e96",
    "nchan": "#2b8a3e",
    "ws": "#1c7ed6",
    "socketio": "#7048e8",
    "centrifuge": "#0ca678",
    "write_message": "#c2255c",
}
STYLE: Any = {
    "svg.hashsalt": "wschat",  # without a salt, each drawing gets new random ids
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
BARS = {"delivery": "cost", "saturation": "rate", "memory": "connection", "joins": "rate"}


def draw(results: Results, folder: Path = FOLDER) -> list[Path]:
    """Draw every measure in `results`; return the paths of the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with matplotlib.rc_context(STYLE):
        for name in results.values:
            path = folder / f"perf-{name}.svg"
            measure = MEASURES[name]
            if measure.axis and any(figure.name == "rate" for figure in measure.figures):
                _curves(results, measure, path)
            elif name in BARS:
                _bars(results, measure, _figure(measure, BARS[name]), path)
            else:
                continue
            drawn.append(path)
    return drawn


def _figure(measure: Measure, name: str) -> Figure:
    return next(figure for figure in measure.figures if figure.name == name)


def _bars(results: Results, measure: Measure, figure: Figure, path: Path) -> None:
    medians = {name: results.median(measure.name, name, figure.name) for name in results.values[measure.name]}
    known = {name: value for name, value in medians.items() if value is not None}
    best_last = sorted(known, key=lambda name: known[name], reverse=figure.better == "lower")
    with _canvas(path, height=0.7 + 0.34 * len(known)) as canvas:
        axes = canvas.subplots()
        bars = axes.barh(
            [CONTENDERS[name].title for name in best_last],
            [known[name] for name in best_last],
            color=[COLOURS[name] for name in best_last],
        )
        axes.bar_label(bars, labels=[_short(known[name]) for name in best_last], padding=4)
        axes.margins(x=0.12)
        axes.tick_params(left=False)
        axes.xaxis.set_visible(False)
        axes.spines[["left", "bottom"]].set_visible(False)
        unit = f", {figure.unit}" if figure.unit else ""
        axes.set_title(f"{figure.title}{unit} ({figure.better} is better)", loc="left", fontsize=10)


def _curves(results: Results, measure: Measure, path: Path) -> None:
    rate, slowest = _figure(measure, "rate"), _figure(measure, "p99")
    with _canvas(path, height=3.2) as canvas:
        left, right = canvas.subplots(1, 2)
        for axes, figure in ((left, rate), (right, slowest)):
            for name in results.values[measure.name]:
                _curve(axes, results, measure, name, figure)
            axes.set(xscale="log", yscale="log", xlabel=measure.axis)
            axes.minorticks_off()
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # some curves span less than a decade
            axes.yaxis.set_major_formatter(EngFormatter(sep=""))
            unit = f", {figure.unit}" if figure.unit else ""
            axes.set_title(f"{figure.title}{unit}", loc="left", fontsize=10)
            axes.grid(color=INK, alpha=0.25, linewidth=0.5)
        left.legend(fontsize=8)


def _curve(axes: Axes, results: Results, measure: Measure, contender: str, figure: Figure) -> None:
    points = sorted(results.values[measure.name][contender])
    medians = [(point, results.median(measure.name, contender, figure.name, point)) for point in points]
    known = [(point, value) for point, value in medians if value]
    style: Any = {"marker": "o", "markersize": 3.5, "color": COLOURS[contender], "label": contender}
    axes.plot([point for point, _ in known], [value for _, value in known], **style)


@contextmanager
def _canvas(path: Path, height: float) -> Iterator[Canvas]:
    canvas = Canvas(figsize=(7.6, height), layout="constrained")
    yield canvas
    canvas.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path), default=LATEST)
def main(results: Path) -> None:
    """Draw RESULTS into docs/img."""
    for path in draw(load_results(results)):
        click.echo(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
