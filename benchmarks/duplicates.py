"""Signatures and candidate pairs of 100,000 made articles of about 400 words: ours, datasketch and rensa, from the same files.

Each in turn, in a process of its own, may use all processors in the same way, and starts from Parquet files of 10,000 articles. One article
in twenty is a copy of an earlier one, a word in 20, 10, 7 or 6 replaced; recall is the share of these whose pair is a candidate. The peers'
bands are those that give our recall at a Jaccard coefficient of 0.4 at the least cost; they split at white space. Ours normalises
too.

Seconds are the clock's; on a machine that does other work the processors' seconds tell more.

Run: .venv/bin/python -m benchmarks.duplicates [articles, 100000 unless said]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import made_articles
from benchmarks.peers import python_of

PEERS = {"datasketch": ("datasketch==2.0.0", 5), "rensa": ("rensa==0.5.0", 2)}  # and how many times faster we are to be

MEASURE = """
import json, os, sys, time

def spent():
    times = os.times()
    return time.perf_counter(), times.user + times.system + times.children_user + times.children_system

def between(start, end):
    return [end[0] - start[0], end[1] - start[1]]

folder = sys.argv[1]
shards = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".parquet"))
planted = {tuple(pair) for pair in json.load(open(os.path.join(folder, "planted.json")))}
"""

PEER = """
from concurrent.futures import ProcessPoolExecutor
import pyarrow.parquet as pq

BANDS = 35  # of two rows: 1 - (1 - 0.4 ** 2) ** 35 = 0.9978

def shingles(body):
    words = body.split()
    return list({" ".join(words[place : place + 3]) for place in range(len(words) - 2)})

def signed(shard):
    rows = pq.read_table(shard)
    return rows["id"].to_pylist(), signatures([shingles(body) for body in rows["body"].to_pylist()])

if __name__ == "__main__":
    start = spent()
    with ProcessPoolExecutor() as workers:
        parts = list(workers.map(signed, shards))
    ids = [each for part, _ in parts for each in part]
    pairs = candidates(ids, [each for _, part in parts for each in part])
    seconds = between(start, spent())
    print(json.dumps({"seconds": seconds, "pairs": len(pairs), "recall": len(planted & pairs) / len(planted)}))
"""

SCRIPTS = {
    "datasketch": """
from datasketch import LeanMinHash, MinHash, MinHashLSH

def signatures(sets):
    return [LeanMinHash(each) for each in MinHash.bulk([[each.encode() for each in one] for one in sets], num_perm=2 * BANDS)]

def candidates(ids, signed):
    index, pairs = MinHashLSH(num_perm=2 * BANDS, params=(BANDS, 2)), set()
    for name, signature in zip(ids, signed):
        pairs.update((found, name) if found < name else (name, found) for found in index.query(signature))
        index.insert(name, signature, check_duplication=False)
    return pairs
""",
    "rensa": """
from rensa import RMinHash, RMinHashLSH

def signatures(sets):
    return RMinHash.from_token_sets(sets, 2 * BANDS, 42)

def candidates(ids, signed):
    index = RMinHashLSH(threshold=0.4, num_perm=2 * BANDS, num_bands=BANDS)
    index.insert_many(signed)
    return {(ids[one], ids[other]) for one, found in enumerate(index.query_all(signed)) for other in found if one < other}
""",
}

OURS = """
from concurrent.futures import ProcessPoolExecutor
import numpy as np
import pyarrow.parquet as pq
from annotate.corpus.duplicates import number_of
from annotate.corpus.minhash import enough, pairs_by_key, sketches

def signed(shard):
    rows = pq.read_table(shard)
    numbers = np.array([number_of(each) for each in rows["id"].to_pylist()], dtype=np.uint64)
    found = list(sketches(rows["body"].to_pylist()))
    times, sizes = [len(each.keys) for each in found], np.array([len(each.shingles) for each in found])
    return np.concatenate([each.keys for each in found]), np.repeat(numbers, times), np.repeat(sizes, times)

if __name__ == "__main__":
    list(sketches(["x y z"]))  # the tables of characters, which its processes then have too
    start = spent()
    with ProcessPoolExecutor() as workers:
        parts = list(workers.map(signed, shards))
    half = spent()
    pairs = enough(pairs_by_key(*map(np.concatenate, zip(*parts))), 0)
    seconds = between(start, spent())
    numbers = {frozenset(map(number_of, pair)) for pair in planted}
    found = set(map(frozenset, zip(pairs.first.tolist(), pairs.second.tolist())))
    print(json.dumps({
        "seconds": seconds, "sketches": between(start, half), "pairs": len(found), "recall": len(numbers & found) / len(planted),
    }))
"""


def make(folder: Path, articles: int) -> None:
    """Parquet files of (id, body), and the pairs that are copies."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    planted = made_articles.make(folder, articles)
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        pq.write_table(
            pa.table({"id": [row["id"] for row in rows], "body": [body(row["text"]) for row in rows]}), file.with_suffix(".parquet")
        )
        file.unlink()
    (folder / "planted.json").write_text(json.dumps(planted), encoding="utf-8")


def body(text: str) -> str:
    """Its paragraphs, without the page's lines around them and the date."""
    return "\n".join(line for line in text.split("\n") if len(line) > 160)


def run(python: Path, script: str, folder: Path) -> dict[str, list[float]]:
    file = folder / "script.py"
    file.write_text(MEASURE + script, encoding="utf-8")
    done = subprocess.run([python, file, folder], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(articles: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, articles)
        ours = run(Path(sys.executable), OURS, folder)
        peers = {peer: run(python_of(version, "pyarrow"), SCRIPTS[peer] + PEER, folder) for peer, (version, _) in PEERS.items()}
    print(json.dumps(ours))
    print("            seconds  processor's   ratio   ratio  wanted   pairs  recall")
    failed = False
    for peer, found in {"ours": ours, **peers}.items():
        clock, processor = (theirs / mine for theirs, mine in zip(found["seconds"], ours["seconds"], strict=True))
        wanted = PEERS[peer][1] if peer in PEERS else 1
        failed |= clock < wanted
        seconds = "{:>9.1f} {:>12.1f}".format(*found["seconds"])
        print(f"{peer:<10}{seconds} {clock:>6.1f}× {processor:>6.1f}× {wanted:>6}× {found['pairs']:>7} {found['recall']:>7.4f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 100_000))
