"""Files that are secret: private folders, and the passwords and keys in files."""

from .private_folder import create_private_file, make_private_folder
from .secret_files import key_in, password_in

__all__ = [
    "create_private_file",
    "key_in",
    "make_private_folder",
    "password_in",
]
