"""What wschat wants of itself, and whether it got there."""

from dataclasses import dataclass

from bench.results import Results


@dataclass(frozen=True)
class Goal:
    """A limit to a figure, or to its ratio to a rival's in the same run."""

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
    Goal("one delivery at a low rate, against the C limit", "delivery", "cost", "×", at_most=1.5, rival="epoll"),
    Goal("one delivery at a low rate, against Node `ws`", "delivery", "cost", "×", at_most=1, rival="ws"),
    Goal(
        "2 workers, 20,000 deliveries/s: p99 against nchan's",
        "delivery",
        "p99",
        "×",
        1,
        None,
        "nchan",
        "wschat-2",
    ),
    Goal("deliveries a second at the limit", "saturation", "rate", at_least=1_000_000),
    Goal("the same, against `write_message`", "saturation", "rate", "×", at_least=30, rival="write_message"),
    Goal("memory per idle connection", "memory", "connection", "KB", at_most=10),
    Goal("joins a second", "joins", "rate", at_least=2500),
    Goal("1,000 joins at once delay others by", "joins", "delay", "ms", at_most=250),
    Goal("acknowledged posts a second", "posts", "rate", at_least=15_000),
    Goal("a message reaches 10,000 in one room in", "crowd", "p50", "ms", at_most=150),
    Goal("join storm: presence frames a second to a client", "presence", "most", at_most=2),
    Goal("join storm: the number online is right within", "presence", "right", "s", at_most=2),
    Goal("command to «Server started», Redis there", "startup", "redis", "s", at_most=0.6),
    Goal("command to «Server started», embedded Redis", "startup", "embedded", "s", at_most=1),
)
