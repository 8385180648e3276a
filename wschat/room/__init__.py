"""A room on this node: its log, its people and its members under one name."""

from .room import Occupant, Room, RoomServices
from .rooms import Rooms

__all__ = ["Occupant", "Room", "RoomServices", "Rooms"]
