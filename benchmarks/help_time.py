"""`annotate --help` against a bare `python -c "import typer, rich"`, in turn: the ratio of the medians, at most 1.5.

Run: .venv/bin/python benchmarks/help_time.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
HELP = [sys.executable, "-m", "annotate", "--help"]
BARE = [sys.executable, "-c", "import typer, rich"]


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    seconds(HELP), seconds(BARE)  # the first of each reads the disk
    pairs = [(seconds(HELP), seconds(BARE)) for _ in range(ROUNDS)]
    helped, bare = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"annotate --help {helped * 1000:.0f} ms, import typer, rich {bare * 1000:.0f} ms, ratio {helped / bare:.2f} (at most 1.5)")
