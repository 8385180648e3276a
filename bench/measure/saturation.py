"""How much a server delivers when it is asked for more than it can."""

from dataclasses import replace

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Stage

CLIENTS = 1000
SENDERS = 50
WINDOW = 15  # posts that each sender has under way when it waits for them to come back
DRAIN = 0.2  # seconds; what an overloaded server still owes isn't waited for
RATE = 2000  # messages a second, so two million deliveries a second


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    everyone = load.Plan(clients=CLIENTS, senders=SENDERS, seconds=1.5 if stage.quick else 6, drain=DRAIN)
    with stage.running(contender) as server:
        flooded = load.run(server, replace(everyone, rate=RATE))
    with stage.running(contender) as server:
        fed = load.run(server, replace(everyone, window=WINDOW, echo=True))
    return {
        "rate": flooded.deliveries_per_second,
        "ceiling": fed.deliveries_per_second,
        "cost": flooded.microseconds_per_delivery,
        "gone": sum(flooded.closes.values()) + sum(fed.closes.values()),
        "load": max(report.load_cpu_seconds / report.seconds for report in (flooded, fed)),
    }


MEASURE = Measure(
    "saturation",
    "50 senders, 2,000 messages a second asked, 1,000 clients",
    (
        Figure("rate", "deliveries a second", "", "higher"),
        Figure("ceiling", "deliveries a second when 50 senders keep 15 posts under way each", "", "higher"),
        Figure("cost", "server's processor time per delivery", "µs", "lower"),
        Figure("gone", "clients that were disconnected", "", "lower"),
        Figure("load", "processors that the load generator took", "", "lower"),
    ),
    take,
)
