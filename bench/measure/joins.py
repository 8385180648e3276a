"""The join rate, and the effect of 1,000 simultaneous joins on those already connected."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

CROWD = 1000
PRESENT = 100
RATE = 20  # messages a second; few enough for the whole crowd to receive them too


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    joining = load.Plan(clients=1000 if testbed.quick else 3000, settle=0, seconds=0)
    crowd = load.Plan(clients=PRESENT, senders=5, rate=RATE, settle=1.5, seconds=3, arrivals=CROWD)
    with testbed.running(contender) as server:
        joined = load.run(server, joining)
    with testbed.running(contender) as server:
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
        Figure("all", "1,000 at once: time until all have joined", "s", "lower"),
        Figure("delay", "1,000 at once: slowest message to 100 others", "ms", "lower"),
    ),
    take,
)
