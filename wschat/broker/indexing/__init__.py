"""The words of messages: how they are compared, and the indexes of rooms in memory."""
