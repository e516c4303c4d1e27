"""Each format's time over a release of made articles (about 4 kB, 25 mentions and 20 frames each), in units of `json.loads` over the same
lines; the most memory its process held; and what it wrote. What streams holds no more of 100,000 than of 2,500.

Run: .venv/bin/python -m benchmarks.formats [--documents 2500 20000 100000] [--format bio brat]   (100,000 take 2 GB, and as much a format)
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import msgspec

from annotate.records import Argument, Article, Frame, Labelling, Link, Mention
from annotate.release.formats import FORMATS
from annotate.schema import load_schema
from annotate.schema.record_schema import SPLITS
from tests.conftest import SCHEMAS
from tests.format_releases import Record, record_of, release_of

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
WORDS, LENGTH, DIFFERENT = 30_000, 2600, 256  # words known; code points a text; articles that differ by more than their id
MENTIONS, FRAMES = 25, 20
CHILD = "import sys; from benchmarks.formats import convert; convert(sys.argv[1], sys.argv[2], sys.argv[3])"


def convert(folder: str, name: str, out: str) -> None:
    """In a process of its own: seconds of processor time and the most memory held, in MB."""
    from annotate.release.formats import write_formats

    started = time.process_time()
    write_formats(Path(folder), [name], Path(out))
    print(time.process_time() - started, _most_memory())


def _most_memory() -> float:
    """The most this process held, in MB. (ru_maxrss would count what its parent held when it started it.)"""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def release(folder: Path, documents: int) -> Path:
    """A tenth in dev and a fifth in test; each article is one of 256 under an id of its own, so that making them takes little time."""
    release_of(folder, "event-stance", [])
    vocabulary = _vocabulary()
    made = [_record(number, *vocabulary) for number in range(DIFFERENT)]
    files = {split: (folder / f"{split}.jsonl").open("wb") for split in SPLITS}
    for number in range(documents):
        split = "train" if number % 10 < 7 else "dev" if number % 10 < 8 else "test"
        files[split].write(msgspec.json.encode(made[number % DIFFERENT] | {"id": f"d-{number:07}", "split": split}) + b"\n")
    for file in files.values():
        file.close()
    return folder


def _vocabulary() -> tuple[list[str], list[float]]:
    """Words, and how often each and those before it stand in a text: by their rank, as words do."""
    own = random.Random(0)
    words = ["".join(own.choices(LETTERS, k=own.randrange(2, 9))) for _ in range(WORDS)]
    return words, list(accumulate(1 / (rank + 3) for rank in range(WORDS)))


def _record(seed: int, words: list[str], ranks: list[float]) -> Record:
    """Words with commas, quotation marks and sentences' ends; spans on some, a few behind a proclitic; fillers mostly of their sentence."""
    own = random.Random(seed)
    text, spans = "", []
    while len(text) < LENGTH:
        word, kind = own.choices(words, cum_weights=ranks)[0], own.random()
        head = "«" if kind < 0.02 else "و" if kind < 0.1 else ""
        start = len(text) + (head == "«" or (head != "" and own.random() < 0.5))
        spans.append((start, len(text) + len(head + word)))
        text += head + word + ("» " if head == "«" else ".\n" if kind > 0.96 else "، " if kind > 0.88 else " ")
    picked = sorted(own.sample(spans, MENTIONS + FRAMES))
    own.shuffle(kinds := ["mention"] * MENTIONS + ["frame"] * FRAMES)
    mentions = [span for span, kind in zip(picked, kinds, strict=True) if kind == "mention"]
    frames = [span for span, kind in zip(picked, kinds, strict=True) if kind == "frame"]
    given: dict[str, str | None] = {"polarity": "positive", "modality": "asserted", "tense": "past"}
    labelling = Labelling(
        "d",
        "gold",
        tuple(Mention(f"m{n}", "mentions", "GOV", *span) for n, span in enumerate(mentions)),
        tuple(
            Frame(f"f{n}", "events", "TRANSFER", *span, given, (Argument("actor", f"m{n}"), Argument("recipient", f"m{n + 1}")))
            for n, span in enumerate(frames)
        ),
        (Link("same_as", "f0", "f1"),),
    )
    return record_of(load_schema(SCHEMAS / "event-stance" / "schema.yaml"), Article("d", None, text, "ar"), labelling)


def lines(folder: Path) -> Iterator[bytes]:
    for split in SPLITS:
        with (folder / f"{split}.jsonl").open("rb") as file:
            yield from file


def loads(folder: Path) -> float:
    started = time.process_time()
    for line in lines(folder):
        json.loads(line)
    return time.process_time() - started


def measured(folder: Path, name: str, out: Path) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder), name, str(out)], check=True, capture_output=True, text=True)
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, nargs="+", default=[2500, 20_000])
    parser.add_argument("--format", nargs="+", default=FORMATS)
    asked = parser.parse_args()
    for count in asked.documents:
        with tempfile.TemporaryDirectory() as place:
            made, out = release(Path(place) / "release", count), Path(place) / "out"
            bare = loads(made)
            size = sum((made / f"{split}.jsonl").stat().st_size for split in SPLITS) / 1e6
            print(f"{count:,} documents, {size:,.0f} MB of JSONL; json.loads {bare:.2f} s", flush=True)
            for name in asked.format:
                seconds, memory = measured(made, name, out)
                files = [path.stat().st_size for path in (out / name).rglob("*") if path.is_file()]
                rate = f"{seconds:8.2f} s, {1000 * seconds / count:.2f} ms a document, {seconds / bare:5.1f} × json.loads"
                print(f"{name:8} {rate}; {memory:.0f} MB held; {len(files):,} files of {sum(files) / 1e6:,.0f} MB", flush=True)
                shutil.rmtree(out / name)


if __name__ == "__main__":
    main()
