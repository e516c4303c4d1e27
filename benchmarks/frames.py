"""All numbers of frames and links, with intervals, for documents × 3 annotators × 20 frames: processor seconds at four sizes, the profile.

Run: .venv/bin/python benchmarks/frames.py
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from annotate.agreement.alignment import aligned_pairs
from annotate.agreement.frames.decomposition import measure_frames
from annotate.agreement.frames.links import measure_links
from annotate.agreement.results import Result
from annotate.records import Argument, Frame, Labelling, Link, Mention
from annotate.schema import FrameLayer, Schema, load_schema

SCHEMA = Path(__file__).parent.parent / "schemas" / "event-stance" / "schema.yaml"
SIZES = (1250, 2500, 5000, 10000)
PROFILED = 1250
ANNOTATORS = ("ann", "ben", "cleo")
EVENTS, STANCES, MENTIONS = 16, 4, 30
STEP = 12  # characters from one mention or trigger to the next
MISSED, MOVED, RETYPED, CHANGED, DROPPED = 0.08, 0.08, 0.04, 0.05, 0.06


def truth(schema: Schema, document: str, draw: random.Random) -> Labelling:
    """What there is to be found in a document: triggers, mentions and stances in line, arguments from those near by."""
    (mentions,) = schema.mention_layers
    places = list(range(0, STEP * (MENTIONS + EVENTS + STANCES), STEP))
    draw.shuffle(places)
    marked = [Mention(f"m{n}", mentions.name, draw.choice(mentions.types).name, places.pop(), 0) for n in range(MENTIONS)]
    marked = [Mention(each.id, each.layer, each.type, each.start, each.start + draw.randint(3, STEP)) for each in marked]
    frames = [
        _frame(layer, f"{layer.name[0]}{n}", places.pop(), [each.id for each in marked], draw)
        for layer, number in zip(schema.frame_layers, (EVENTS, STANCES), strict=True)
        for n in range(number)
    ]
    links = tuple(Link("same_as", f"e{n}", f"e{n + 1}") for n in range(0, EVENTS, 5))
    return Labelling(document, "truth", tuple(marked), tuple(frames), links)


def _frame(layer: FrameLayer, name: str, start: int, mentions: list[str], draw: random.Random) -> Frame:
    kind = draw.choice(layer.types).name
    attributes = {each.name: draw.choice(each.values_for(kind) or [None]) for each in layer.attributes}
    frames = [f"e{n}" for n in range(EVENTS) if f"e{n}" != name]
    arguments = tuple(
        Argument(role.name, draw.choice(frames if "events" in role.fills else mentions))
        for role in draw.sample(layer.roles, min(3, len(layer.roles)))
    )
    return Frame(
        name, layer.name, kind, start, start + draw.randint(3, 2 * STEP if layer.name == "stances" else STEP), attributes, arguments
    )


def labelled(schema: Schema, true: Labelling, annotator: str, draw: random.Random) -> Labelling:
    """What an annotator makes of it, erring at the rates above."""
    mentions = [_seen(each, draw) for each in true.mentions if draw.random() >= MISSED]
    found = [each for each in true.frames if draw.random() >= MISSED]
    known = {each.id for each in mentions} | {each.id for each in found}
    frames = [_framed(schema, each, known, draw) for each in found]
    links = [each for each in true.links if {each.first, each.second} <= known and draw.random() >= DROPPED]
    return Labelling(true.article, annotator, tuple(mentions), tuple(frames), tuple(links))


def _seen(each: Mention, draw: random.Random) -> Mention:
    start, end = each.start + (draw.random() < MOVED), each.end + (draw.random() < MOVED) * STEP
    return Mention(each.id, each.layer, "TOPIC" if draw.random() < RETYPED else each.type, start, end)


def _framed(schema: Schema, each: Frame, known: set[str], draw: random.Random) -> Frame:
    layer = next(layer for layer in schema.frame_layers if layer.name == each.layer)
    kind = draw.choice(layer.types).name if draw.random() < RETYPED else each.type
    attributes = {
        asked.name: draw.choice(asked.values_for(kind) or [None]) if draw.random() < CHANGED else each.attributes[asked.name]
        for asked in layer.attributes
    }
    arguments = tuple(argument for argument in each.arguments if argument.ref in known and draw.random() >= DROPPED)
    start, end = each.start + (draw.random() < MOVED), each.end + (draw.random() < MOVED) * STEP
    return Frame(each.id, each.layer, kind, start, end, attributes, arguments)


def corpus(schema: Schema, documents: int) -> Iterator[Labelling]:
    for number in range(documents):
        draw = random.Random(number)
        true = truth(schema, f"velmora-{number:05}", draw)
        for annotator in ANNOTATORS:
            yield labelled(schema, true, annotator, draw)


def measure(schema: Schema, labellings: list[Labelling]) -> list[Result]:
    aligned = list(aligned_pairs(schema, labellings))
    results = [each for layer in schema.frame_layers for each in measure_frames(schema, layer, labellings, aligned=aligned)]
    return results + [each for layer in schema.link_layers for each in measure_links(schema, layer, labellings, aligned=aligned)]


def seconds(schema: Schema, labellings: list[Labelling]) -> float:
    gc.collect()
    start = time.process_time()
    measure(schema, labellings)
    return time.process_time() - start


if __name__ == "__main__":
    event_stance = load_schema(SCHEMA)
    everything = list(corpus(event_stance, SIZES[-1]))
    frames = sum(len(each.frames) for each in everything) / len(everything)
    results = measure(event_stance, everything[: 100 * len(ANNOTATORS)])
    print(f"{len(ANNOTATORS)} annotators, {frames:.1f} frames found by each in a document; {len(results)} results")
    for size in SIZES:
        took = seconds(event_stance, everything[: size * len(ANNOTATORS)])
        print(f"{size:>6} documents {took:6.2f} s, {took / size * 1e6:5.0f} µs a document")
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB, labellings included")
    with cProfile.Profile() as profile:
        measure(event_stance, everything[: PROFILED * len(ANNOTATORS)])
    pstats.Stats(profile).sort_stats("tottime").print_stats(14)
