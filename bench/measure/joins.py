"""How fast people come in, and what those who are there notice when 1,000 come at once."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Stage

CROWD = 1000
THERE = 100
RATE = 20  # messages a second; few enough that everyone in the crowd can get them too


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    joining = load.Plan(clients=1000 if stage.quick else 3000, settle=0, seconds=0)
    crowd = load.Plan(clients=THERE, senders=5, rate=RATE, settle=1.5, seconds=3, arrivals=CROWD)
    with stage.running(contender) as server:
        joined = load.run(server, joining)
    with stage.running(contender) as server:
        stormed = load.run(server, crowd)
    return {
        "rate": joined.joined / joined.join_seconds,
        "all": stormed.arrival_seconds,
        "delay": stormed.last.max,
    }


MEASURE = Measure(
    "joins",
    "Handshake, hello and welcome",
    (
        Figure("rate", "joins a second", "", "higher"),
        Figure("all", "1,000 at once: until all are in", "s", "lower"),
        Figure("delay", "1,000 at once: the longest that a message to 100 others took", "ms", "lower"),
    ),
    take,
)
