"""A room's log: the newest entries and some blocks of older ones in memory, all others in Redis."""
