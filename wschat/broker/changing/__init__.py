"""Changes of messages, until they can be stored: which message it is, who may change it, and what it becomes."""
