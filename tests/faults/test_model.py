"""The system against its model: Hypothesis searches for a sequence of steps after which the two differ."""

from __future__ import annotations

import pytest

from .model_faults import TroubledConversation
from .model_system import System, tell
from .report import Row

WRONG_TYPE = "Redis rejected a command: WRONGTYPE"  # the line that tells an operator of it


def run_stories(system: System, seed: int, row: Row, runs: int, steps: int) -> None:
    tell(lambda: TroubledConversation(system), seed, runs, steps)
    row.note(f"{system.posts} posts, {system.faults} faults")
    trouble = [lines for node in system.nodes for lines in node.trouble()]
    unexpected = [lines for lines in trouble if WRONG_TYPE not in lines.partition("\n")[0]]
    assert not unexpected, unexpected[0]


@pytest.mark.scenario("23a", "Hypothesis: 3 random sequences of 20 steps")
def test_a_few_stories_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """After joins, posts, drops, reconnects and faults, each screen shows what the model has: messages and people."""
    run_stories(system, seed, row, runs=3, steps=20)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.scenario("23", "Hypothesis: 40 random sequences of 40 steps")
def test_many_stories_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """The same holds for more and longer stories."""
    run_stories(system, seed, row, runs=40, steps=40)
