"""Dawid–Skene on 1,000,000 labels and MACE on 100,000 against crowd-kit at equal likelihood; gold of 10,000 documents.

Peer and own take turns, the best of several counts, since a shared machine is noisy; seconds are of the processor. Both models start from
the labels as rows of strings and may make as many iterations as crowd-kit's default is. One function says how likely each estimate makes
the labels. The peer lives in an environment of its own.

Run: .venv/bin/python benchmarks/gold.py [folder with the peer's environment; made in a temporary one when not given]
"""

from __future__ import annotations

import cProfile
import json
import pstats
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from annotate.gold.estimate import Judgements, dawid_skene, mace, tabulate
from annotate.gold.resolve import resolutions
from annotate.records import Answer, Argument, Frame, Labelling, Mention
from annotate.schema import FrameLayer, Schema, load_schema
from annotate.workspace import GoldSettings

PEER = "crowd-kit==1.4.2"
PEER_NEEDS = ("numpy", "pandas", "scipy", "scikit-learn", "tqdm", "attrs", "nltk")
ROUNDS = 3
CLASSES = 5
SCHEMA = Path("schemas/event-stance/schema.yaml")

# What is imported and read is not measured.
PEER_RUN = """
import json, sys, time, numpy, pandas
from crowdkit.aggregation import MACE, DawidSkene
name, path, out, iterations = sys.argv[1:5]
rows = pandas.read_csv(path, dtype=str)
started = time.process_time()
if name == "mace":
    model = MACE(n_restarts=10, n_iter=int(iterations), random_state=0)
    model.fit(rows)
    posterior = model.probas_
else:
    model = DawidSkene(n_iter=int(iterations), tol=0)
    model.fit(rows)
    posterior = model.probas_
seconds = time.process_time() - started
posterior.sort_index().sort_index(axis=1).to_csv(out, index=False)
print(json.dumps(seconds))
"""


class Row(NamedTuple):
    name: str
    labels: int
    own: float
    peer: float
    own_likelihood: float
    peer_likelihood: float
    accuracy: tuple[float, float]


def peer_python(folder: Path) -> Path:
    """The interpreter of the peer's environment, made when it is not there: without what the peer needs for texts and embeddings."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", PEER], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER_NEEDS], check=True)
    return python


def simulated(labels: int, annotators: int, an_item: int, seed: int = 0) -> tuple[list[tuple[str, str, str]], NDArray[np.int64]]:
    """(worker, task, label) rows, and the true class of each task, in the tasks' order."""
    dice = np.random.default_rng(seed)
    items = labels // an_item
    truth = dice.integers(0, CLASSES, items)
    skill = dice.uniform(0.4, 0.95, annotators)
    item = np.repeat(np.arange(items), an_item)
    annotator = (dice.integers(0, annotators, items)[:, None] + np.arange(an_item) * 7).ravel() % annotators
    said = np.where(dice.random(len(item)) < skill[annotator], truth[item], dice.integers(0, CLASSES, len(item)))
    return [(f"w{a:03}", f"t{i:07}", f"c{s}") for a, i, s in zip(annotator.tolist(), item.tolist(), said.tolist(), strict=True)], truth


def likelihood(judgements: Judgements, posterior: NDArray[np.float64]) -> float:
    """log p(labels) under the Dawid–Skene model that a posterior implies (their eqs. 2.3, 2.4), 0.01 of a label added to each cell."""
    classes = posterior.shape[1]
    counts = np.zeros((len(judgements.annotators), classes, classes))
    np.add.at(counts.transpose(0, 2, 1), (judgements.annotator, judgements.label), posterior[judgements.item])
    rates = np.log((counts + 0.01) / (counts + 0.01).sum(axis=2, keepdims=True))
    joint = np.tile(np.log(posterior.mean(axis=0)), (len(posterior), 1))
    np.add.at(joint, judgements.item, rates[judgements.annotator, :, judgements.label])
    return float(logsumexp(joint, axis=1).sum())


