"""The operator's command line: `python -m wschat --help`."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while modules are imported
    try:
        from .cli import main
    except ModuleNotFoundError as missing:
        if missing.name in (None, "wschat"):
            raise
        sys.stderr.write(f"{missing.name} isn't installed. Try: pip install -r requirements.txt (or: make run)\n")
        sys.exit(2)
    main()
