"""The operator's command line: `python -m wschat --help`."""

import signal
import sys
from pathlib import Path


def hint(root: Path) -> str:
    """Advise on a missing library: usually the environment exists and isn't active."""
    for folder in (".venv", "venv"):
        if (root / folder / "bin/activate").exists():
            return f"Activate the environment first: . {folder}/bin/activate"
    return "Try: pip install -r requirements.txt (or: make run)"


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while modules are imported
    try:
        from .cli import main
    except ModuleNotFoundError as missing:
        if missing.name in (None, "wschat"):
            raise
        sys.stderr.write(f"{missing.name} isn't installed. {hint(Path(__file__).resolve().parents[1])}\n")
        sys.exit(2)
    main()
