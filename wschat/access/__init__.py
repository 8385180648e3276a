"""Who may come in, and who they are: `access` decides, `tokens` and `picture_tokens` are what the server signs."""

from .access import Access, Admission, JwtAccess, PasswordAccess
from .picture_tokens import TICKET_VALID, Receipt, Ticket, new_ticket, read_receipt, read_ticket, sign_receipt
from .tokens import Tokens, key_made, key_rank, key_rotation, new_key, new_shared_key

__all__ = [
    "TICKET_VALID",
    "Access",
    "Admission",
    "JwtAccess",
    "PasswordAccess",
    "Receipt",
    "Ticket",
    "Tokens",
    "key_made",
    "key_rank",
    "key_rotation",
    "new_key",
    "new_shared_key",
    "new_ticket",
    "read_receipt",
    "read_ticket",
    "sign_receipt",
]
