"""The link to Redis, and the embedded Redis."""
