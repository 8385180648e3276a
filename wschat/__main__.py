"""The operator's command line: `python -m wschat --help`."""

import signal
import sys
from pathlib import Path


def hint(root: Path, lang: str = "en") -> str:
    """Advise on a missing library, in English or Russian: usually the environment exists and isn't active."""
    is_russian = lang == "ru"
    for folder in (".venv", "venv"):
        if (root / folder / "bin/activate").exists():
            advice = "Сначала включите окружение" if is_russian else "Activate the environment first"
            return f"{advice}: . {folder}/bin/activate"
    pip = "pip install -r requirements.txt"
    return f"Выполните: {pip} (или: make run)" if is_russian else f"Try: {pip} (or: make run)"


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
