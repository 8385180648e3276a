"""Runs every target for its share of the time, each in a process of its own; fails if any finds something.

`python -m tests.fuzz [--seconds N] [TARGET ...]`. What it learns stays in `tests/fuzz/corpus/<target>` for
the next time, a crash in `tests/fuzz/crash-…`; `python -m tests.fuzz --run TARGET FILE` runs one input again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 60  # for all of them
INPUT_MAX = 4096  # bytes
WITHIN = "--within"  # the first word of the process that fuzzes one target


def main() -> int:
    if sys.argv[1:2] == [WITHIN]:
        return _fuzz(sys.argv[2], sys.argv[3:])
    from .targets import TARGETS

    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("--seconds", type=int, default=SECONDS, help="for all targets together")
    arguments.add_argument("--keep", action="store_true", help="add what was learned to the corpus")
    arguments.add_argument("--run", metavar="FILE", type=Path, help="run the targets on this input only")
    arguments.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = arguments.parse_args()
    names = options.targets or list(TARGETS)
    if options.run:
        for name in names:
            TARGETS[name](options.run.read_bytes())
        return 0
    return max(_in_a_process(name, options.seconds // len(names), options.keep) for name in names)


def _in_a_process(name: str, seconds: int, keep: bool) -> int:
    """libFuzzer ends its process, so each target gets one."""
    corpus = HERE / "corpus" / name
    with tempfile.TemporaryDirectory() as scratch:
        learned = corpus if keep else Path(scratch)
        command = [
            sys.executable, "-m", "tests.fuzz", WITHIN, name, str(learned), str(corpus),
            f"-max_total_time={seconds}", f"-max_len={INPUT_MAX}", "-timeout=10", "-rss_limit_mb=1024",
            f"-artifact_prefix={HERE}/crash-{name}-", "-print_final_stats=1", "-verbosity=1",
        ]  # fmt: skip
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
    outcome = "nothing found" if done.returncode == 0 else f"FAILED\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    print(f"{name}: {runs} inputs in {time.monotonic() - started:.0f} s: {outcome}", flush=True)
    return done.returncode


def _fuzz(name: str, arguments: list[str]) -> int:
    import atheris

    with atheris.instrument_imports(include=["wschat", "precis_i18n", "tests.fuzz.targets"]):
        from wschat.names import warm_up

        from .targets import TARGETS

        warm_up()
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
