"""Agreement on spans: F1 between annotators, micro over documents and pairs of annotators.

F1 is 2·matches / (spans of the one + spans of the other), the same whichever is called gold. It is the measure for spans because nobody
can count what neither annotator marked: as that number grows, Cohen's kappa approaches F1 (Hripcsak & Rothschild 2005, J Am Med Inform
Assoc 12:296).

Matches are a largest one-to-one matching of spans that agree, where agreeing is, from the narrowest to the widest,

- exact: the same start and end;
- clitic: the same end, and starts inside one token that differ by licit proclitics only (``annotate.tokens``, which knows letters, not
  roots);
- overlap: a code point in common.

Each relation holds the one before, so exact ≤ clitic ≤ overlap. ``token`` is not of this chain: there the tokens that spans touch are
what is marked, each counted once for an annotator and label, however many of their spans of that label touch it. Typed measures want the
same label too; untyped ones (``…_untyped``) take the label off first, so that a token counts once for an annotator.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from annotate.agreement.intervals import Floats, Intervals, clustered, interval
from annotate.agreement.results import Pair, Result, Span, signature
from annotate.agreement.spans.columns import Integers, SpanColumns, columns_of
from annotate.agreement.spans.matching import Marks, Matches, equal, in_batches, once, overlapping, touched_tokens
from annotate.errors import Problem, raise_bad_input
from annotate.tokens import token_head

NONE: Mapping[str, int] = MappingProxyType({})
NOWHERE = -1  # the number of a label that no span here has
NO_TEXTS = "needs the documents' texts (--texts FILE)"
RULES = ("exact", "clitic", "overlap", "token")
MINIMUM = 5  # spans of a label, under which no value is given
FURTHEST = 2**31  # code points: longer than any text, and documents fit one behind another in 64 bits


class Scores(NamedTuple):
    """Precision, recall and F1, each None where its denominator is 0."""

    precision: float | None
    recall: float | None
    f1: float | None


class _Readers(NamedTuple):
    """Who read what: ``by`` is (documents, annotators)."""

    documents: list[str]
    annotators: list[str]
    by: NDArray[np.bool_]

    @property
    def shared(self) -> NDArray[np.bool_]:
        """Which documents at least two read: (documents,)."""
        shared: NDArray[np.bool_] = self.by.sum(axis=1) > 1
        return shared


class _Asked(NamedTuple):
    """Which number is wanted; one that would rest on fewer than ``minimum`` marks is not given."""

    layer: str
    rule: str
    typed: bool
    label: str | None = None
    minimum: int = 0

    @property
    def measure(self) -> str:
        return f"span_f1_{self.rule}" if self.typed else f"span_f1_{self.rule}_untyped"

    @property
    def unit(self) -> str:
        return "token" if self.rule == "token" else "span"

    def signature(self, how: Intervals) -> str:
        match = f"{'typed' if self.typed else 'untyped'}-{'set' if self.rule == 'token' else 'one-to-one'}"
        of = {} if self.label is None else {"label": self.label}
        return signature(self.measure, unit=self.unit, match=match, **of, average="micro", missing="pairwise", ci=how.signature)


def measure_spans(
    layer: str,
    spans: Iterable[Span] | SpanColumns,
    read: Iterable[tuple[str, str]],
    *,
    texts: Mapping[str, str] | None = None,
    how: Intervals = Intervals(),
    alone: Mapping[str, int] = NONE,
) -> list[Result]:
    """The four F1 of one layer, typed and then untyped.

    ``read`` are the (document, annotator) pairs that were submitted: who marked nothing there found nothing. A document counts for every
    two who read it; the value is twice the matches of all these pairs over the spans of all these pairs. ``texts`` (document → text) are
    needed for what two read; without any the clitic-tolerant and the token F1 are None. The units of the token F1 are tokens, of
    documents that two read. ``alone``: label → further spans, of documents that one read, which only add to the units. Raises BadInput for
    an empty or inverted span, for one that ends beyond its text, and for a missing text.
    """
    marks, _, readers = _columns(spans, read)
    compared = _compared(marks, readers, texts)
    results = []
    for typed in (True, False):
        for rule in RULES:
            asked, marked = _Asked(layer, rule, typed), compared.get(rule)
            if marked is None:
                results.append(_more(_unmeasured(asked, marks, readers, how), sum(alone.values())))
                continue
            marked = marked if typed else marked._replace(label=np.zeros_like(marked.label))
            marked = marked if typed or rule != "token" else in_batches(once, marked)
            further = 0 if rule == "token" else sum(alone.values())
            results.append(_more(_result(asked, marked, _matched(marked, rule), readers, how), further))
    return results


def span_f1_by_label(
    layer: str,
    spans: Iterable[Span] | SpanColumns,
    read: Iterable[tuple[str, str]],
    *,
    how: Intervals = Intervals(),
    alone: Mapping[str, int] = NONE,
) -> list[Result]:
    """Exact and overlap F1 of each label that was used, in the order of their names.

    ``category`` is the label, ``units`` its spans, ``pairable`` those in documents that at least two read. A value, of a pair too, that
    would rest on fewer than ``MINIMUM`` spans is None. ``alone`` as in ``measure_spans``.
    """
    marks, labels, readers = _columns(spans, read)
    matches = {rule: _matched(marks, rule) for rule in ("exact", "overlap")}
    results = []
    numbers = {label: number for number, label in enumerate(labels)}
    for label in sorted({*labels, *alone}):
        number = numbers.get(label, NOWHERE)
        of_label = marks.take(marks.label == number)
        for rule, found in matches.items():
            asked = _Asked(layer, rule, typed=True, label=label, minimum=MINIMUM)
            measured = _result(asked, of_label, found.take(found.label == number), readers, how)
            results.append(_more(measured, alone.get(label, 0)))
    return results


def precision_recall_f1(tp: float, fp: float, gold: float) -> Scores:
    """tp/(tp + fp), tp/gold and 2·tp/(tp + fp + gold); ``tp`` may be a sum of partial credits.

    Of a two-by-two table [[a, b], [c, d]] of two annotators it is precision_recall_f1(a, b, a + c), with F1 = 2a/(2a + b + c): what kappa
    comes to as d, that which neither marked, grows (Hripcsak & Rothschild 2005).
    """
    return Scores(_share(tp, tp + fp), _share(tp, gold), _share(2 * tp, tp + fp + gold))


def token_dice(gold_tokens: Collection[int], system_tokens: Collection[int]) -> Scores:
    """How well one mention's tokens are found; F1 is Dice's coefficient of the two sets, an event nugget's credit in EvmEval (TAC KBP)."""
    gold, system = set(gold_tokens), set(system_tokens)
    return precision_recall_f1(len(gold & system), len(system - gold), len(gold))


