"""Faults that the chat must survive: each scenario breaks something under load and accounts for every message.

Read `oracle.py` for what must hold, `world.py` for what a scenario has to play with, then the tests.
"""
