"""The measures, one module each."""

from bench.measure import changes, crowd, delivery, growth, joins, memory, posts, presence, saturation, startup
from bench.measure.base import Measure

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        delivery.MEASURE,
        saturation.MEASURE,
        memory.MEASURE,
        joins.MEASURE,
        posts.MEASURE,
        changes.MEASURE,
        presence.MEASURE,
        crowd.MEASURE,
        startup.MEASURE,
        *growth.MEASURES,
    )
}
