"""`dates_in` against dateparser's search on the strings of tests/test_dates.py: how many are right, and the time for each; then articles a
second.

Right is year, month and day as far as the string gives them. Seconds are of processor time, the best of several runs. dateparser stands in
an environment of its own; without ``--peer`` it is left out.

Run: .venv/bin/python -m benchmarks.dates --peer OTHER/bin/python
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from annotate.corpus.credits import credits_in
from annotate.corpus.dates.article import article_date
from annotate.corpus.dates.find import dates_in
from annotate.corpus.languages import paragraph_languages
from annotate.records import Date, Zone
from tests.test_dates import FORMS, MONTHS, NAMED_DAYS, PAIRED, REFERENCE, RELATIVE, Numbers

PEER = """
import datetime, json, sys, time
from dateparser.search import search_dates
texts, now = json.load(sys.stdin), datetime.datetime(2031, 9, 18)
def search(text): return search_dates(text, languages=["ar", "en"], settings={"RELATIVE_BASE": now}) or []
for text in texts: search(text)
started = time.process_time()
found = [[(day.year, day.month, day.day) for _, day in search(text)] for text in texts]
print(json.dumps([found, time.process_time() - started]))
"""
SETS: dict[str, dict[str, Numbers]] = {
    "a month of each tradition, with day and year": {f"9 {name} 2031": (2031, month, 9) for name, month in MONTHS},
    "a month named twice": {f"9 {pair} 2031": (2031, number // 5 + 1, 9) for number, pair in enumerate(PAIRED)},
    "a weekday with its date": {f"{name} {weekday} September 2031": (2031, 9, weekday) for name, weekday in NAMED_DAYS},
    "other full forms": FORMS,
    "relative": {text: expected for text, (expected, _) in RELATIVE.items() if expected[0]},
}
RUNS = 5
WORDS = 400
ARTICLES = 500
ARABIC = "وقال الوزير إن المباحثات مع العاصمة ستستمر وبالاتفاق للدول حليفًا فسيزور زيارة رسمية في 12.5 يوما، اتصالا «وكالة» إلى على بين"
ENGLISH = "the minister said that talks with Qadria would go on in Tasrin and the two sides agreed to 12.5 percent of a shipment by sea"
SAID = ("اليوم السبت", "في 14 مارس/آذار 2031", "الأسبوع الماضي", "منذ ساعتين", "on Friday", "March 14, 2031", "two years ago", "in 2014")


def seconds(run: Callable[[], object]) -> float:
    def once() -> float:
        started = time.process_time()
        run()
        return time.process_time() - started

    return min(once() for _ in range(RUNS))


def right(expected: Numbers, found: list[Numbers]) -> bool:
    """Whether the only date found has the numbers that are expected; a peer fills in those that the string does not give."""
    return len(found) == 1 and all(want is None or want == got for want, got in zip(expected, found[0], strict=True))


def numbers(text: str) -> list[Numbers]:
    return [(each.date.year, each.date.month, each.date.day) for each in dates_in(text, reference=REFERENCE)]


def compare(peer: Path | None) -> None:
    for name, expected in SETS.items():
        texts = list(expected)
        ours = sum(right(expected[text], numbers(text)) for text in texts)
        taken = seconds(lambda texts=texts: [dates_in(text, reference=REFERENCE) for text in texts]) / len(texts)  # type: ignore[misc]
        line = f"{name}: {len(texts)} strings; ours {ours} right, {taken * 1e6:.0f} µs each"
        if peer is not None:
            done = subprocess.run([peer, "-c", PEER], input=json.dumps(texts), capture_output=True, text=True, check=True)
            found, spent = json.loads(done.stdout)
            theirs = sum(right(expected[text], each) for text, each in zip(texts, found, strict=True))
            line += f"; dateparser {theirs} right, {spent / len(texts) * 1e6:.0f} µs each ({spent / len(texts) / taken:.0f} times)"
        print(line)


def made_article(draw: random.Random, vocabulary: str) -> tuple[str, list[Zone]]:
    """A header with its date, and paragraphs of fifty words with a date in each."""
    lines = ["Tasrin Post, 14 March 2031"]
    for _ in range(WORDS // 50):
        words = draw.choices(vocabulary.split(), k=48)
        words.insert(draw.randrange(48), draw.choice(SAID))
        lines.append(" ".join(words))
    text, marked = "", []
    for line in lines:
        marked.append(Zone(len(text), len(text) + len(line), "body" if text else "byline"))
        text += f"{line}\n"
    return text, marked


def rates() -> None:
    draw = random.Random(0)
    for language, vocabulary in (("Arabic", ARABIC), ("English", ENGLISH)):
        articles = [made_article(draw, vocabulary) for _ in range(ARTICLES)]
        steps: dict[str, Callable[[str, list[Zone]], object]] = {
            "dates_in": lambda text, zones: dates_in(text, reference=Date(2031, 3, 14, "day")),
            "article_date": article_date,
            "paragraph_languages": lambda text, zones: paragraph_languages(text),
            "credits_in": credits_in,
        }
        for name, step in steps.items():
            taken = seconds(lambda step=step, articles=articles: [step(*each) for each in articles])  # type: ignore[misc]
            print(f"{language} articles of {WORDS} words, {name}: {ARTICLES / taken:,.0f} a second")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--peer", type=Path, help="the Python of an environment that has dateparser")
    compare(options.parse_args().peer)
    rates()


if __name__ == "__main__":
    main()
