"""Search in the messages of a room."""
