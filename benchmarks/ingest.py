"""`annotate pool` on made articles (read, zones, dates, tokens, sketches, duplicates, store) against a bare datasketch pass over the same
files: read, shingle, MinHash in bulk, LSH, no more. Where the time goes, and the most anonymous memory of all processes together.

The bare pass is one process, for datasketch has no other way; beside it stands one that has half a file of 10,000 signed at a time on all
processors, as ours cuts files into shards. Seconds are those of the clock, and of the processors for all processes that ended; the latter
say more on a machine that does other work too.

Run: .venv/bin/python -m benchmarks.ingest [articles, 10000 unless said] [--no-peer] [--folder FOLDER, of articles made before]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import made_articles
from benchmarks.peers import python_of

INTERVAL = 0.25  # seconds between two looks at the memory
OURS = """
import sys, time, os
from annotate.corpus.at_scale import build
from annotate.corpus.at_scale.engine import use_engine
from annotate.corpus.inputs import inputs_of

run_tasks, find = build.run_tasks, build.find_recurring

def timed(name, *words, **how):
    start = time.perf_counter()
    found = run_tasks(name, *words, **how)
    print(f"{name} {time.perf_counter() - start:.1f}", flush=True)
    return found

build.run_tasks = timed
if __name__ == "__main__":
    use_engine("native", None)
    pool = build.make_pool(inputs_of(sys.argv[2:]), sys.argv[1])
    print(f"articles {pool.articles}, groups {pool.groups}, links {pool.links}")
"""
PEER = """
import json, sys
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, product
from datasketch import LeanMinHash, MinHash, MinHashLSH

BANDS = 35  # of two rows: 1 - (1 - 0.4 ** 2) ** 35 = 0.9978
PARTS = 2

def signed(part):
    file, first = part
    with open(file, "rb") as lines:
        rows = [json.loads(line) for line in islice(lines, first, None, PARTS)]
    sets = []
    for row in rows:
        words = row["text"].split()
        sets.append([" ".join(words[place : place + 3]).encode() for place in range(len(words) - 2)])
    return [row["id"] for row in rows], [LeanMinHash(each) for each in MinHash.bulk(sets, num_perm=2 * BANDS)]

if __name__ == "__main__":
    index, pairs = MinHashLSH(num_perm=2 * BANDS, params=(BANDS, 2)), 0
    with ProcessPoolExecutor() as workers:
        each = workers.map if sys.argv[1] == "all processors" else map
        for ids, signatures in each(signed, product(sys.argv[2:], range(PARTS))):
            for name, signature in zip(ids, signatures):
                pairs += len(index.query(signature))
                index.insert(name, signature, check_duplication=False)
    print(pairs, "pairs")
"""


class Spent(NamedTuple):
    """Seconds by the clock and of the processors; the most anonymous memory, in MB; what was said."""

    clock: float
    processors: float
    memory: float
    said: str


def spent(words: list[str]) -> Spent:
    """By a process and all below it, looked at again and again."""
    start, most, before = time.perf_counter(), 0.0, processors()
    with tempfile.TemporaryFile("w+") as out, subprocess.Popen(words, stdout=out) as running:
        while running.poll() is None:
            most = max(most, sum(map(memory, tree(running.pid))))
            time.sleep(INTERVAL)
        out.seek(0)
        said = out.read()
    if running.returncode:
        sys.exit(f"failed: {' '.join(words[:3])}")
    return Spent(time.perf_counter() - start, processors() - before, most, said)


def processors() -> float:
    """Seconds of the processors that processes below this one took which have ended."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken.ru_utime + taken.ru_stime


def memory(process: int) -> float:
    """Anonymous memory in MB."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon")), 0.0)


def tree(process: int) -> list[int]:
    """A process and all below it."""
    found = [process]
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += [each for child in children.read_text(encoding="utf-8").split() for each in tree(int(child))]
        except OSError:
            continue
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("articles", type=int, nargs="?", default=10_000)
    options.add_argument("--no-peer", action="store_true")
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = given.folder or Path(work) / "in"
        if given.folder is None:
            folder.mkdir()
            made_articles.make(folder, given.articles)
        files = [str(file) for file in sorted(folder.glob("*.jsonl"))[: -(-given.articles // made_articles.SHARD)]]
        ours_script, peer_script = Path(work) / "ours.py", Path(work) / "peer.py"
        ours_script.write_text(OURS, encoding="utf-8")
        peer_script.write_text(PEER, encoding="utf-8")
        ours = spent([sys.executable, str(ours_script), f"{work}/pool", *files])
        print(ours.said, end="")
        show("annotate pool", ours, given.articles)
        if given.no_peer:
            return 0
        python = str(python_of("datasketch==2.0.0"))
        theirs = {how: spent([python, str(peer_script), how, *files]) for how in ("one process", "all processors")}
    for how, peer in theirs.items():
        show(f"datasketch, {how}", peer, given.articles)
        print(f"  ours has {peer.clock / ours.clock:.2f} of its rate; by the processors' seconds {peer.processors / ours.processors:.2f}")
    return int(theirs["one process"].clock < ours.clock)


def show(name: str, found: Spent, articles: int) -> None:
    rate = articles / found.clock
    print(f"{name}: {found.clock:.1f} s ({found.processors:.1f} of the processors), {rate:,.0f} articles a second, {found.memory:,.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