def f1(sums: Floats) -> Floats:
    """2·matches / spans: (…, 2) → (…); NaN where nobody marked anything."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, 2 * sums[..., 0] / sums[..., 1], np.nan)


def _more(result: Result, units: int) -> Result:
    return structs.replace(result, units=result.units + units)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _columns(spans: Iterable[Span] | SpanColumns, read: Iterable[tuple[str, str]]) -> tuple[Marks, list[str], _Readers]:
    """The spans as numbers, the labels' names, and who read what. Who marked something has read it."""
    given = columns_of(spans)
    pairs = {*read, *given.readings()}
    document, annotator, label = (_numbers(names) for names in ({d for d, _ in pairs}, {a for _, a in pairs}, given.used_labels()))
    marks = Marks(
        _renumbered(given.document, given.documents, document),
        _renumbered(given.annotator, given.annotators, annotator),
        _renumbered(given.label, given.labels, label),
        given.start,
        given.end,
    )
    wrong = np.flatnonzero((marks.start < 0) | (marks.end <= marks.start) | (marks.end > FURTHEST)).tolist()
    raise_bad_input([_problem(given.span(n), f"is no span; offsets are 0 ≤ start < end ≤ {FURTHEST}, the end exclusive") for n in wrong])
    by = np.zeros((len(document), len(annotator)), np.bool_)
    for name, reader in pairs:
        by[document[name], annotator[reader]] = True
    return marks.take(np.argsort(marks.document, kind="stable")), list(label), _Readers(list(document), list(annotator), by)


def _renumbered(column: Integers, names: list[str], numbers: Mapping[str, int]) -> Integers:
    return np.array([numbers.get(name, NOWHERE) for name in names], np.int64)[column]


def _numbers(names: set[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(names))}


def _problem(span: Span, message: str) -> Problem:
    return Problem(f"document {span.document}, annotator {span.annotator}", f"the span from {span.start} to {span.end} {message}")


def _compared(marks: Marks, readers: _Readers, texts: Mapping[str, str] | None) -> dict[str, Marks]:
    """What each rule compares: spans, spans with the proclitics before them, or tokens touched."""
    compared = {"exact": marks, "overlap": marks}
    if texts is None:
        return compared
    of_shared = readers.shared[marks.document]
    shared = marks.take(of_shared)
    _require_texts(shared, readers, texts)
    heads, touched = marks.start.copy(), partial(_touched, readers=readers, texts=texts)
    heads[of_shared] = in_batches(partial(_with_heads, readers=readers, texts=texts), shared).start
    return compared | {"clitic": marks._replace(start=heads), "token": in_batches(touched, shared)}


