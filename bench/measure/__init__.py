"""The measures, one module each."""

from bench.measure import (
    changes,
    crowd,
    delivery,
    growth,
    joins,
    latency,
    memory,
    posts,
    presence,
    saturation,
    search,
    startup,
    tls,
)
from bench.measure.base import Measure

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        delivery.MEASURE,
        latency.MEASURE,
        saturation.MEASURE,
        memory.MEASURE,
        joins.MEASURE,
        posts.MEASURE,
        changes.MEASURE,
        presence.MEASURE,
        crowd.MEASURE,
        search.MEASURE,
        startup.MEASURE,
        tls.MEASURE,
        *growth.MEASURES,
        changes.CURVE,
    )
}
