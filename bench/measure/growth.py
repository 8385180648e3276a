"""How it grows: deliveries a second and the slowest deliveries against clients, messages and rooms."""

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Stage

FIGURES = (
    Figure("rate", "deliveries a second", "", "higher"),
    Figure("p99", "post to last client, 99 %", "ms", "lower"),
    Figure("cost", "server's processor time per delivery", "µs", "lower"),
    Figure("merged", "messages in one write", "", "higher"),
)


def with_clients(stage: Stage, contender: Contender, clients: int) -> Values:
    """Times at 10 messages a second; the rate when 50 senders keep 15 posts under way each."""
    calm = load.Plan(clients=clients, senders=5, rate=10, seconds=_seconds(stage))
    flood = load.Plan(clients=clients, senders=50, window=15, echo=True, seconds=_seconds(stage), drain=0.2)
    return {**_play(stage, contender, calm), "rate": _play(stage, contender, flood)["rate"]}


def with_messages(stage: Stage, contender: Contender, messages: int) -> Values:
    """1,000 clients in one room."""
    plan = load.Plan(clients=1000, senders=50, rate=messages, seconds=_seconds(stage), drain=2)
    return _play(stage, contender, plan)


def with_rooms(stage: Stage, contender: Contender, rooms: int) -> Values:
    """1,000 clients spread over rooms; each posts again when its last post has come back."""
    plan = load.Plan(clients=1000, rooms=rooms, senders=1000, window=1, echo=True, seconds=_seconds(stage))
    return _play(stage, contender, plan)


def _play(stage: Stage, contender: Contender, plan: load.Plan) -> Values:
    with stage.running(contender) as server:
        report = load.run(server, plan)
    return {
        "rate": report.deliveries_per_second,
        "p99": report.last.p99 if report.kept_up else None,
        "cost": report.microseconds_per_delivery,
        "merged": report.deliveries_per_write,
    }


def _seconds(stage: Stage) -> float:
    return 2 if stage.quick else 4


MEASURES = (
    Measure(
        "clients",
        "A room of so many clients: times at 10 messages a second, and the most it delivers",
        FIGURES,
        with_clients,
        contenders=OURS,
        axis="clients",
        points=(100, 300, 1000, 3000, 10_000, 15_000),
        quick_points=(100, 1000),
    ),
    Measure(
        "messages",
        "So many messages a second to a room of 1,000 clients",
        FIGURES,
        with_messages,
        contenders=OURS,
        axis="messages a second",
        points=(10, 30, 100, 300, 1000, 3000, 10_000),
        quick_points=(10, 100, 1000),
    ),
    Measure(
        "rooms",
        "1,000 clients in so many rooms, all of them posting",
        FIGURES,
        with_rooms,
        contenders=OURS,
        axis="rooms",
        points=(1, 10, 100, 1000),
        quick_points=(1, 100, 1000),
    ),
)
