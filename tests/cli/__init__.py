"""`python -m wschat`, as an operator runs it."""
