"""Agreement on spans: F1 between annotators, micro over documents, spans of the same type matched one to one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from annotate.agreement.intervals import REPLICATES, SEED, Floats, bootstrap
from annotate.agreement.results import Pair, Result, Span, annotator_pairs, defined, signature

Matcher = Callable[[list[Span], list[Span]], int]


def exact_matches(first: list[Span], second: list[Span]) -> int:
    """How many spans of two annotators have the same start, end and label."""
    counts = Counter((each.start, each.end, each.label) for each in first)
    return (counts & Counter((each.start, each.end, each.label) for each in second)).total()


def overlap_matches(first: list[Span], second: list[Span]) -> int:
    """The most spans that can be paired one to one so that each pair overlaps and has the same label."""
    by_label: dict[str, tuple[list[Span], list[Span]]] = defaultdict(lambda: ([], []))
    for side, spans in enumerate((first, second)):
        for each in spans:
            by_label[each.label][side].append(each)
    return sum(_most_pairs(a, b) for a, b in by_label.values() if a and b)


def _most_pairs(first: list[Span], second: list[Span]) -> int:
    """Maximum bipartite matching by augmenting paths, found breadth first: recursion would not survive a thousand spans in a chain."""
    overlapping = [[n for n, b in enumerate(second) if a.start < b.end and b.start < a.end] for a in first]
    owner: dict[int, int] = {}
    owned: dict[int, int] = {}

    def augment(free: int) -> bool:
        reached_from: dict[int, int] = {}
        queue = [free]
        for a in queue:
            for b in overlapping[a]:
                if b in reached_from:
                    continue
                reached_from[b] = a
                if b in owner:
                    queue.append(owner[b])
                else:
                    _flip(b, reached_from, owner, owned)
                    return True
        return False

    return sum(augment(a) for a in range(len(first)))


def _flip(free: int, reached_from: dict[int, int], owner: dict[int, int], owned: dict[int, int]) -> None:
    """Give each span on the path to ``free`` the one that it was reached through."""
    b: int | None = free
    while b is not None:
        a = reached_from[b]
        before = owned.get(a)
        owner[b], owned[a] = a, b
        b = before


MATCHERS: dict[str, Matcher] = {"span_f1_exact": exact_matches, "span_f1_overlap": overlap_matches}


def measure_spans(
    layer: str, spans: Iterable[Span], read: Iterable[tuple[str, str]], *, replicates: int = REPLICATES, seed: int = SEED
) -> list[Result]:
    """Exact and overlap F1, typed, of one layer.

    ``read`` are the (document, annotator) pairs that were submitted: who marked nothing there found nothing. The value over more than two
    annotators is micro over their pairs: twice the matches of all pairs over the spans of all pairs.
    """
    marked: dict[tuple[str, str], list[Span]] = {key: [] for key in read}
    for each in spans:
        marked[each.document, each.annotator].append(each)
    readers: dict[str, list[str]] = defaultdict(list)
    for document, annotator in sorted(marked):
        readers[document].append(annotator)
    return [_span_result(layer, measure, matcher, marked, readers, replicates, seed) for measure, matcher in MATCHERS.items()]


def f1(sums: Floats) -> Floats:
    """2·matches / spans: (…, 2) → (…); NaN where nobody marked anything."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, 2 * sums[..., 0] / sums[..., 1], np.nan)


def _span_result(
    layer: str,
    measure: str,
    matcher: Matcher,
    marked: dict[tuple[str, str], list[Span]],
    readers: dict[str, list[str]],
    replicates: int,
    seed: int,
) -> Result:
    shared = [document for document, names in sorted(readers.items()) if len(names) > 1]
    annotators = sorted({annotator for _, annotator in marked})
    pairs = annotator_pairs(annotators)
    column = {pair: number for number, pair in enumerate(pairs)}
    tables = np.zeros((len(shared), len(pairs), 2))
    for row, document in enumerate(shared):
        for a, b in annotator_pairs(readers[document]):
            first, second = marked[document, a], marked[document, b]
            tables[row, column[a, b]] = (matcher(first, second), len(first) + len(second))
    together = {pair for document in shared for pair in annotator_pairs(readers[document])}
    total = tables.sum(axis=0)
    value = defined(float(f1(total.sum(axis=0)))) if shared else None
    undefined = "nobody marked a span" if shared else "no document read by two"
    interval, no_interval = bootstrap(tables.sum(axis=1), f1, replicates, seed) if value is not None else (None, undefined)
    return Result(
        layer=layer,
        measure=measure,
        value=value,
        reason=no_interval,
        interval=interval,
        units=sum(len(each) for each in marked.values()),
        pairable=sum(len(marked[document, name]) for document in shared for name in readers[document]),
        annotators=len(annotators),
        signature=signature(
            measure,
            unit="span",
            match="typed-one-to-one",
            average="micro",
            ci=f"percentile-document-{replicates}-seed{seed}" if replicates else "none",
        ),
        pairs=[
            Pair(pair, found := defined(float(f1(total[n]))), None if found is not None else _no_f1(pair in together), int(total[n, 1]))
            for pair, n in column.items()
        ],
    )


def _no_f1(together: bool) -> str:
    return "no span of either" if together else "no document read by both"
