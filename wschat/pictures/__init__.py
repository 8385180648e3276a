"""Pictures in messages: re-encoded in a process of their own, and stored outside Redis. docs/decisions/0030.

`pictures.py` takes them in and gives them out, `encoder.py` runs `reencode.py`, `folder_store.py` and `object_store.py`
keep them, `sweeper.py` deletes those of which no message is left, `place.py` finds where they are. A server loads all
of it but `place.py` with the first picture, or with the first sweep.
"""

from .folder_store import FolderStore
from .pictures import ID_BYTES, Pictures
from .store import PictureStore, folder_of

__all__ = ["ID_BYTES", "FolderStore", "PictureStore", "Pictures", "folder_of"]
