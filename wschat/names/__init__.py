"""People's names: which are allowed (`names`), how they are compared (`precis`), and which two look the same
(`confusables`). docs/decisions/0010.
"""

from .names import RAW_MAX, SEPARATOR, Reserved, folded, numbered, person_name, random_number, skeletons, warm_up

__all__ = [
    "RAW_MAX",
    "SEPARATOR",
    "Reserved",
    "folded",
    "numbered",
    "person_name",
    "random_number",
    "skeletons",
    "warm_up",
]
