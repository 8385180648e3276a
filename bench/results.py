"""The results: every value of every run, and the machine that produced them."""

from pathlib import Path
from statistics import median

import msgspec

from bench.measure.base import Values

FOLDER = Path(__file__).parent / "results"
LATEST = FOLDER / "latest.json"
QUICK = FOLDER / "quick.json"

Runs = list[float | None]  # one value per run; None: the event never happened


class Results(msgspec.Struct):
    """`values` are keyed by measure, contender, point (0 if the measure has no axis) and figure."""

    taken: str
    quick: bool
    runs: int
    machine: dict[str, str]
    versions: dict[str, str]
    values: dict[str, dict[str, dict[int, dict[str, Runs]]]] = {}
    failures: list[str] = []
    disturbance: list[float] = []  # percent of the processors that other programs used, between measurements

    def add(self, measure: str, contender: str, point: int, values: Values) -> None:
        figures = self.values.setdefault(measure, {}).setdefault(contender, {}).setdefault(point, {})
        for name, value in values.items():
            figures.setdefault(name, []).append(value)

    def each(self, measure: str, contender: str, figure: str, point: int = 0) -> Runs:
        return self.values.get(measure, {}).get(contender, {}).get(point, {}).get(figure, [])

    def median(self, measure: str, contender: str, figure: str, point: int = 0) -> float | None:
        """The median of the runs, or None if a run has no value."""
        return _median(self.each(measure, contender, figure, point))

    def ratio(self, measure: str, contender: str, figure: str, to: str) -> float | None:
        """The ratio to the value of contender `to` in the same run: the median over the runs."""
        pairs = zip(self.each(measure, contender, figure), self.each(measure, to, figure), strict=False)
        return _median([mine / other if mine is not None and other else None for mine, other in pairs])

    def others(self) -> float | None:
        """The median percentage of the processors that other programs used."""
        return median(self.disturbance) if self.disturbance else None

    def save(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")


def load_results(path: Path) -> Results:
    return msgspec.json.decode(path.read_bytes(), type=Results)


def _median(values: Runs) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known and len(known) == len(values) else None
