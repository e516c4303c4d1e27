"""Ratings as arrays: who gave which unit which category, from rows, columns or a matrix, checked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate.agreement.results import Rating, Value
from annotate.errors import BadInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MISSING = -1
SAMPLE = 1000
FEW_CATEGORIES = 64
MOST_PATTERNS = 2**22


class Ratings(NamedTuple):
    """Ratings of one layer.

    codes:       (annotators, units) index of the value in ``categories``, MISSING where there is none
    document_of: (units,) the number of the document that the unit is in; None: each unit is a document
    documents:   how many there are
    """

    codes: NDArray[Any]
    categories: list[Value]
    annotators: list[str]
    document_of: Integers | None
    documents: int

    @property
    def units(self) -> int:
        return int(self.codes.shape[1])


class Patterns(NamedTuple):
    """Units that were rated alike, joined: what a unit adds to a coefficient depends on its ratings alone.

    codes:      (annotators, patterns)
    times:      (patterns,) how many units have it
    pattern_of: (units,)
    """

    codes: NDArray[Any]
    times: Integers
    pattern_of: Integers


def ratings_of_rows(rows: Iterable[Rating], categories: Sequence[Value] | None = None) -> Ratings:
    """Ratings from rows; ``categories`` in the scale's order, those that nobody used too (None: those in use, sorted).

    Raises BadInput when an annotator rated a unit twice, a value is not one of the categories, or a category is declared twice.
    """
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    document, unit, annotator, value = columns
    return ratings_of_columns(unit, annotator, value, document, categories)


def ratings_of_columns(
    unit: Sequence[Any],
    annotator: Sequence[Any],
    value: Sequence[Any],
    document: Sequence[Any] | None = None,
    categories: Sequence[Value] | None = None,
    *,
    place: Callable[[int], str] = "row {}".format,
) -> Ratings:
    """Ratings from the columns of a long table; None or NaN is a missing value, and its unit still counts.

    ``document`` None: each unit is a document. ``place`` names a row, counted from 1, in an error. Raises as ``ratings_of_rows``.
    """
    units, unit_names = _numbered(unit)
    annotators, annotator_names = _numbered(annotator)
    _require_names("unit", units, place)
    _require_names("annotator", annotators, place)
    values, used = _numbered(value)
    scale = _scale(used, categories, values, place)
    of_unit: Integers | None = None
    documents = len(unit_names)
    if document is not None:
        in_document, document_names = _numbered(document)
        _require_names("document", in_document, place)
        documents = len(document_names)
        # The same name in two documents is two units.
        pairs, units = np.unique(in_document * max(len(unit_names), 1) + units, return_inverse=True)
        of_unit = pairs // max(len(unit_names), 1)
        if len(pairs) == documents:
            of_unit = None
    number = len(unit_names) if document is None else int(units.max(initial=-1)) + 1
    codes = np.full((len(annotator_names), number), MISSING, _smallest(len(scale)))
    index = {each: code for code, each in enumerate(scale)}
    code = np.array([index[each] for each in used] + [MISSING], dtype=codes.dtype)[values]
    rated = code != MISSING
    codes[annotators[rated], units[rated]] = code[rated]
    if int((codes != MISSING).sum()) < int(rated.sum()):
        raise BadInput("\n".join(_rated_twice(annotators, units, rated, annotator, unit, place)))
    return Ratings(codes, scale, [str(each) for each in annotator_names], of_unit, documents)


def ratings_of_codes(
    document: Integers, unit: Integers, annotator: Integers, code: Integers, categories: Sequence[Value], annotators: Sequence[str]
) -> Ratings:
    """Ratings from columns of numbers, (ratings,) each: of documents, units within them, annotators and categories (places in their lists).

    Who rated nothing is no annotator of it. Nobody rated a unit twice.
    """
    _require_distinct(categories)
    rank = np.argsort(np.argsort(np.array(annotators, object), kind="stable"))
    raters, who = np.unique(rank[annotator] if len(annotators) else annotator, return_inverse=True)
    documents, place = np.unique(document, return_inverse=True)
    width = int(unit.max(initial=0)) + 1
    pairs, units = np.unique(place * width + unit, return_inverse=True)
    codes = np.full((len(raters), len(pairs)), MISSING, _smallest(len(categories)))
    codes[who, units] = code
    of_unit = None if len(pairs) == len(documents) else pairs // width
    return Ratings(codes, list(categories), [sorted(annotators)[each] for each in raters], of_unit, len(documents))


def ratings_of_matrix(values: ArrayLike, documents: ArrayLike | None = None, categories: Sequence[float] | None = None) -> Ratings:
    """Ratings from a matrix (annotators, units) of numbers, NaN where there is none; ``documents`` (units,) names each unit's document."""
    matrix = np.asarray(values, dtype=np.float64)
    if categories is not None:
        _require_distinct([float(each) for each in categories])
    rated = matrix.size - int(np.isnan(matrix).sum())
    # Most scales are short and a sample shows all of them; what it did not show is missed by the count, and looked for in all values.
    sampled = np.unique(matrix.ravel()[:: max(1, matrix.size // SAMPLE)]) if categories is None else np.asarray(categories, np.float64)
    scale = sampled[~np.isnan(sampled)]
    codes, found = _coded(matrix, scale)
    if found < rated and categories is None:
        scale = np.unique(matrix[~np.isnan(matrix)])
        codes, found = _coded(matrix, scale)
    if found < rated:
        raise BadInput("a value is not one of the categories; declare every value that is in use")
    annotators = [str(number) for number in range(len(matrix))]
    if documents is None:
        return Ratings(codes, list(scale), annotators, None, matrix.shape[1])
    of_unit, names = _numbered(np.asarray(documents))
    return Ratings(codes, list(scale), annotators, of_unit, len(names))


def patterns_of(ratings: Ratings) -> Patterns:
    """Units that have the same rating from every annotator, joined; in an order that depends on the ratings alone."""
    base = len(ratings.categories) + 1
    if base ** len(ratings.annotators) >= 2**62:
        return Patterns(ratings.codes, np.ones(ratings.units, np.int64), np.arange(ratings.units))
    most = base ** len(ratings.annotators)
    keys: NDArray[Any] = np.zeros(ratings.units, np.int32 if most < 2**31 else np.int64)
    for row in ratings.codes:
        np.multiply(keys, base, out=keys)
        np.add(keys, row, out=keys)
        np.add(keys, 1, out=keys)
    distinct, times, pattern_of = _counted(keys, most)
    digits = base ** np.arange(len(ratings.annotators))[::-1, None]
    codes = (distinct // digits % base - 1).astype(ratings.codes.dtype)
    return Patterns(codes, times, pattern_of)


def counts_of(codes: NDArray[Any], categories: int) -> Floats:
    """(annotators, units) → r_ik: (units, categories) how many annotators gave the unit the category."""
    annotator, unit = np.nonzero(codes != MISSING)
    cells = unit * categories + codes[annotator, unit]
    return np.bincount(cells, minlength=codes.shape[1] * categories).astype(np.float64).reshape(codes.shape[1], categories)


def by_document(ratings: Ratings, patterns: Patterns, features: Floats) -> tuple[Floats, Integers]:
    """What each document adds, from what each pattern adds: ((documents or patterns, width), how many documents have it)."""
    if ratings.document_of is None:
        return features, patterns.times
    summed = np.zeros((ratings.documents, features.shape[1]))
    for number, column in enumerate(features.T):
        summed[:, number] = np.bincount(ratings.document_of, column[patterns.pattern_of], ratings.documents)
    return summed, np.ones(ratings.documents, np.int64)


def _counted(keys: NDArray[Any], most: int) -> tuple[Integers, Integers, Integers]:
    """Distinct keys in order, how often each comes, and which each unit has; without a sort where they are small numbers."""
    if most > MOST_PATTERNS:
        distinct, pattern_of, times = np.unique(keys, return_inverse=True, return_counts=True)
        return distinct.astype(np.int64), times.astype(np.int64), pattern_of
    often = np.bincount(keys, minlength=1)
    distinct = np.flatnonzero(often)
    number = np.zeros(len(often), np.int64)
    number[distinct] = np.arange(len(distinct))
    return distinct, often[distinct], number[keys]


def _numbered(column: Sequence[Any] | NDArray[Any]) -> tuple[Integers, list[Any]]:
    """A column as numbers of its sorted distinct values; -1 where missing."""
    import pandas

    numbers, names = pandas.factorize(_hashable(column), sort=False)
    listed = names.tolist() if hasattr(names, "tolist") else list(names)
    # Numbers beside words have no common order, and that of sets is not a full one.
    plain = len({type(each) for each in listed}) <= 1 and not any(isinstance(each, frozenset) for each in listed[:1])
    order = sorted(range(len(listed)), key=listed.__getitem__ if plain else lambda at: _sort_key(listed[at]))
    rank = np.full(len(listed) + 1, -1, np.int64)
    rank[order] = np.arange(len(listed))
    return rank[numbers], [listed[at] for at in order]


def _hashable(column: Sequence[Any] | NDArray[Any]) -> Any:
    import pandas

    if isinstance(column, np.ndarray | pandas.Series):
        return column
    made = np.empty(len(column), object)
    made[:] = column
    return made


def _sort_key(value: Any) -> tuple[Any, ...]:
    if isinstance(value, frozenset):
        return (2, len(value), sorted(value))
    return (0, value) if isinstance(value, float | int | np.number) else (1, str(value))


def _scale(used: list[Any], categories: Sequence[Value] | None, values: Integers, place: Callable[[int], str]) -> list[Value]:
    if categories is None:
        return used
    _require_distinct(categories)
    legal = set(categories)
    strange = [number for number, each in enumerate(used) if each not in legal]
    if strange:
        rows = [(int(np.flatnonzero(values == number)[0]), used[number]) for number in strange]
        told = ", ".join(str(each) for each in categories)
        raise BadInput(
            "\n".join(f"{place(row + 1)}: the value {value!r} is not one of {told}; correct it, or declare it" for row, value in rows)
        )
    return list(categories)


def _require_distinct(categories: Sequence[Value]) -> None:
    twice = [each for number, each in enumerate(categories) if each in categories[:number]]
    if twice:
        raise BadInput(f"the category {twice[0]} is declared twice; declare each once")


def _require_names(column: str, numbers: Integers, place: Callable[[int], str]) -> None:
    """Raises BadInput where a row has no unit, annotator or document: its rating belongs nowhere."""
    lacking = np.flatnonzero(numbers < 0)
    if len(lacking):
        raise BadInput("\n".join(f"{place(row + 1)}: no {column}; every row names its {column}" for row in lacking[:20].tolist()))


def _rated_twice(
    annotators: Integers,
    units: Integers,
    rated: NDArray[np.bool_],
    annotator: Sequence[Any],
    unit: Sequence[Any],
    place: Callable[[int], str],
) -> list[str]:
    """Every second rating of a unit by the same annotator, in words."""
    rows = np.flatnonzero(rated)
    cells = units[rows] * (int(annotators.max(initial=0)) + 1) + annotators[rows]
    order = np.argsort(cells, kind="stable")
    again = np.flatnonzero(np.diff(cells[order]) == 0) + 1
    told = []
    for at in again[:20]:
        first, second = int(rows[order[at - 1]]), int(rows[order[at]])
        told.append(
            f"{place(second + 1)}: {annotator[second]} rated unit {unit[second]} before, in {place(first + 1)}; "
            "keep one of the two, or name the second annotator apart"
        )
    return told + ([f"and {len(again) - 20} more like these"] if len(again) > 20 else [])


def _coded(matrix: Floats, scale: Floats) -> tuple[NDArray[Any], int]:
    """Each number's place in ``scale``, MISSING where it has none; and how many have one."""
    kind = _smallest(len(scale))
    if len(scale) <= FEW_CATEGORIES:
        codes = np.full(matrix.shape, MISSING, kind)
        found = 0
        for code, each in enumerate(scale):
            equal = matrix == each
            found += int(np.count_nonzero(equal))
            codes += equal * kind(code + 1)
        return codes, found
    order = np.argsort(scale)
    at = order[np.searchsorted(scale, matrix, sorter=order).clip(max=len(scale) - 1)]
    codes = np.where(scale[at] == matrix, at, MISSING).astype(kind)
    return codes, int(np.count_nonzero(codes != MISSING))


def _smallest(categories: int) -> type[np.signedinteger[Any]]:
    return np.int8 if categories < 127 else np.int16 if categories < 2**15 - 1 else np.int32


def ratings_of_contingency(table: ArrayLike, categories: Sequence[Value]) -> Ratings:
    """Two annotators' ratings from how often the first said the row's category where the second said the column's: (q, q) counts."""
    counts = np.asarray(table, dtype=np.int64)
    row, column = np.indices(counts.shape)
    codes = np.stack([np.repeat(row.ravel(), counts.ravel()), np.repeat(column.ravel(), counts.ravel())])
    return Ratings(codes, list(categories), ["first", "second"], None, codes.shape[1])


def ratings_of_counts(counts: ArrayLike, categories: Sequence[Value]) -> Ratings:
    """Ratings of annotators who are not told apart, from how many gave each unit each category: (units, q).

    Good for coefficients that do not ask who said what: Fleiss, Brennan–Prediger, Gwet, alpha.
    """
    table = np.asarray(counts, dtype=np.int64)
    codes = np.full((int(table.sum(axis=1).max(initial=0)), len(table)), MISSING)
    unit, category = np.nonzero(table)
    for at, code, number in zip(unit.tolist(), category.tolist(), table[unit, category].tolist(), strict=True):
        taken = int((codes[:, at] != MISSING).sum())
        codes[taken : taken + number, at] = code
    return Ratings(codes, list(categories), [str(number) for number in range(len(codes))], None, len(table))
