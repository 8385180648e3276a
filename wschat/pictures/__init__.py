"""Pictures in messages: re-encoded in a process of their own, and stored outside Redis. docs/decisions/0030.

`pictures.py` takes them in and gives them out, `encoder.py` runs `transcode.py`, `folder_store.py` and
`object_store.py` keep them, `sweeper.py` deletes those of which no message is left. A server loads all of it with the
first picture, or with the first sweep.
"""

from .opening import open_store
from .pictures import Pictures
from .store import Part, PictureStore
from .sweeper import Sweeper

__all__ = ["Part", "PictureStore", "Pictures", "Sweeper", "open_store"]
