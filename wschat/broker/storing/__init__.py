"""Stores posts and changes: queues them, sends them to Redis in groups, and answers them one by one."""
