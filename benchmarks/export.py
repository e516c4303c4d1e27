"""`annotate export` from a store of N made articles of 4 kB with 20 frames, one annotation each, a tenth of them two: by parts.

- the whole command, in processor seconds, and what of it each part took (with the profiler off; parts are the functions that do them);
- reading and writing: the JSONL files from the store, and what is noted on the way for agreement and the certificate; against the codec
  alone encoding the same records into files;
- memory: the most that the process held, at N and at N / 4, each in a process of its own.

The store is made first, in a process of its own: articles, splits, annotations as a pull brings them, gold.

Run: .venv/bin/python -m benchmarks.export [N]   (10,000 when it is not said)
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from annotate.records import Answer, Argument, Article, Frame, Labelling, Locked, Mention, Pulled, Source, SplitLock, Zone
from annotate.release import write
from annotate.release.documents import NAMES
from annotate.release.leakage import Leakage
from annotate.schema import FrameLayer, Schema, load_schema
from annotate.steps import export, gold, init, leakage
from annotate.store import Store
from annotate.studio.results import page_of, write_results
from annotate.workspace import Workspace, find_workspace
from benchmarks.made_articles import VOCABULARY, Words, vocabularies

FRAMES, MENTIONS, WORDS = 20, 25, 420  # about 4 kB, as three articles of four are in Arabic letters
ANNOTATORS = ("nadira.tawil@annotator.example", "omran.dahesh@annotator.example")
AT = "2025-01-01T00:00:00Z"
# What is timed, and whether it is called once (else it is a generator or is called for each document, within another part).
PARTS = {
    "is the gold of today": (export, "require_fresh_gold"),
    "which articles, their rights": (export, "_ready"),
    "gates": (export, "_require_gates"),
    "reading and writing": (write, "write_documents"),
    "of it what the certificate compares": (leakage, "_add"),
    "agreement": (export, "_agreement"),
    "certificate": (Leakage, "certificate"),
    "sums": (write, "sums"),
    "verifying": (write, "verify"),
}


def article(number: int, words: list[Words], chances: Any, draw: np.random.Generator) -> Article:
    drawn = np.searchsorted(chances, draw.random(WORDS) * chances[-1])
    body = words[number % 4 == 3][drawn].tolist()
    lines = [" ".join(body[start : start + 12]) + "." for start in range(0, WORDS, 12)]
    text, lang = "\n".join(lines), "en" if number % 4 == 3 else "ar"
    zones, start = [], 0
    for line in lines:
        zones.append(Zone(start, start + len(line), "body"))
        start += len(line) + 1
    return Article(
        f"d-{number:07}", None, text, lang, f"Title {number}", Source(f"Outlet {number % 40}", rights="CC0-1.0"), zones=tuple(zones)
    )


def labelling(schema: Schema, of: Article, annotator: str) -> Labelling:
    """Both annotators mark the same in test articles, which nobody adjudicates; elsewhere the second one errs in one of ten."""
    draw, slip = random.Random(of.id), random.Random(of.id + annotator)
    errs = annotator != ANNOTATORS[0] and split_of(of.id) != "test"
    layer = schema.span_layers["events"]
    assert isinstance(layer, FrameLayer)
    starts = [place for place, letter in enumerate(of.text[:-1]) if letter in " \n"]
    picked = [(start + 1, min(start + 6, len(of.text))) for start in sorted(draw.sample(starts, FRAMES + MENTIONS))]
    mentions = tuple(
        Mention(f"m{n}", "mentions", draw.choice(("GOV", "ORG", "LOC")) if not (errs and slip.random() < 0.1) else "PER", *span)
        for n, span in enumerate(picked[FRAMES:])
    )
    frames = []
    for n, span in enumerate(picked[:FRAMES]):
        kind = draw.choice(layer.types).name if not (errs and slip.random() < 0.1) else "ACCUSE"
        frames.append(Frame(f"e{n}", "events", kind, *span, layer.defaults(kind), (Argument("actor", f"m{n}"),)))
    genre = Answer("document", "genre", draw.choice(("news", "news", "opinion")) if not errs else "news")
    return Labelling(of.id, annotator, mentions, tuple(frames), answers=(genre,))


def split_of(name: str) -> str:
    """Of ten articles one is in test and one in dev; every twentieth has two annotations, and so has every one of test."""
    number = int(name[2:])
    return "test" if number % 20 == 0 else "dev" if number % 10 == 1 else "train"


def pulled(schema: Schema, articles: Iterator[Article]) -> Iterator[Pulled]:
    page, number = page_of(schema), 0
    for each in articles:
        for user, annotator in enumerate(ANNOTATORS[: 2 if int(each.id[2:]) % 10 == 0 else 1], 1):
            number += 1
            body = {
                "id": number,
                "completed_by": {"id": user, "email": annotator},
                "was_cancelled": False,
                "created_at": AT,
                "updated_at": AT,
                "result": write_results(page, each, labelling(schema, each, annotator)),
            }
            yield Pulled(number, number, each.id, each.sha256, msgspec.json.encode(body))


def fill(folder: Path, count: int) -> None:
    """A workspace whose store holds so many articles, their annotations and gold."""
    init.run(folder, "event-stance")
    workspace = opened(folder)
    schema = load_schema(workspace.schema_path)
    draw = np.random.default_rng(7)
    words, chances = vocabularies(draw), np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    with Store(workspace.store_path) as store:
        store.set_meta("salt", "salt")
        store.put_articles(article(number, words, chances, draw) for number in range(count))
        places = ((each, split_of(each)) for each in store.article_digests())
        store.put_split_lock(SplitLock(articles=tuple(Locked(each, split, each) for each, split in places)))  # type: ignore[arg-type]
        store.record_pull("http://127.0.0.1:9", 1, schema.id, AT, pulled(schema, store.articles()), complete=True)
    gold.run(workspace)


def opened(folder: Path) -> Workspace:
    return find_workspace(folder, {"ANNOTATE_EXPORT_NAME": "large", "ANNOTATE_EXPORT_LICENSE": "cc0-1.0"})


def timed(seconds: dict[str, float]) -> None:
    """Have every part say what it took."""
    for name, (module, function) in PARTS.items():
        setattr(module, function, _timed(getattr(module, function), name, seconds))


def _timed(work: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    def run(*given: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return work(*given, **named)
        finally:
            seconds[name] += time.process_time() - started

    return run


def measured(folder: Path) -> dict[str, float]:
    """Seconds by part, of the whole, and the peak in MB."""
    seconds: dict[str, float] = defaultdict(float)
    timed(seconds)
    started = time.process_time()
    export.run(opened(folder), "1.0.0")
    whole = time.process_time() - started
    return seconds | {"whole": whole, "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def codec_alone(release: Path, out: Path) -> float:
    """Processor seconds of encoding the release's own records into files."""
    encode, seconds = msgspec.json.Encoder().encode, 0.0
    out.mkdir()
    for name in NAMES:
        with (release / f"{name}.jsonl").open("rb") as file, (out / name).open("wb") as into:
            for line in file:
                record = msgspec.json.decode(line)
                started = time.process_time()
                into.write(encode(record) + b"\n")
                seconds += time.process_time() - started
    return seconds


def in_its_own(*given: str) -> str:
    return subprocess.run([sys.executable, "-m", "benchmarks.export", *given], check=True, capture_output=True, text=True).stdout


def main() -> None:
    match sys.argv[1:]:
        case ["fill", folder, count]:
            fill(Path(folder), int(count))
            return
        case ["export", folder]:
            print(json.dumps(measured(Path(folder))))
            return
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as scratch:
        for documents in (most // 4, most):
            place = Path(scratch) / str(documents)
            in_its_own("fill", str(place), str(documents))
            found = json.loads(in_its_own("export", str(place)))
            found["the codec alone"] = codec_alone(place / "exports" / "large-1.0.0", place / "codec")
            print(f"{documents:,} documents: " + "; ".join(f"{name} {value:.1f}" for name, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
