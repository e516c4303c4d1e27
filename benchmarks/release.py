"""A release of N documents of about 4 kB and 20 frames, each with one annotation: writing and verifying it, in time and memory.

- writing: ``write_documents`` and the sums, against the codec alone encoding the same records into files;
- verifying: ``verify``, which is all but the leakage certificate, against ``json.loads`` of every line of the same files;
- memory: the most that a process held, at N and at N / 4 documents, each in a process of its own.

Seconds are of processor time, the least of three rounds of each in turn. What making the records costs is taken off both sides.

Run: .venv/bin/python benchmarks/release.py [N]   (100,000 when it is not said, which takes 4 GB of disk)
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from annotate.records import Answer, Argument, Article, Ballot, Decision, Frame, Gold, Labelling, Locked, Mention, Share, SplitLock, Zone
from annotate.release.about import TOOL, Gate, SplitTerms, Told
from annotate.release.compare import FIRST
from annotate.release.documents import NAMES, Document, Wanted, write_documents
from annotate.release.leakage import certificate
from annotate.release.lines import pretty
from annotate.release.records import annotation_record, gold_record
from annotate.release.sums import sums
from annotate.release.verify.folder import verify
from annotate.release.write import Content, Found, write_release
from annotate.schema import Schema, load_schema
from annotate.schema.build import generated

SCHEMA = Path(__file__).parent.parent / "schemas" / "event-stance" / "schema.yaml"
ROUNDS = 3
VOCABULARY = "وقال الوزير إن المباحثات مع فيلمورا ستستمر وبالاتفاق للدول في كارسينيا زيارة رسمية اتصالا talks of Velmora with Sadra"
WORDS = VOCABULARY.split()
FRAMES, MENTIONS, LENGTH = 20, 25, 2600  # code points: 4 kB, as Arabic letters take two bytes
DIFFERENT = 64  # documents; the rest differ from these by id alone
ANNOTATOR = "annotator-0123abcd"


def labelled(schema: Schema, number: int) -> Document:
    """An article of words, with its frames and mentions on some of them."""
    draw = random.Random(number)
    text, spans = "", []
    while len(text) < LENGTH:
        word = draw.choice(WORDS)
        spans.append((len(text), len(text) + len(word)))
        text += word + (".\n" if draw.random() < 0.05 else " ")
    picked = draw.sample(spans, FRAMES + MENTIONS)
    mentions = tuple(Mention(f"mentions-{n + 1}", "mentions", "GOV", *span) for n, span in enumerate(sorted(picked[FRAMES:])))
    frames = tuple(
        Frame(f"events-{n + 1}", "events", "TRANSFER", *span, {"polarity": "positive", "modality": "asserted", "tense": "past"},
              (Argument("actor", f"mentions-{n + 1}"), Argument("recipient", f"mentions-{n + 2}")))
        for n, span in enumerate(sorted(picked[:FRAMES]))
    )  # fmt: skip
    labelling = Labelling("x", "a", mentions, frames, answers=(Answer("document", "genre", "news"),))
    article = Article("x", None, text, "ar", zones=(Zone(0, len(text), "body"),))
    said = [(each.layer, each.id, "type", each.type) for each in labelling.items]
    said += [(each.layer, each.id, f"attribute {name}", value or "") for each in frames for name, value in each.attributes.items()]
    decisions = [
        Decision(layer, item, what, value, "unanimous", 1, 1, ballots=(Ballot(value, ("a",)),)) for layer, item, what, value in said
    ]
    lone = Ballot("VISIT", ("a",))  # what became of five events is said in words
    decisions += [Decision("events", None, f"exists {each.start}-{each.end}", None, "tie", 1, 1, ballots=(lone,)) for each in frames[:5]]
    gold = Gold(labelling, ("a",), "single", tuple(decisions), {"document.genre": (Share("news", 1.0),)})
    sentences = [(start, min(start + 100, len(text))) for start in range(0, len(text), 100)]
    record = gold_record(schema, article, sentences, gold, "train", "CC0-1.0", lambda _: ANNOTATOR)
    return Document(record, [annotation_record(schema, article, labelling, ANNOTATOR)])


def documents(schema: Schema, count: int) -> Iterator[Document]:
    """In the order of their ids, a tenth of them in dev and a fifth in test."""
    made = [labelled(schema, number) for number in range(DIFFERENT)]
    for number in range(count):
        gold, annotations = made[number % DIFFERENT]
        name = f"d-{number:07}"
        yield Document(gold | {"id": name, "split": split_of(number)}, [each | {"article": name} for each in annotations])


def split_of(number: int) -> str:
    return "train" if number % 10 < 7 else "dev" if number % 10 < 8 else "test"


def content(schema: Schema, count: int) -> Content:
    lock = SplitLock(articles=tuple(Locked(f"d-{n:07}", split_of(n), f"d-{n:07}") for n in range(count)))  # type: ignore[arg-type]
    files = {f"schema/{name}": text.encode() for name, text in generated(schema).items()}
    return Content(
        name="large",
        version="1.0.0",
        license="cc0-1.0",
        tool=TOOL,
        schema=schema,
        documents=documents(schema, count),
        found=lambda: Found([], {}, []),
        extra=files
        | {
            "schema/schema.yaml": SCHEMA.read_bytes(),
            "splits.lock.json": pretty(lock),
            "leakage.json": pretty(certificate([])),
            "CHANGES.md": FIRST.format(name="large", version="1.0.0").encode(),
        },
        left_out=[],
        gates=[Gate("test", 1, adjudicated=False)],
        resolved="majority",
        drawn=[],
        splits=SplitTerms("stratified", 0, [], 0),
        told=Told(),
    )


def codec_alone(folder: Path, schema: Schema, count: int) -> None:
    encode = msgspec.json.Encoder().encode
    folder.mkdir(exist_ok=True)
    files = {name: (folder / f"{name}.jsonl").open("wb") for name in NAMES}
    for document in documents(schema, count):
        for name, record in document.lines():
            files[name].write(encode(record) + b"\n")
    for file in files.values():
        file.close()


def ours(folder: Path, schema: Schema, count: int) -> None:
    write_documents(folder, documents(schema, count), schema, Wanted())
    sums(folder)


def loads(folder: Path) -> None:
    for name in NAMES:
        with (folder / f"{name}.jsonl").open("rb") as file:
            for line in file:
                json.loads(line)


def seconds(work: Callable[[], Any]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def least(*works: Callable[[], Any]) -> list[float]:
    """Of each the least processor time of several rounds, in turn: a shared machine is slower by a half from minute to minute."""
    return [min(times) for times in zip(*([seconds(work) for work in works] for _ in range(ROUNDS)), strict=True)]


def released(folder: Path, schema: Schema, count: int) -> Path:
    return write_release(content(schema, count), folder, Wanted(), lambda *_: None).folder


def megabytes(count: int) -> float:
    """The most that a process held that wrote and verified a release of so many documents."""
    done = subprocess.run([sys.executable, __file__, "--memory", str(count)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    schema = load_schema(SCHEMA)
    if "--memory" in sys.argv:
        with tempfile.TemporaryDirectory() as scratch:
            released(Path(scratch), schema, int(sys.argv[-1]))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        making, alone, written = least(
            lambda: [None for _ in documents(schema, count)],
            lambda: codec_alone(folder / "codec", schema, count),
            lambda: ours(folder / "ours", schema, count),
        )
        alone, written = alone - making, written - making
        for name in ("codec", "ours"):
            shutil.rmtree(folder / name)
        release = released(folder, schema, count)
        size = sum((release / f"{each}.jsonl").stat().st_size for each in NAMES)
        reading, verifying = least(lambda: loads(release), lambda: verify(release))
    print(f"{count:,} documents, {size / 1e6:,.0f} MB of JSONL")
    print(f"writing    {written:8.2f} s, the codec alone {alone:8.2f} s: {written / alone:.2f} times")
    print(f"verifying  {verifying:8.2f} s, json.loads      {reading:8.2f} s: {verifying / reading:.2f} times")
    print(f"memory     {megabytes(count):8.0f} MB, of a quarter   {megabytes(count // 4):8.0f} MB")


if __name__ == "__main__":
    main()
