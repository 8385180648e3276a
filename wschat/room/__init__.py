"""A room on this node: its log, its people and its members under one name."""

from .occupant import Occupant
from .room import Room
from .room_services import RoomServices
from .rooms import Rooms

__all__ = ["Occupant", "Room", "RoomServices", "Rooms"]
