"""Tells an environment that it was renamed: `python relocate.py FOLDER BEFORE AFTER`, two parts of its path.

The programs in bin/ name their interpreter with its path.
"""

import sys
from pathlib import Path

folder, before, after = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
for file in (folder / "pyvenv.cfg", *(folder / "bin").iterdir()):
    if file.is_file() and not file.is_symlink() and before in file.read_bytes():
        file.write_bytes(file.read_bytes().replace(before, after))
