"""Made articles of about 400 words, with what pages put around them, in JSONL files; one in twenty is a copy of an earlier one.

Words are drawn by Zipf's law from 60,000 that are nobody's. An article has its outlet's menu, a title, a byline with a date, paragraphs
with a date now and then, lines that only its outlet prints; every fourth article is in Latin letters. In a copy one word in 20, 10, 7 or 6
is replaced. The same articles every time.

Run: .venv/bin/python -m benchmarks.made_articles FOLDER ARTICLES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

SHARD = 10_000
VOCABULARY = 60_000
RATES = (1 / 20, 1 / 10, 1 / 7, 1 / 6)
ARABIC, LATIN = (np.array(list(letters)) for letters in ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "abcdefghijklmnopqrstuvwxyz"))
MENUS = ("الرئيسية | سياسة | اقتصاد | رياضة", "Home | News | Business | Sport")
DATES = ("يوم السبت 14 مارس/آذار 2031", "on Friday, 14 March 2031")
BYLINES = ("14 مارس/آذار 2031", "14 March 2031")
OUTLETS = 40
Words = np.ndarray[Any, np.dtype[np.object_]]
Pair = tuple[str, str]


def vocabularies(draw: np.random.Generator) -> list[Words]:
    sizes = draw.integers(2, 9, VOCABULARY)
    return [np.array(["".join(draw.choice(letters, size)) for size in sizes], dtype=object) for letters in (ARABIC, LATIN)]


def make(folder: Path, articles: int) -> list[Pair]:
    """Files of 10,000 articles, and the pairs that are copies. A shard's copies are of articles of the shard before."""
    draw = np.random.default_rng(5)
    words = vocabularies(draw)
    chances = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    planted: list[Pair] = []
    last: list[Words] = []
    for start in range(0, articles, SHARD):
        count = min(SHARD, articles - start)
        sizes = draw.integers(300, 501, count)
        drawn = np.searchsorted(chances, draw.random(int(sizes.sum())) * chances[-1])
        ends = np.cumsum(sizes)
        bodies = [
            words[(start + place) % 4 == 3][drawn[end - size : end]] for place, (end, size) in enumerate(zip(ends, sizes, strict=True))
        ]
        for place, source in enumerate(draw.permutation(len(last))[: min(count, len(last)) // 20].tolist()):
            changed = draw.random(len(last[source])) < RATES[place % len(RATES)]
            others = words[(start - SHARD + source) % 4 == 3][draw.integers(0, VOCABULARY, len(changed))]
            bodies[place] = np.where(changed, others, last[source])
            planted.append((name(start - SHARD + source), name(start + place)))
        with (folder / f"{start:08}.jsonl").open("wb") as file:
            file.writelines(msgspec.json.encode(row(start + place, body)) + b"\n" for place, body in enumerate(bodies))
        last = bodies
    return planted


def name(number: int) -> str:
    return f"a{number:08}"


def row(number: int, body: Words) -> dict[str, str]:
    lang, outlet = int(number % 4 == 3), number % OUTLETS
    title = " ".join(body[:7])
    paragraphs = [" ".join(body[place : place + 50]) + "." for place in range(0, len(body), 50)]
    paragraphs[-1] = f"{paragraphs[-1][:-1]} {DATES[lang]}."
    lines = [MENUS[lang], title, BYLINES[lang], *paragraphs, f"{body[0]} {outlet} {body[1]}", f"Tasrin {outlet} tomorrow and ever"]
    return {"id": name(number), "title": title, "publisher": f"Outlet {outlet}", "text": "\n".join(lines)}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    planted = make(folder, int(sys.argv[2]))
    (folder / "planted.json").write_text(json.dumps(planted), encoding="utf-8")


if __name__ == "__main__":
    main()
