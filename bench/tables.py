"""Results as Markdown: ``python -m bench.tables`` writes them between the markers in docs/performance.md."""

from pathlib import Path

import click

from bench.goals import GOALS, Goal
from bench.measure import MEASURES
from bench.measure.base import Figure, Measure
from bench.results import LATEST, Results, load_results
from bench.rivals import CONTENDERS, ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LIMIT, USUAL = "epoll", "write_message"  # baselines for the first figure of a measure


def number(value: float | None) -> str:
    """Format `value` with three significant digits, or with commas from 100."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def render(results: Results) -> str:
    parts = [_origin(results), _goals(results)]
    parts += [_table(results, measure) for name, measure in MEASURES.items() if name in results.values]
    if results.failures:
        parts.append("Failed measurements:\n\n" + "\n".join(f"- {failure}" for failure in results.failures))
    return "\n\n".join(parts)


def _origin(results: Results) -> str:
    kind = "a quick run with smaller loads" if results.quick else f"medians of {results.runs} runs, curves of one"
    machine = ", ".join(results.machine.values())
    versions = ", ".join(f"{name} {text}" for name, text in results.versions.items())
    others = f"other programs used {number(results.others())} % of it (median between measurements)"
    shared = f"server, Redis and load generator share it; {others}"
    return f"{results.taken}, {kind}. {machine}; {shared}.\n\n{versions}."


def _goals(results: Results) -> str:
    rows = [row for goal in GOALS if (row := _goal_row(results, goal))]
    return _markdown("Goals", ["goal", "limit", "measured", ""], rows)


def _goal_row(results: Results, goal: Goal) -> list[str]:
    measured = results.values.get(goal.measure, {})
    if goal.contender not in measured or (goal.rival and goal.rival not in measured):
        return []
    value = goal.measured(results)
    limit = f"≤ {number(goal.at_most)}" if goal.at_most is not None else f"≥ {number(goal.at_least)}"
    verdict = "met" if value is not None and goal.reached(value) else "**missed**"
    return [goal.title, f"{limit} {goal.unit}", f"{number(value)} {goal.unit}", verdict]


def _table(results: Results, measure: Measure) -> str:
    contenders = [name for name in CONTENDERS if name in results.values[measure.name]]
    if measure.axis:
        return _curve(results, measure, contenders)
    rivals = [rival for rival in (LIMIT, USUAL) if rival in contenders]
    head = ["server", *(f"{figure.title}{_unit(figure)}" for figure in measure.figures)]
    head += [f"{measure.figures[0].title}, relative to {CONTENDERS[rival].title}" for rival in rivals]
    rows = []
    for name in contenders:
        row = [CONTENDERS[name].title]
        row += [number(results.median(measure.name, name, figure.name)) for figure in measure.figures]
        row += [number(results.ratio(measure.name, name, measure.figures[0].name, rival)) for rival in rivals]
        rows.append(row)
    return _markdown(measure.title, head, rows)


def _curve(results: Results, measure: Measure, contenders: list[str]) -> str:
    """Render a row per point and a column per figure of each contender."""
    columns = [(name, figure) for figure in measure.figures for name in contenders]
    head = [measure.axis]
    for name, figure in columns:
        head.append(figure.title + _unit(figure) + (f" ({CONTENDERS[name].title})" if len(contenders) > 1 else ""))
    points = sorted({point for name in contenders for point in results.values[measure.name][name]})
    rows = []
    for point in points:
        medians = [results.median(measure.name, name, figure.name, point) for name, figure in columns]
        rows.append([number(value) for value in (point, *medians)])
    return _markdown(measure.title, head, rows)


def _unit(figure: Figure) -> str:
    return f", {figure.unit}" if figure.unit else ""


def _markdown(title: str, head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return f"### {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path), default=LATEST)
def main(results: Path) -> None:
    """Write the tables of RESULTS to docs/performance.md."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{render(load_results(results))}\n\n{END}{after}")


if __name__ == "__main__":
    main()
