"""What single units add to a coefficient, so that it can be had of some annotators, some documents, or resampled ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annotate.agreement.categories.coefficients import Blocks, Coefficient, Rated, alpha_coefficient, alpha_features, rated
from annotate.agreement.categories.ratings import Integers, Patterns, Ratings, by_document, patterns_of
from annotate.agreement.categories.weights import places
from annotate.agreement.intervals import Floats, Statistic


class Addends(NamedTuple):
    """A coefficient and what goes into it, by pattern: units that were rated alike are one (``patterns_of``).

    rated: the patterns with their counts; tables: (patterns, width) what a unit of each adds
    statistic: (…, width) sums → (…) values, NaN where undefined
    """

    ratings: Ratings
    patterns: Patterns
    rated: Rated
    tables: Floats
    statistic: Statistic

    @property
    def sums(self) -> Floats:
        """(width,)"""
        return np.asarray(self.patterns.times @ self.tables)

    @property
    def value(self) -> float:
        """The coefficient of all units; NaN where it is undefined."""
        return float(self.statistic(self.sums))

    @property
    def pairable(self) -> int:
        """How many units at least two annotators rated."""
        return int(self.patterns.times[self.rated.r_i > 1].sum())

    @property
    def by_document(self) -> tuple[Floats, Integers]:
        """(tables, width) and how many documents have each of these tables: (tables,)."""
        return by_document(self.ratings, self.patterns, self.tables)


def addends(ratings: Ratings, patterns: Patterns, table: Rated, blocks: Blocks, asked: Coefficient) -> Addends:
    """The coefficient's blocks side by side."""
    own = [blocks[name] for name in asked.blocks]
    edges = np.cumsum([block.shape[1] for block in own])[:-1]
    return Addends(ratings, patterns, table, np.hstack(own), lambda sums: asked.formula(*np.split(sums, edges, axis=-1)))


def alpha_addends(level: str, ratings: Ratings) -> Addends:
    """Krippendorff's alpha by the level. Raises ValueError on an unknown level."""
    patterns, scale = patterns_of(ratings), places(level, ratings.categories)
    table = rated(patterns.codes, len(scale))
    return addends(ratings, patterns, table, alpha_features(table, level, scale), alpha_coefficient(level, scale))
