"""Splitting 100,000 and 1,000,000 articles (five a group): wall and processor seconds, memory; and the certificate of 5,000 and 20,000.

Run: .venv/bin/python benchmarks/splits.py [--small]
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from annotate.records import Date, SplitLock
from annotate.release.splits.draw import draw
from annotate.release.splits.groups import Drawable
from annotate.release.splits.strata import largest_difference
from annotate.steps.leakage import Document, certify

A_GROUP = 5
SIZES = (100_000, 1_000_000)
TEXTS = (5_000, 20_000)
WORDS = 350
OUTLETS = 60
Found = TypeVar("Found")


def articles(size: int) -> list[Drawable]:
    """Articles in size / 5 stories, whose outlet, language and month depend on their story."""
    own = random.Random(0)
    stories = size // A_GROUP
    told = [(own.randrange(OUTLETS), own.choice(("ar", "ar", "en")), own.randrange(1, 13)) for _ in range(stories)]
    made = []
    for number in range(size):
        story = number // A_GROUP
        outlet, lang, month = told[story]
        outlet = outlet if own.random() < 0.5 else own.randrange(OUTLETS)
        date = Date(2024, month, 1 + number % 28, "day", "byline")
        made.append(Drawable(f"a{number:07}", None, f"s{story}", f"outlet {outlet}", lang, date, int(own.lognormvariate(7.5, 0.5))))
    return made


def documents(size: int) -> list[Document]:
    own = random.Random(0)
    words = [f"w{number}" for number in range(30_000)]
    return [
        Document(f"a{n}", ("train", "train", "train", "dev", "test")[n % 5], " ".join(own.choices(words, k=WORDS)), None, None)
        for n in range(size)
    ]


def timed(what: str, work: Callable[[], Found]) -> Found:
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what}: {processor:.1f} s of processor, {wall:.1f} s, peak {peak} MB", flush=True)
    return found


def split(size: int) -> None:
    made = articles(size)
    for strategy in ("stratified", "hash", "temporal"):
        lock = timed(f"{strategy}, {size:,} articles in {size // A_GROUP:,} groups", lambda: draw(made, SplitLock(strategy=strategy)))  # noqa: B023
        if strategy == "stratified":
            where = {each.article: each.split for each in lock.articles}
            splits = {name: [each for each in made if where[each.id] == name] for name in ("train", "dev", "test")}
            print(f"  largest share difference: {largest_difference(splits)}")
            timed("  the same again, all of it locked", lambda: draw(made, lock))  # noqa: B023


def main() -> None:
    """Each size in a process of its own, so that its peak is its own."""
    if sys.argv[1:2] == ["split"]:
        split(int(sys.argv[2]))
    elif sys.argv[1:2] == ["certify"]:
        made = documents(int(sys.argv[2]))
        timed(f"certificate of {len(made):,} documents of {WORDS} words", lambda: certify(made))
    else:
        small = "--small" in sys.argv
        for kind, sizes in (("split", SIZES), ("certify", TEXTS)):
            for size in sizes:
                subprocess.run([sys.executable, __file__, kind, str(size // 10 if small else size)], check=True)


if __name__ == "__main__":
    main()
