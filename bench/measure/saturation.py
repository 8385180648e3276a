"""How much a server delivers when it is asked for more than it can."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Stage

CLIENTS = 1000
SENDERS = 50
WINDOW = 20  # posts that each sender has under way, when it waits for the server
RATE = 2000  # messages a second, so two million deliveries a second


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    plan = load.Plan(
        clients=CLIENTS, senders=SENDERS, rate=RATE, settle=1, seconds=2 if stage.quick else 6, drain=1
    )
    with stage.running(contender) as server:
        report = load.run(server, plan)
    with stage.running(contender) as server:
        paced = load.run(
            server, load.Plan(clients=CLIENTS, senders=SENDERS, window=WINDOW, seconds=plan.seconds)
        )
    return {
        "ceiling": paced.deliveries_per_second,
        "rate": report.deliveries_per_second,
        "cost": report.microseconds_per_delivery,
        "gone": sum(report.closes.values()),
        "load": report.load_cpu_seconds / report.seconds,
    }


MEASURE = Measure(
    "saturation",
    "50 senders, 2,000 messages a second asked, 1,000 clients",
    (
        Figure("rate", "deliveries a second", "", "higher"),
        Figure("ceiling", "deliveries a second when 50 senders keep 20 posts under way each", "", "higher"),
        Figure("cost", "server's processor time per delivery", "µs", "lower"),
        Figure("gone", "clients that were disconnected", "", "lower"),
        Figure("load", "processors that the load generator took", "", "lower"),
    ),
    take,
)
