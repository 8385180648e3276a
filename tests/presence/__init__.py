"""Presence: the people online."""
