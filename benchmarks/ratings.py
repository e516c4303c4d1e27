"""Coefficients of many ratings against `krippendorff` 0.9 on the same array, and the command against `pandas.read_csv`, each in one run.

Peer and own take turns, the best of several counts, since a shared machine is noisy. The peer lives in an environment of its own.

Run: .venv/bin/python benchmarks/ratings.py [folder with the peer's environment; made in a temporary one when not given]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.categories.measure import krippendorff_alpha_interval, measure_ratings
from annotate.agreement.categories.ratings import ratings_of_matrix

PEER = "krippendorff==0.9.0"
ROUNDS = 5
UNITS_A_DOCUMENT = (1, 2, 3, 5, 10, 20)

PEER_TIMES = """
import json, sys, time, krippendorff, numpy
values, level, best = numpy.load(sys.argv[1]), sys.argv[2], []
for _ in range(int(sys.argv[3])):
    started = time.perf_counter()
    alpha = krippendorff.alpha(values, level_of_measurement=level)
    best.append(time.perf_counter() - started)
print(json.dumps([alpha, min(best)]))
"""
OWN_TIMES = """
import json, sys, time, numpy
from pathlib import Path
from annotate.agreement.{module} import {function}
def peak():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")) / 1024
values = numpy.load(sys.argv[1])
before, started = peak(), time.perf_counter()
{call}
print(json.dumps([time.perf_counter() - started, peak() - before]))
"""
# A process's peak counts what its parent held when it was started, so a small one starts it.
LAUNCHER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(json.dumps([time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


def peer_python(folder: Path) -> Path:
    """The interpreter of the peer's environment, made when it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return python


def random_ratings(coders: int, units: int, labels: int, missing: float) -> NDArray[np.float64]:
    draw = np.random.default_rng(0)
    values = draw.integers(0, labels, (coders, units)).astype(np.float64)
    values[draw.random(values.shape) < missing] = np.nan
    return values


def seconds(measure: Callable[[], object]) -> float:
    started = time.perf_counter()
    measure()
    return time.perf_counter() - started


def best_in_turn(own: Callable[[], object], peer: Callable[[], float]) -> tuple[float, float]:
    """(own, peer): the best of all rounds."""
    pairs = [(min(seconds(own), seconds(own), seconds(own)), peer()) for _ in range(ROUNDS)]
    mine, theirs = (min(each) for each in zip(*pairs, strict=True))
    return mine, theirs


def peer_seconds(python: Path, file: Path, level: str, times: int = 5) -> float:
    done = subprocess.run([python, "-c", PEER_TIMES, file, level, str(times)], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)[1])


def million(python: Path, folder: Path) -> None:
    """Alpha of 1,000,000 ratings, and 1,000 bootstrap replicates of it, in units of one plain call of the peer."""
    values = random_ratings(5, 200_000, 3, 0.1)
    file = folder / "million.npy"
    np.save(file, values)
    for level in ("nominal", "ordinal", "interval", "ratio"):
        own, peer = best_in_turn(partial(krippendorff_alpha, values, level), partial(peer_seconds, python, file, level))
        print(f"alpha, {level:8} {own * 1000:6.1f} ms, peer {peer * 1000:6.1f} ms: {peer / own:.1f}× faster (nominal at least 10)")
    for units in UNITS_A_DOCUMENT:
        documents = None if units == 1 else np.arange(values.shape[1]) // units
        own, peer = best_in_turn(partial(krippendorff_alpha_interval, values, documents), partial(peer_seconds, python, file, "nominal"))
        allowed = 5 if units == 1 or units >= 10 else 10
        print(f"1,000 replicates, {units:2} units a document {own:.3f} s: {own / peer:.1f} peer calls (at most {allowed})")
    ratings = ratings_of_matrix(values)
    print(f"every nominal coefficient with its interval: {seconds(partial(measure_ratings, 'layer', 'nominal', ratings)):.2f} s")


def many_labels(python: Path, folder: Path) -> None:
    """200 labels, 20,000 ratings, in a process of its own each time."""
    file = folder / "labels.npy"
    np.save(file, random_ratings(2, 10_000, 200, 0.0))
    alpha = OWN_TIMES.format(module="categories.coefficients", function="krippendorff_alpha", call="krippendorff_alpha(values)")
    every = OWN_TIMES.format(
        module="categories.measure",
        function="measure_ratings, ratings_of_matrix",
        call="measure_ratings('layer', 'nominal', ratings_of_matrix(values))",
    )
    for name, program, rounds in (("alpha", alpha, ROUNDS), ("every coefficient with intervals", every, 1)):
        found = [json.loads(output([sys.executable, "-c", program, str(file)])) for _ in range(rounds)]
        elapsed, memory = (min(each) for each in zip(*found, strict=True))
        print(f"200 labels, {name}: {elapsed:.3f} s, {memory:.0f} MB beyond imports (alpha at most 0.2 s, 200 MB)")
    print(f"200 labels, peer: {peer_seconds(python, file, 'nominal', 1):.1f} s")


def output(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def command_on_a_csv(folder: Path) -> None:
    """`annotate agree --ratings` with intervals on 1,000,000 ratings against reading the same file with pandas, interpreters included."""
    file = folder / "million.csv"
    values = random_ratings(5, 200_000, 3, 0.1)
    with file.open("w", encoding="utf-8") as table:
        table.write("unit,annotator,value\n")
        for unit, column in enumerate(values.T.tolist()):
            table.writelines(f"u{unit},coder{coder},{'' if value != value else 'abc'[int(value)]}\n" for coder, value in enumerate(column))
    agree = [sys.executable, "-m", "annotate", "agree", "--ratings", str(file), "--json"]
    pandas = [sys.executable, "-c", f"import pandas; pandas.read_csv({str(file)!r})"]
    pairs = [(run(agree), run(pandas)) for _ in range(3)]
    own, peer = (min(found) for found in zip(*((a[0], b[0]) for a, b in pairs), strict=True))
    peak = min(each[1] for each, _ in pairs)
    print(f"annotate agree --ratings: {own:.2f} s, pandas.read_csv {peer:.2f} s, ratio {own / peer:.1f} (at most 4); peak {peak:.0f} MB")


def run(command: Sequence[str]) -> tuple[float, float]:
    """(seconds, peak in MB) of a process."""
    elapsed, peak = json.loads(output([sys.executable, "-c", LAUNCHER, *command]))
    return float(elapsed), float(peak)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        python = peer_python(Path(sys.argv[1]) if sys.argv[1:] else folder / "peer")
        million(python, folder)
        many_labels(python, folder)
        command_on_a_csv(folder)


if __name__ == "__main__":
    main()
