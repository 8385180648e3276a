"""Whether this kernel has io_uring for us."""

from __future__ import annotations

import pytest

from wschat.fan_out.io_uring import Ring


def _refusal() -> str:
    """Why there is no ring, or nothing."""
    try:
        Ring(1, 1).close()
    except OSError as error:
        return str(error)
    return ""


needs_ring = pytest.mark.skipif(bool(_refusal()), reason=f"no io_uring: {_refusal()}")
