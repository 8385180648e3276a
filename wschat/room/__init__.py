"""A room on this node: its log, its people and its members under one name."""

from .occupant import Occupant
from .room import Room
from .rooms import Rooms
from .services import RoomServices

__all__ = ["Occupant", "Room", "RoomServices", "Rooms"]
