"""How right gold is, by strategy and layer, where the truth is known. Prints the table of docs/gold.md.

The truth is the gold of twelve articles of the bundled corpus, labelled by simulated annotators of declared error
(annotate.demo.simulate), on 50 seeds. Items are right with their span and type (F1 over all articles), attributes and arguments with their
item, answers by themselves. Beside the strategies stands the best annotator alone, whom nobody knows beforehand.

Run: .venv/bin/python benchmarks/gold_accuracy.py [seeds]
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean, stdev

from annotate.demo.corpus import ARTICLES, labellings
from annotate.demo.simulate import Annotator, Noise, simulate
from annotate.gold.resolve import resolve_all
from annotate.records import Article, Frame, Labelling
from annotate.schema import Schema, load_schema
from annotate.workspace import GoldSettings

SEEDS = 50
DOCUMENTS = 12
SCHEMA = "schemas/event-stance/schema.yaml"
STRATEGIES = ("majority", "unanimous", "dawid-skene", "mace")
BEST = "best annotator alone"

# How many times the demo's error rates (a type wrong in 4%, a span missed in 8%, an answer wrong in 8%) each annotator has.
TEAMS = {
    "3 alike": (2.0, 2.0, 2.0),
    "3, one careless": (1.0, 2.0, 5.0),
    "4, one careless": (1.0, 2.0, 2.0, 5.0),
    "5, two careless": (1.0, 2.0, 2.0, 5.0, 5.0),
}

Fact = tuple[object, ...]
Scores = dict[str, float]


def facts(labelled: Iterable[Labelling]) -> Iterator[tuple[str, Fact]]:
    """(level, one thing that a labelling says), so that what two say can be compared."""
    for own in labelled:
        places = {each.id: (own.article, each.layer, each.start, each.end, each.type) for each in own.items}
        for item in own.items:
            yield item.layer, places[item.id]
            if isinstance(item, Frame):
                for name, value in item.attributes.items():
                    if value is not None:
                        yield "attributes", (*places[item.id], name, value)
                for argument in item.arguments:
                    yield "arguments", (*places[item.id], argument.role, *places[argument.ref])
        for answer in own.answers:
            yield "answers", (own.article, answer.question, answer.value)


def f1(truth: Iterable[Labelling], said: Iterable[Labelling]) -> Scores:
    """Level → 2·both / (true + said)."""
    both: dict[str, tuple[set[Fact], set[Fact]]] = defaultdict(lambda: (set(), set()))
    for side, labelled in enumerate((truth, said)):
        for level, fact in facts(labelled):
            both[level][side].add(fact)
    return {level: 2 * len(a & b) / (len(a) + len(b)) for level, (a, b) in both.items()}


def trial(schema: Schema, articles: dict[str, Article], truth: list[Labelling], team: tuple[float, ...], seed: int) -> dict[str, Scores]:
    """One seed: strategy → level → F1."""
    annotators = [Annotator(f"annotator {n}", Noise().times(factor)) for n, factor in enumerate(team)]
    submitted = [simulate(schema, articles[own.article], own, annotator, seed) for own in truth for annotator in annotators]
    scores = {
        strategy: f1(truth, [gold.labelling for gold in resolve_all(schema, submitted, GoldSettings(strategy))]) for strategy in STRATEGIES
    }
    alone = [f1(truth, [each for each in submitted if each.annotator == annotator.name]) for annotator in annotators]
    return scores | {BEST: max(alone, key=lambda each: fmean(each.values()))}


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    schema = load_schema(Path(SCHEMA))
    articles = {row["id"]: Article(row["id"], None, row["text"], "ar") for row in map(json.loads, ARTICLES.read_bytes().splitlines())}
    truth = labellings("gold")[:DOCUMENTS]
    print(f"{seeds} seeds, {len(truth)} articles, {sum(len(each.items) for each in truth)} items")
    for name, team in TEAMS.items():
        trials = [trial(schema, articles, truth, team, seed) for seed in range(seeds)]
        levels = list(trials[0][BEST])
        print(f"| {name} | {' | '.join(levels)} |\n| --- |{' ---: |' * len(levels)}")
        for strategy in trials[0]:
            cells = [[each[strategy][level] for each in trials] for level in levels]
            shown = (f"{fmean(own):.3f} ± {stdev(own) if seeds > 1 else 0:.3f}" for own in cells)
            print(f"| {strategy} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
