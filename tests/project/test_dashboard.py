"""The picture of the dashboard (tools/dashboard.py): what it draws of answers that Prometheus would give."""

from __future__ import annotations

import importlib
import json
import urllib.parse
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ..support.server import ROOT

pytest.importorskip("matplotlib", reason="only the benchmarks and this picture need it")

SECONDS = 180.0
PANELS = json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text(encoding="utf-8"))["panels"]


@pytest.fixture
def dashboard(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("dashboard")


def panel(title: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in PANELS if one["title"] == title)
    return found


def drawn(dashboard: ModuleType, title: str, *values: float) -> Any:
    """The axes of a panel with one line of these values, which are spread over the time."""
    axes = dashboard.plt.figure().add_subplot()
    points = [(SECONDS * at / len(values), value) for at, value in enumerate(values)]
    dashboard.draw_panel(axes, panel(title), [("one", points)] if values else [], SECONDS)
    axes.figure.canvas.draw()
    dashboard.plt.close(axes.figure)
    return axes


def heights(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_each_panel_is_asked_for_and_drawn(
    dashboard: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One query for each line, with a range in place of Grafana's variable; NaN is no sample."""
    asked: list[str] = []

    def fetch(url: str) -> str:
        asked.extend(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["query"])
        line = {"metric": {"instance": "a:1", "version": "1.2.3"}, "values": [[1000, "NaN"], [1002, "1"]]}
        return json.dumps({"data": {"result": [line]}})

    monkeypatch.setattr(dashboard, "fetch", fetch)
    dashboard.draw("http://prometheus", 1000, 1000 + SECONDS, tmp_path / "picture.webp")
    assert (tmp_path / "picture.webp").stat().st_size > 5000
    assert len(asked) == sum(len(one["targets"]) for one in PANELS)
    assert not [query for query in asked if "$" in query]
    assert list(dashboard.samples("http://x", panel("Processor"), 1000, 1100)) == [("a:1", [(2, 1.0)])]


@pytest.mark.parametrize(
    ("title", "value", "text", "color"),
    [
        ("People", 15, "15", "green"),
        ("Redis", 1, "up", "green"),
        ("Redis", 0, "down", "red"),
        ("Posts refused by Redis", 0, "no", "green"),
        ("Version", 1, "one", "green"),
    ],
)
def test_a_number_has_the_words_of_the_dashboard(
    dashboard: ModuleType, title: str, value: float, text: str, color: str
) -> None:
    """As Grafana shows it."""
    assert dashboard.number_of(panel(title), [("one", [(0.0, value)])]) == (text, color)
    assert dashboard.number_of(panel(title), []) == ("-", "green")


@pytest.mark.parametrize(
    ("title", "top", "expected"),
    [
        ("Posts and changes", 0.8, "0.8 /s"),
        ("Deliveries", 2000, "2 k/s"),
        ("Time to store a group of posts", 0.4, "400 ms"),
        ("Bytes that clients haven't read", 0, "1 B"),
        ("Memory", 60e6, "60 MB"),
        ("Processor", 0.04, "4.0%"),
        ("Connections", 60, "60"),
    ],
)
def test_an_axis_has_units_that_people_read(dashboard: ModuleType, title: str, top: float, expected: str) -> None:
    """Neither thousandths of a byte nor 800 m/s."""
    labels = heights(drawn(dashboard, title, 0, top))
    assert expected in labels
    assert not [label for label in labels if label.endswith((" mB", " m/s", " m"))]


def test_all_panels_have_the_same_time(dashboard: ModuleType) -> None:
    """In minutes, also where nothing happened; there it says so."""
    for values in ((1.0, 2.0), ()):
        axes = drawn(dashboard, "Refused", *values)
        assert axes.get_xlim() == (0, SECONDS)
        assert {"0:00", "1:00", "3:00"} <= {label.get_text() for label in axes.get_xticklabels()}
    assert [text.get_text() for text in axes.texts] == ["none"]
