"""Programs that read rooms over HTTP: pages of messages, and events."""
