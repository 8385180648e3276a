"""The wire: what is understood, what is refused, and how events look."""
