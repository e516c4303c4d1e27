"""What agreement the simulated annotators should reach: the mean and spread over many simulated corpora.

``python -m annotate.demo.expect`` writes expected.json; a test holds the demo's own numbers to it.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from annotate.agreement.labellings import measure_labellings
from annotate.corpus.read import read_articles
from annotate.demo.corpus import ARTICLES, FOLDER, labellings
from annotate.demo.simulate import ANNOTATORS, simulate
from annotate.errors import Problem
from annotate.records import Article, Labelling
from annotate.schema import Schema, load_schema

CORPORA = 1000
FIRST_SEED = 1  # the demo itself is seed 0
EXPECTED = FOLDER / "expected.json"

Spread = dict[str, list[float]]  # "layer measure" → values


def demo_articles() -> dict[str, Article]:
    return {found.id: found for _, found in read_articles([str(ARTICLES)]) if not isinstance(found, Problem)}


def simulated_corpus(schema: Schema, articles: dict[str, Article], gold: list[Labelling], seed: int) -> list[Labelling]:
    """Every simulated annotator's labelling of every article."""
    return [simulate(schema, articles[each.article], each, annotator, seed) for each in gold for annotator in ANNOTATORS]


def simulated_values(schema: Schema, seeds: range) -> Spread:
    """Each number over the simulated corpora of the seeds; those that are undefined are left out."""
    articles, gold = demo_articles(), labellings("gold")
    values: Spread = {}
    for seed in seeds:
        for result in measure_labellings(schema, simulated_corpus(schema, articles, gold, seed), replicates=0):
            if result.value is not None:
                values.setdefault(f"{result.layer} {result.measure}", []).append(result.value)
    return values


def expectation(values: Spread) -> dict[str, dict[str, float]]:
    return {
        name: {"mean": round(statistics.fmean(found), 6), "sd": round(statistics.stdev(found), 6), "corpora": len(found)}
        for name, found in values.items()
    }


if __name__ == "__main__":
    schema = load_schema(Path(sys.argv[1]))
    values = simulated_values(schema, range(FIRST_SEED, FIRST_SEED + CORPORA))
    EXPECTED.write_text(json.dumps(expectation(values), indent=1) + "\n", encoding="utf-8")
