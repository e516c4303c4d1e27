"""The worked numbers of tests/data/ratings.jsonl: published ratings or tables, and what was printed for them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from annotate.agreement.categories.ratings import Ratings, ratings_of_contingency, ratings_of_counts, ratings_of_rows
from annotate.agreement.results import Rating, Value
from tests.ratings import ratings_of

DATA = Path(__file__).parent / "data" / "ratings.jsonl"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worked number. Ratings come in one of three ways.

    rows:     an annotator each: the unit's category by its place in ``categories``, a dot where missing
    table:    a contingency table of two annotators; counts: (units, q) how many gave a unit the category
    pairs:    sets of labels whose distance is expected
    expected: of all categories, by category, by what is named (SAS), or of each of ``pairs``
    se, low, high: analytic, as printed; irrcac: the same three with one digit more, from irrcac 0.4.4 of Python
    also:     other measures of the same data
    """

    name: str
    source: str
    measure: str
    level: str
    expected: float | dict[str, float] | list[float]
    tolerance: float
    categories: list[int | str | list[str]] = []
    rows: list[str] = []
    table: list[list[int]] = []
    counts: list[list[int]] = []
    pairs: list[tuple[set[int | str], set[int | str]]] = []
    disagreements: list[list[float]] = []
    se: float | None = None
    low: float | None = None
    high: float | None = None
    irrcac: tuple[float, float, float] | None = None
    also: dict[str, float] = {}
    note: str | None = None

    @property
    def values(self) -> list[Value]:
        return [frozenset(each) if isinstance(each, list) else each for each in self.categories]

    @property
    def number(self) -> float:
        assert isinstance(self.expected, float | int)
        return self.expected

    @property
    def named(self) -> dict[str, float]:
        assert isinstance(self.expected, dict)
        return self.expected

    @property
    def ratings(self) -> list[Rating]:
        return ratings_of(self.rows, self.values)

    @property
    def rated(self) -> Ratings:
        if self.table:
            return ratings_of_contingency(np.array(self.table), self.values)
        if self.counts:
            return ratings_of_counts(np.array(self.counts), self.values)
        return ratings_of_rows(self.ratings, self.values)


CASES = [msgspec.json.decode(line, type=Case) for line in DATA.read_text(encoding="utf-8").splitlines()]
