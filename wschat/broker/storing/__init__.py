"""Posts and changes on their way to Redis: queued, sent in groups, and answered one by one."""
