"""What agreement the simulated annotators should reach: the mean and spread over many simulated corpora.

``python -m annotate.demo.expect`` writes expected.json; a test holds the demo's own numbers to it.
"""

from __future__ import annotations

import json
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.text import HEADLINE
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
        for name, value in headline_values(schema, articles, simulated_corpus(schema, articles, gold, seed)).items():
            values.setdefault(name, []).append(value)
    return values


def headline_values(schema: Schema, articles: dict[str, Article], labelled: list[Labelling]) -> dict[str, float]:
    """The numbers that are shown of a corpus and not sampled, without intervals; those that are undefined are left out."""
    texts = {name: article.text for name, article in articles.items()}
    results = measure_labellings(schema, labelled, texts=texts, how=Intervals("none"), gamma=False)
    return {f"{each.layer} {each.measure}": each.value for each in results if each.measure in HEADLINE and each.value is not None}


def expectation(values: Spread) -> dict[str, dict[str, float]]:
    """Mean and spread of what is defined in every corpus: noise now and then nests spans of one type, which undoes some measures."""
    return {
        name: {"mean": round(statistics.fmean(found), 6), "sd": round(statistics.stdev(found), 6), "corpora": len(found)}
        for name, found in values.items()
        if len(found) == CORPORA
    }


if __name__ == "__main__":
    schema = load_schema(Path(sys.argv[1]))
    values: Spread = {}
    with ProcessPoolExecutor() as pool:
        seeds = [range(at, min(at + 50, FIRST_SEED + CORPORA)) for at in range(FIRST_SEED, FIRST_SEED + CORPORA, 50)]
        for part in pool.map(partial(simulated_values, schema), seeds):
            for name, found in part.items():
                values.setdefault(name, []).extend(found)
    EXPECTED.write_text(json.dumps(expectation(values), indent=1) + "\n", encoding="utf-8")
