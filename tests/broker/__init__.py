"""The log of a room: posts on their way to Redis, and what nodes read there."""
