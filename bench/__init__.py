"""Benchmarks of wschat and of other servers, in one run on one machine."""
