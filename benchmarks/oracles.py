"""Coefficients on random ratings against statsmodels, irrCAC, krippendorff and nltk, which live in an environment of their own.

Each peer is asked where it is right: irrCAC and krippendorff with missing ratings, statsmodels and nltk on complete ones. Prints the
largest difference of each measure; exit code 1 when one is larger than the tolerance.

Run: .venv/bin/python benchmarks/oracles.py [folder with the peers' environment; made in a temporary one when not given]
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import MISSING, ratings_of_matrix
from annotate.agreement.categories.standard_errors import cohen_errors
from annotate.agreement.categories.weights import agreement_weights
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result

PEERS = ["krippendorff==0.9.0", "statsmodels==0.15.0", "irrcac==0.4.4", "nltk==3.10.4", "scipy", "pandas"]
TOLERANCE = 5e-9  # irrCAC rounds
# With missing ratings irrCAC takes alpha's p_a with its small-sample term in one place of the variance and without it in the others.
ROUGH = {"irrCAC alpha, low": 2e-3}
Numbers = dict[str, float | None]

PROGRAM = """
import json, sys, warnings
import krippendorff, numpy, pandas
from irrCAC.raw import CAC
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa
warnings.simplefilter("ignore")

def irrcac(matrix, q):
    found = {}
    for kind in ("identity", "linear", "quadratic"):
        table = CAC(pandas.DataFrame(matrix.T), weights=kind, categories=list(range(q)), digits=9)
        for name in ("fleiss", "gwet", "conger", "bp"):
            estimate = getattr(table, name)()["est"]
            found[f"irrCAC {name} {kind}"] = estimate["coefficient_value"]
            found[f"irrCAC {name} {kind}, low"] = estimate["confidence_interval"][0]
    estimate = CAC(pandas.DataFrame(matrix.T), categories=list(range(q)), digits=9).krippendorff()["est"]
    return found | {"irrCAC alpha": estimate["coefficient_value"], "irrCAC alpha, low": estimate["confidence_interval"][0]}

def of_complete(matrix, q):
    counts = numpy.stack([(matrix == category).sum(axis=0) for category in range(q)], axis=1)
    found = {"statsmodels fleiss": fleiss_kappa(counts, "fleiss"), "statsmodels randolph": fleiss_kappa(counts, "randolph")}
    rows = [(coder, unit, int(value)) for coder, row in enumerate(matrix) for unit, value in enumerate(row)]
    task = AnnotationTask(rows)
    found |= {"nltk alpha": task.alpha(), "nltk alpha interval": AnnotationTask(rows, distance=interval_distance).alpha()}
    found |= {"nltk kappa": task.kappa(), "nltk multi_kappa": task.multi_kappa()}
    table = numpy.zeros((q, q))
    numpy.add.at(table, (matrix[0].astype(int), matrix[1].astype(int)), 1)
    for name, weights in (("identity", None), ("linear", "linear"), ("quadratic", "fc")):
        made = cohens_kappa(table, weights=numpy.arange(q) if weights == "linear" else None, wt=weights)
        found |= {f"statsmodels cohen {name}": made.kappa, f"statsmodels cohen {name}, se": made.std_kappa}
        found |= {f"statsmodels cohen {name}, se under chance": made.std_kappa0}
    if len(matrix) == 2:
        found |= {"nltk pi": task.pi(), "nltk S": task.S()}
    return found

out = []
for case in json.load(sys.stdin):
    matrix = numpy.array([[numpy.nan if value is None else value for value in row] for row in case["rows"]], dtype=float)
    found = {f"krippendorff {level}": krippendorff.alpha(matrix, level_of_measurement=level, value_domain=None)
             for level in ("nominal", "ordinal", "interval", "ratio")}
    found |= irrcac(matrix, case["q"])
    if not numpy.isnan(matrix).any():
        found |= of_complete(matrix, case["q"])
    out.append({name: None if value != value else float(value) for name, value in found.items()})
print(json.dumps(out))
"""


def peers_python(folder: Path) -> Path:
    """The interpreter of the peers' environment, made when it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def random_ratings(seed: int) -> tuple[NDArray[np.float64], int]:
    """A matrix (annotators, units) in which every category is in use, every second one with missing ratings; and how many there are."""
    draw = np.random.default_rng(seed)
    coders, units, q = int(draw.integers(2, 6)), int(draw.integers(8, 60)), int(draw.integers(2, 6))
    truth = draw.integers(0, q, units)
    matrix = np.where(draw.random((coders, units)) < 0.6, truth, draw.integers(0, q, (coders, units))).astype(np.float64)
    matrix[:, :q] = np.arange(q)  # two of them at least agree on each category
    if seed % 2:
        matrix[draw.random(matrix.shape) < 0.25] = np.nan
        matrix[:2, :q] = np.arange(q)
    return matrix, q


