"""Moderators, their acts, and the rules of a room."""