def compare(name: str, labels: int, annotators: int, an_item: int, iterations: int, python: Path, folder: Path) -> Row:
    rows, truth = simulated(labels, annotators, an_item)
    source, out = folder / f"{name}.csv", folder / "posterior.csv"
    source.write_text("worker,task,label\n" + "".join(f"{w},{t},{label}\n" for w, t, label in rows), "utf-8")

    def own() -> tuple[Judgements, NDArray[np.float64]]:
        table = tabulate(rows)
        if name == "mace":
            return table, mace(table, iterations=iterations).posterior
        return table, dawid_skene(table).posterior

    mine, theirs = [], []
    for _ in range(ROUNDS):
        ran = subprocess.run([python, "-c", PEER_RUN, name, source, out, str(iterations)], check=True, capture_output=True)
        theirs.append(float(json.loads(ran.stdout.splitlines()[-1])))
        mine.append(seconds(own))
    table, posterior = own()
    peer = np.loadtxt(out, delimiter=",", skiprows=1)
    accuracy = (float((posterior.argmax(axis=1) == truth).mean()), float((peer.argmax(axis=1) == truth).mean()))
    return Row(name, len(rows), min(mine), min(theirs), likelihood(table, posterior), likelihood(table, peer), accuracy)


def seconds(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


# Gold


def document(schema: Schema, number: int, draw: random.Random) -> Iterator[Labelling]:
    """Three annotators' labellings of a document of twenty events and as many mentions; each errs in one of ten."""
    layer = schema.span_layers["events"]
    assert isinstance(layer, FrameLayer)
    truth = [(30 * place, draw.choice(layer.types).name) for place in range(20)]
    for annotator in range(3):
        mentions = [Mention(f"m{at}", "mentions", draw.choice(("GOV",) * 9 + ("ORG",)), at + 10, at + 18) for at, _ in truth]
        frames = []
        for at, kind in truth:
            if draw.random() < 0.9:
                said = kind if draw.random() < 0.9 else draw.choice(layer.types).name
                end = at + 6 + (draw.random() < 0.1)
                frames.append(Frame(f"e{at}", "events", said, at, end, layer.defaults(said), (Argument("actor", f"m{at}"),)))
        answers = (Answer("document", "genre", draw.choice(("news", "news", "opinion"))),)
        yield Labelling(f"velmora-{number:06}", f"a{annotator}@velmora.example", tuple(mentions), tuple(frames), answers=answers)


def resolve_documents(schema: Schema, documents: int, strategy: str) -> tuple[float, float, int]:
    """Processor seconds, the peak in megabytes above what the labellings took, decisions."""
    draw = random.Random(0)
    labelled = [each for number in range(documents) for each in document(schema, number, draw)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started, decisions = time.process_time(), 0
    for gold in resolutions(schema, labelled, GoldSettings(strategy)):
        decisions += len(gold.decisions)
    return time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before, decisions


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        python = peer_python(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary) / "peer")
        print("| model | labels | own s | crowd-kit s | ratio | log-likelihood | crowd-kit's | right | crowd-kit's |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name, labels, annotators, iterations in (("dawid-skene", 1_000_000, 200, 100), ("mace", 100_000, 100, 50)):
            row = compare(name, labels, annotators, 5, iterations, python, Path(temporary))
            print(
                f"| {row.name} | {row.labels} | {row.own:.2f} | {row.peer:.2f} | {row.own / row.peer:.2f} | {row.own_likelihood:.1f} |"
                f" {row.peer_likelihood:.1f} | {row.accuracy[0]:.4f} | {row.accuracy[1]:.4f} |",
                flush=True,
            )
    schema = load_schema(SCHEMA)
    print("\n| strategy | documents | s | MB above | decisions |\n| --- | ---: | ---: | ---: | ---: |")
    for strategy, documents in (("majority", 1_000), ("majority", 10_000), ("dawid-skene", 1_000)):
        taken, peak, decisions = resolve_documents(schema, documents, strategy)
        print(f"| {strategy} | {documents} | {taken:.1f} | {peak:.0f} | {decisions} |", flush=True)
    profile = cProfile.Profile()
    profile.runcall(resolve_documents, schema, 200, "majority")
    pstats.Stats(profile).sort_stats("tottime").print_stats("annotate", 12)


if __name__ == "__main__":
    main()