def results_of(matrix: NDArray[np.float64], q: int, level: str) -> dict[str, Result]:
    """With analytic intervals; the categories are 0, 1, … as the peers have them."""
    ratings = ratings_of_matrix(matrix, categories=list(range(q)))
    found = measure_ratings("layer", level, ratings, how=Intervals("analytic"))
    return {each.measure: each for each in found if each.category is None}


def own_numbers(matrix: NDArray[np.float64], q: int) -> Numbers:
    """What the peers compute, by the names they have in ``PROGRAM``."""
    by_level = {level: results_of(matrix, q, level) for level in ("nominal", "ordinal", "interval", "ratio")}
    numbers: Numbers = {f"krippendorff {level}": each["krippendorff_alpha"].value for level, each in by_level.items()}
    found = by_level["ordinal"]
    for kind in ("identity", "linear", "quadratic"):
        suffix = "" if kind == "identity" else f"_{kind}"
        gwet = "gwet_ac1" if kind == "identity" else f"gwet_ac2{suffix}"
        names = {"fleiss": f"fleiss_kappa{suffix}", "gwet": gwet, "conger": f"conger_kappa{suffix}", "bp": f"brennan_prediger{suffix}"}
        for peer, own in names.items():
            numbers[f"irrCAC {peer} {kind}"] = found[own].value
            numbers[f"irrCAC {peer} {kind}, low"] = low_of(found[own])
    alpha = by_level["nominal"]["krippendorff_alpha"]
    numbers |= {"irrCAC alpha": alpha.value, "irrCAC alpha, low": low_of(alpha)}
    numbers |= {"statsmodels fleiss": found["fleiss_kappa"].value, "statsmodels randolph": found["brennan_prediger"].value}
    numbers |= {"nltk alpha": alpha.value, "nltk alpha interval": by_level["interval"]["krippendorff_alpha"].value}
    numbers |= {"nltk kappa": found["cohen_kappa"].value, "nltk multi_kappa": found["conger_kappa"].value}
    numbers |= {"nltk pi": found["scott_pi"].value, "nltk S": found["brennan_prediger"].value}
    return numbers | (cohen_numbers(matrix, q) if not np.isnan(matrix).any() else {})


def cohen_numbers(matrix: NDArray[np.float64], q: int) -> Numbers:
    table = np.zeros((q, q))
    np.add.at(table, (matrix[0].astype(np.int64), matrix[1].astype(np.int64)), 1)
    numbers: Numbers = {}
    for kind in ("identity", "linear", "quadratic"):
        errors = cohen_errors(table, agreement_weights(np.arange(q, dtype=np.float64), kind))
        numbers |= {f"statsmodels cohen {kind}": errors.kappa, f"statsmodels cohen {kind}, se": errors.ase}
        numbers[f"statsmodels cohen {kind}, se under chance"] = errors.ase0
    return numbers


def low_of(result: Result) -> float | None:
    return None if result.interval is None else result.interval.low


def as_json(matrix: NDArray[np.float64]) -> list[list[int | None]]:
    return [[MISSING if math.isnan(value) else int(value) for value in row] for row in matrix.tolist()]


def main() -> int:
    cases = [random_ratings(seed) for seed in range(60)]
    asked = [{"rows": [[None if code == MISSING else code for code in row] for row in as_json(matrix)], "q": q} for matrix, q in cases]
    with tempfile.TemporaryDirectory() as temporary:
        python = peers_python(Path(sys.argv[1]) if sys.argv[1:] else Path(temporary) / "peers")
        done = subprocess.run([python, "-c", PROGRAM], input=json.dumps(asked), check=True, stdout=subprocess.PIPE, text=True)
    differences: dict[str, list[float]] = {}
    for (matrix, q), theirs in zip(cases, json.loads(done.stdout), strict=True):
        own = own_numbers(matrix, q)
        for name, value in theirs.items():
            mine = own[name]
            differences.setdefault(name, []).append(abs(mine - value) if mine is not None and value is not None else float(mine != value))
    worst = {name: max(each) for name, each in differences.items()}
    for name, largest in worst.items():
        print(f"{name:45} {len(differences[name])} times, at most {largest:.1e} apart")
    return int(any(largest > ROUGH.get(name, TOLERANCE) for name, largest in worst.items()))


if __name__ == "__main__":
    sys.exit(main())
