"""The page over HTTP, handshakes, and the socket of a client."""
