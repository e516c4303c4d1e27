"""Gamma with 30 chance samples, ours and pygamma-agreement's in turn, on the same random spans; disorders agree to 1e-4.

The peer is installed in an environment of its own in the temporary directory, and is timed warm (its numba functions compiled). Both are
handed spans, both draw their chance samples as the paper does and use all processors.

Run: .venv/bin/python benchmarks/gamma.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

from annotate.agreement.results import Span
from annotate.agreement.spans.gamma import gamma_by_document

# Coders, units of each, how many times faster we are to be, and how often to time both, in turn, for the best of each.
SIZES = [(2, 200, 50, 5), (3, 100, 10, 2), (5, 20, 50, 1)]
LABELS = "ABCDE"
CHARACTERS_A_UNIT = 40
PEER = Path(tempfile.gettempdir()) / "annotate-peer-pygamma-agreement-0.5.9"
PEER_SCRIPT = """
import json, logging, os, sys, time, warnings
warnings.simplefilter("ignore")
logging.disable()
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # its solver prints
import numpy as np
from pyannote.core import Segment
from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum, ShuffleContinuumSampler

def gamma(spans):
    start = time.perf_counter()
    continuum = Continuum()
    for coder, first, last, label in spans:
        continuum.add(coder, Segment(first, last), label)
    result = continuum.compute_gamma(CombinedCategoricalDissimilarity(), n_samples=30, sampler=ShuffleContinuumSampler())
    value = result.gamma
    return time.perf_counter() - start, float(result.observed_disorder), float(value)

np.random.seed(0)
gamma([["a", 0, 5, "A"], ["b", 1, 6, "B"], ["c", 30, 36, "A"]])
print("ready", file=answers, flush=True)
for line in sys.stdin:
    print(json.dumps(gamma(json.loads(line))), file=answers, flush=True)
"""


def random_spans(coders: int, units: int, seed: int = 0) -> list[Span]:
    """Spans of 3 to 25 characters, one in 40 characters, which coders move by up to 3 characters, and label otherwise one time in five."""
    draw = np.random.default_rng(seed)
    starts = np.sort(draw.integers(0, units * CHARACTERS_A_UNIT, units)) + 3
    lengths, labels = draw.integers(6, 25, units), draw.integers(0, len(LABELS), units)
    spans = []
    for coder in range(coders):
        first, last = starts + draw.integers(-3, 4, units), starts + lengths + draw.integers(-2, 4, units)
        given = np.where(draw.random(units) < 0.2, draw.integers(0, len(LABELS), units), labels)
        spans += [Span("d", f"coder {coder}", int(a), int(b), LABELS[c]) for a, b, c in zip(first, last, given, strict=True)]
    return spans


def ours(spans: list[Span]) -> tuple[float, float, float]:
    """(seconds, observed disorder, gamma)"""
    start = time.perf_counter()
    result, _ = gamma_by_document("layer", spans, {each[:2] for each in spans})["d"]
    seconds = time.perf_counter() - start
    observed = result.details["observed_disorder"]
    if result.value is None or observed is None or result.details["samples"] != 30:
        raise SystemExit(f"not the work that was to be timed: {result}")
    return seconds, observed, result.value


def peer() -> subprocess.Popen[str]:
    """A process that answers each line of spans with (seconds, observed disorder, gamma)."""
    python = PEER / "bin" / "python"
    if not python.exists():
        venv.create(PEER, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pygamma-agreement==0.5.9"], check=True)
    process = subprocess.Popen([python, "-c", PEER_SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    asked(process)
    return process


def asked(process: subprocess.Popen[str], line: str = "") -> str:
    if process.stdin is None or process.stdout is None:
        raise ValueError("a process without pipes")
    process.stdin.write(line)
    process.stdin.flush()
    return process.stdout.readline()


def main() -> int:
    failed = False
    ours(random_spans(3, 5))
    with peer() as process:
        print("coders × units    ours s    peer s   ratio  wanted   disorder  difference   gamma    peer")
        for coders, units, wanted, rounds in SIZES:
            spans = random_spans(coders, units)
            line = json.dumps([[each.annotator, each.start, each.end, each.label] for each in spans]) + "\n"
            both = [(ours(spans), json.loads(asked(process, line))) for _ in range(rounds)]
            (seconds, disorder, gamma), peers = min(each for each, _ in both), min(each for _, each in both)
            ratio, apart = peers[0] / seconds, abs(peers[1] - disorder)
            failed |= ratio < wanted or apart > 1e-4
            print(
                f"{f'{coders} × {units}':>14} {seconds:>9.3f} {peers[0]:>9.2f} {ratio:>6.0f}× {wanted:>6}× "
                f"{disorder:>10.6f} {apart:>11.1e} {gamma:>7.3f} {peers[2]:>7.3f}"
            )
        if process.stdin is not None:
            process.stdin.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
