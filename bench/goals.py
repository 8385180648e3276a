"""The performance goals of wschat, and whether it meets them."""

from dataclasses import dataclass

from bench.results import Results


@dataclass(frozen=True)
class Goal:
    """A limit for a figure, or for its ratio to the figure of a `rival` in the same run."""

    title: str
    measure: str
    figure: str
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    rival: str = ""
    contender: str = "wschat"

    def measured(self, results: Results) -> float | None:
        if self.rival:
            return results.ratio(self.measure, self.contender, self.figure, self.rival)
        return results.median(self.measure, self.contender, self.figure)

    def reached(self, value: float) -> bool:
        low_enough = self.at_most is None or value <= self.at_most
        return low_enough and (self.at_least is None or value >= self.at_least)


GOALS = (
    Goal("cost of one delivery, relative to the C limit", "delivery", "cost", "×", at_most=1.5, rival="epoll"),
    Goal("cost of one delivery, relative to Node `ws`", "delivery", "cost", "×", at_most=1, rival="ws"),
    Goal(
        "2 workers, 20,000 deliveries/s: p99 relative to nchan",
        "delivery",
        "p99",
        "×",
        1,
        None,
        "nchan",
        "wschat-2",
    ),
    Goal("deliveries a second at saturation", "saturation", "rate", at_least=1_000_000),
    Goal("the same, relative to `write_message`", "saturation", "rate", "×", at_least=30, rival="write_message"),
    Goal("memory per idle connection", "memory", "connection", "KB", at_most=10),
    Goal("joins a second", "joins", "rate", at_least=2500),
    Goal("delay for others during 1,000 simultaneous joins", "joins", "delay", "ms", at_most=250),
    Goal("acknowledged posts a second", "posts", "rate", at_least=15_000),
    Goal("time for a message to reach 10,000 people in one room", "crowd", "p50", "ms", at_most=150),
    Goal("join storm: presence frames a second per client", "presence", "most", at_most=2),
    Goal("join storm: time until the online count is right", "presence", "right", "s", at_most=2),
    Goal("from the command to «Server started», with a running Redis", "startup", "redis", "s", at_most=0.6),
    Goal("from the command to «Server started», with the embedded Redis", "startup", "embedded", "s", at_most=1),
)
