"""How much of a room's pace a post or a change may use up."""

from __future__ import annotations

from typing import TypeAlias

# From above 0 to 1: the later part of the room's pace is left to those with a higher share. Or one of the two below,
# which the scripts know, too (numbering.lua, post.lua).
PaceShare: TypeAlias = float

IGNORE_PACE: PaceShare = 0.0  # the room's pace doesn't apply, and isn't used up
ONLY_IF_STORED: PaceShare = -1.0  # not to be stored: a retry is acknowledged, and any other post refused
