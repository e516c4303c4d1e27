"""Every span F1 of 3 annotators who mark 20 spans in each of N documents, at four N: the seconds a document should stay the same.

Seconds are of processor time, so that what else runs on the machine does not show.

Run: .venv/bin/python benchmarks/spans.py
"""

from __future__ import annotations

import cProfile
import pstats
import random
import sys
import time
from collections.abc import Callable
from functools import partial

from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Span
from annotate.agreement.spans.f1 import measure_spans, span_f1_by_label
from annotate.tokens import tokens

SIZES = (1250, 2500, 5000, 10000)
NONE = Intervals(method="none")
ANNOTATORS = ("a", "b", "c")
SPANS = 20
WORDS = 450  # a news article
LABELS = "ABCDEFGHIJKLM"
VOCABULARY = "وقال الوزير إن المباحثات مع العاصمة ستستمر وبالاتفاق للدول حليفًا فسيزور زيارة رسمية في 12.5 يوما، اتصالا «وكالة» talks the"


def corpus(documents: int) -> tuple[dict[str, str], list[Span]]:
    """Texts, and spans of which each annotator misses, moves, cuts behind a letter, or labels otherwise a tenth each."""
    draw = random.Random(0)
    texts, spans = {}, []
    for number in range(documents):
        name, text = f"d{number:06}", " ".join(draw.choices(VOCABULARY.split(), k=WORDS))
        texts[name] = text
        words = tokens(text)
        for first in draw.sample(range(len(words) - 4), SPANS):
            start, end, label = words[first][0], words[first + draw.randrange(4)][1], draw.choice(LABELS)
            for annotator in ANNOTATORS:
                fate = draw.randrange(10)
                if fate == 0:
                    start, end = words[first + 1][0], words[first + 4][1]
                kept = min(start + (fate == 1), end - 1)
                spans.append(Span(name, annotator, kept, end, draw.choice(LABELS) if fate == 2 else label))
    return texts, spans


def seconds(measure: Callable[[], object]) -> float:
    started = time.process_time()
    measure()
    return time.process_time() - started


def main() -> None:
    for documents in SIZES:
        texts, spans = corpus(documents)
        read = [(name, annotator) for name in texts for annotator in ANNOTATORS]
        plain = seconds(partial(measure_spans, "layer", spans, read, texts=texts, how=NONE))
        with_intervals = seconds(partial(measure_spans, "layer", spans, read, texts=texts))
        by_label = seconds(partial(span_f1_by_label, "layer", spans, read, how=NONE))
        print(
            f"{documents:6} documents, {len(spans)} spans: {plain:.2f} s, {plain / documents * 1e6:.0f} µs a document; "
            f"with intervals {with_intervals:.2f} s; by label {by_label:.2f} s"
        )
    profile = cProfile.Profile()
    profile.runcall(measure_spans, "layer", spans, read, texts=texts, how=NONE)
    pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(12)


if __name__ == "__main__":
    main()
