"""What is deleted or too old leaves Redis and its files for good."""
