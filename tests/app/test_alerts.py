"""The alert rules of deploy/monitoring: when they fire, and that the docs say what to do then."""

from __future__ import annotations

import re

import pytest

from wschat.errors import CloseCode, ErrorCode

from ..support.server import ROOT

ALERTS = (ROOT / "deploy/monitoring/alerts.yaml").read_text(encoding="utf-8")


def test_an_internal_error_is_watched_however_a_client_learns_of_it() -> None:
    """As a refusal of a command, or as the code with which the connection is closed."""
    expression = re.search(r"WschatInternalErrors\n(?:.*\n)*?        labels", ALERTS)
    assert expression is not None
    for name, code in (("refusals", ErrorCode.INTERNAL.value), ("connections_closed", CloseCode.INTERNAL_ERROR.value)):
        assert f'wschat_{name}_total{{code="{code}"}}' in expression[0]


@pytest.mark.parametrize(
    ("retention", "searched", "is_alarming"),
    [(0, None, False), (30, None, True), (30, 3600, True), (30, 660, False)],
    ids=["no HISTORY_DAYS", "no search has succeeded", "none for an hour", "one just now"],
)
def test_old_messages_that_are_kept_raise_the_alert(retention: int, searched: int | None, is_alarming: bool) -> None:
    """Also where no search ever left out no room, as without the permission for it; `searched`: s ago."""
    expression = re.search(r"WschatKeepsOldMessages\n(?: +#.*\n)*        expr: (.+)", ALERTS)
    assert expression is not None
    now = 1.8e9
    values = {
        "wschat_retention_seconds": retention * 86400,
        "wschat_retention_last_run_timestamp_seconds": 0 if searched is None else now - searched,
    }
    assert eval(expression[1], {"time": lambda: now}, values) is is_alarming  # it means the same in Python


def test_the_docs_say_what_to_do_at_each_alert() -> None:
    """By its name, which an operator is woken with."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    section = page.partition("\n### Alerts\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`Wschat[^|]+) \|", section, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(re.findall(r"- alert: (\w+)", ALERTS))
