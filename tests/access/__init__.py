"""One client's conversation with a room, without the network."""