def _with_heads(marks: Marks, readers: _Readers, texts: Mapping[str, str]) -> Marks:
    """Each mark from its token's start on where only proclitics are between; raises BadInput for one that ends beyond its text."""
    by_number = _texts(marks, readers, texts)
    rows = zip(*(column.tolist() for column in marks), strict=True)
    beyond = [
        Span(readers.documents[document], readers.annotators[annotator], start, end, "")
        for document, annotator, _, start, end in rows
        if end > len(by_number[document])
    ]
    raise_bad_input([_problem(each, "ends beyond the text; offsets are code points of the text as it was marked") for each in beyond])
    places = zip(marks.document.tolist(), marks.start.tolist(), strict=True)
    heads = [token_head(by_number[document], start) for document, start in places]
    return marks._replace(start=np.array(heads, np.int64))


def _touched(marks: Marks, readers: _Readers, texts: Mapping[str, str]) -> Marks:
    return touched_tokens(marks, _texts(marks, readers, texts))


def _texts(marks: Marks, readers: _Readers, texts: Mapping[str, str]) -> dict[int, str]:
    """The text of every document that has marks, by its number."""
    return {number: texts[readers.documents[number]] for number in np.unique(marks.document).tolist()}


def _require_texts(marks: Marks, readers: _Readers, texts: Mapping[str, str]) -> None:
    names = (readers.documents[number] for number in np.unique(marks.document).tolist())
    missing = [name for name in names if name not in texts]
    raise_bad_input([Problem(f"document {name}", "has no text among the texts; add it, or give none at all") for name in missing])


def _matched(marks: Marks, rule: str) -> Matches:
    return in_batches(overlapping if rule == "overlap" else equal, marks)


def _unmeasured(asked: _Asked, marks: Marks, readers: _Readers, how: Intervals) -> Result:
    """A result that only texts could give."""
    pairable = int(readers.shared[marks.document].sum())
    return Result(
        layer=asked.layer,
        measure=asked.measure,
        value=None,
        reason=NO_TEXTS,
        interval=None,
        units=len(marks.document),
        pairable=pairable,
        annotators=len(readers.annotators),
        signature=asked.signature(how),
    )


def _result(asked: _Asked, marks: Marks, matches: Matches, readers: _Readers, how: Intervals) -> Result:
    """The micro F1. Each document adds its matches, and the marks of each reader once for every other reader."""
    documents, annotators = readers.by.shape
    marked = np.bincount(marks.document * annotators + marks.annotator, minlength=documents * annotators).reshape(readers.by.shape)
    matched = np.bincount(matches.document, minlength=documents)
    compared = marked.sum(axis=1) * (readers.by.sum(axis=1) - 1)
    tables = np.stack([matched, compared], axis=1)[readers.shared].astype(np.float64)
    pairable = int(marked[readers.shared].sum())
    why = "no document read by two" if not len(tables) else _too_few(asked, pairable, f"nobody marked a {asked.unit}")
    names = [name for name, shared in zip(readers.documents, readers.shared.tolist(), strict=True) if shared]
    bounds, reason = interval(clustered(tables, names, how), f1, how) if why is None else (None, why)
    return Result(
        layer=asked.layer,
        measure=asked.measure,
        value=float(f1(tables.sum(axis=0))) if why is None else None,
        reason=reason,
        interval=bounds,
        units=len(marks.document),
        pairable=pairable,
        annotators=annotators,
        signature=asked.signature(how),
        pairs=_pairs(asked, marked, matches, readers),
        category=asked.label,
    )


def _too_few(asked: _Asked, marked: int, none: str) -> str | None:
    return f"fewer than {asked.minimum} {asked.unit}s" if marked < asked.minimum else none if not marked else None


def _pairs(asked: _Asked, marked: NDArray[Any], matches: Matches, readers: _Readers) -> list[Pair]:
    """F1 of every two annotators; ``units`` is what both marked in the documents that both read."""
    number, by = len(readers.annotators), readers.by.astype(np.float64)
    together, there = by.T @ by, marked.T @ by
    matched = np.bincount(matches.first * number + matches.second, minlength=number**2).reshape(number, number)
    found = []
    for a, b in combinations(range(number), 2):
        units = int(there[a, b] + there[b, a])
        why = _too_few(asked, units, f"no {asked.unit} of either") if together[a, b] else "no document read by both"
        value = _share(2 * int(matched[a, b]), units) if why is None else None
        found.append(Pair((readers.annotators[a], readers.annotators[b]), value, why, units))
    return found
