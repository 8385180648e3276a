"""Removes deleted and too old messages from Redis and its files for good."""
