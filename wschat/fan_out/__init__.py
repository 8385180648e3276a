"""The fan-out: a frame is made once, and its bytes go to all members of a room on this node.

`frames` makes the bytes, `audience` decides who gets which and when, `fan_out` writes them to many sockets, with one
system call where `io_uring` can.
"""

from .audience import Audience
from .fan_out import FanOut, Member, NoSocket
from .frames import NO_CODE, Opcode, close_frame, frame, text_frame, text_payloads

__all__ = [
    "NO_CODE",
    "Audience",
    "FanOut",
    "Member",
    "NoSocket",
    "Opcode",
    "close_frame",
    "frame",
    "text_frame",
    "text_payloads",
]
