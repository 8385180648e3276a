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


# Servers that also send every message through Redis.
_THROUGH_REDIS = {"nchan": "nginx + nchan", "centrifuge": "Centrifuge"}
_LOADS = {"delivery": "20 messages a second to 1,000", "latency": "200 messages a second to 100"}
_EACH = {"each_p50": "median", "each_p99": "p99"}

GOALS = (
    Goal("cost of one delivery, relative to the C limit", "delivery", "cost", "×", at_most=1.25, rival="epoll"),
    Goal("cost of one delivery, relative to Node `ws`", "delivery", "cost", "×", at_most=0.7, rival="ws"),
    *(
        Goal(f"{load}: {title}, relative to {name}", measure, figure, "×", at_most=1, rival=rival)
        for measure, load in _LOADS.items()
        for figure, title in _EACH.items()
        for rival, name in _THROUGH_REDIS.items()
    ),
    Goal(
        "2 workers, 20,000 deliveries/s: p99 relative to nchan",
        "delivery",
        "p99",
        "×",
        at_most=1,
        rival="nchan",
        contender="wschat-2",
    ),
    Goal("deliveries a second with 15 posts in flight per sender", "saturation", "ceiling", at_least=10_000_000),
    Goal(
        "deliveries a second with 15 posts in flight per sender, relative to Centrifuge",
        "saturation",
        "ceiling",
        "×",
        at_least=5,
        rival="centrifuge",
    ),
    Goal("memory per idle connection", "memory", "connection", "KB", at_most=5),
    Goal("memory without connections", "memory", "empty", "MB", at_most=40),
    Goal("joins a second, relative to Node `ws`", "joins", "rate", "×", at_least=1, rival="ws"),
    Goal("delay for others during 1,000 simultaneous joins", "joins", "delay", "ms", at_most=50),
    Goal("acknowledged posts a second", "posts", "rate", at_least=30_000),
    Goal("edits a second, relative to posts under the same load", "changes", "edit_share", "×", at_least=0.5),
    Goal("reactions a second, relative to posts under the same load", "changes", "react_share", "×", at_least=0.5),
    Goal("time for a message to reach 10,000 people in one room", "crowd", "p50", "ms", at_most=100),
    Goal("first search in a room of 10,000 messages", "search", "first", "ms", at_most=1000),
    Goal("next searches in a room of 10,000 messages", "search", "next", "ms", at_most=20),
    Goal(
        "5 people search: others' p99 of deliveries, relative to nobody searching",
        "search",
        "p99_share",
        "×",
        at_most=1.1,
    ),
    Goal("join storm: presence frames a second per client", "presence", "most", at_most=2),
    Goal("join storm: time until the online count is right", "presence", "right", "s", at_most=2),
    Goal("from the command to «Server started», with a running Redis", "startup", "redis", "s", at_most=0.35),
    Goal("from the command to «Server started», with the embedded Redis", "startup", "embedded", "s", at_most=0.4),
)
