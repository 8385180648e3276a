"""Pictures: taken in, stored, deleted."""
