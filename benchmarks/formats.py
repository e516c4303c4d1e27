"""Each format's time over a release of made articles (about 4 kB and 20 frames each), in units of `json.loads` over the same bytes; and the
most memory a process held for the articles and for four times as many: what streams holds no more.

Run: .venv/bin/python -m benchmarks.formats [--documents 1000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from annotate.records import Argument, Article, Frame, Labelling, Mention
from annotate.release.formats import FORMATS
from annotate.schema import load_schema
from tests.conftest import SCHEMAS
from tests.format_releases import record_of, release_of

SENTENCE = "وقال الوزير إن فيلمورا قصفت جسر صدرا، وبالاتفاق مع كارسينيا ستستمر المحادثات. Velmora shelled the bridge of Sadra on Monday. "
SENTENCES = 32
FRAMES = 20
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
    """Every article the same but for its id, so that making them takes no time."""
    schema = load_schema(SCHEMAS / "event-stance" / "schema.yaml")
    text = SENTENCE * SENTENCES
    places = [text.index("Velmora", number * len(SENTENCE)) for number in range(FRAMES)]
    mentions = tuple(Mention(f"m{n}", "mentions", "GOV", at, at + 7) for n, at in enumerate(places))
    given = {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": None}
    frames = tuple(
        Frame(f"f{n}", "events", "ASSAULT", at + 8, at + 15, given, (Argument("actor", f"m{n}"),)) for n, at in enumerate(places)
    )
    record = record_of(schema, Article("a-0", None, text, "ar"), Labelling("a-0", "gold", mentions, frames))
    release_of(folder, "event-stance", [])
    with (folder / "train.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for number in range(documents):
            file.write(json.dumps(record | {"id": f"a-{number}"}, ensure_ascii=False) + "\n")
    return folder


def loads(folder: Path) -> float:
    lines = (folder / "train.jsonl").read_bytes().splitlines()
    started = time.process_time()
    for line in lines:
        json.loads(line)
    return time.process_time() - started


def measured(folder: Path, name: str, out: Path) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder), name, str(out)], check=True, capture_output=True, text=True)
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1000)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as place:
        small, large = release(Path(place) / "small", count), release(Path(place) / "large", 4 * count)
        bare = min(loads(large) for _ in range(3))
        size = (large / "train.jsonl").stat().st_size / 2**20
        print(f"{4 * count} documents, {size:.0f} MB of JSONL; json.loads {bare:.2f} s")
        for name in FORMATS:
            (_, before), (seconds, after) = (measured(folder, name, Path(place) / "out") for folder in (small, large))
            print(
                f"{name:8} {seconds:6.2f} s, {seconds / bare:5.1f} × json.loads; memory {before:.0f} MB, four times as many {after:.0f} MB"
            )
