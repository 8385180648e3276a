"""Rate limits, and waits that double. Time is an argument, in seconds; no I/O."""

from .delays import Delays
from .rate_limit import UNLIMITED, WAIT_TOLERANCE, Rate, TokenBucket, TokenBuckets
from .recent import Recent

__all__ = [
    "UNLIMITED",
    "WAIT_TOLERANCE",
    "Delays",
    "Rate",
    "Recent",
    "TokenBucket",
    "TokenBuckets",
]
