"""What one client says to a room, without the network."""
