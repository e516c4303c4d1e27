"""Intervals by resampling documents: what is drawn is what was sampled, never the units inside a document."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.results import Interval

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]

LEVEL = 0.95
REPLICATES = 1000
SEED = 0
MAX_DEGENERATE = 0.05


def bootstrap(tables: Floats, statistic: Statistic, replicates: int, seed: int) -> tuple[Interval | None, str | None]:
    """Percentile bootstrap over documents (Efron & Tibshirani 1993, ch. 13): (interval, why there is none).

    tables:    (documents, …) what each document adds to the statistic's table
    statistic: (replicates, …) summed tables → (replicates,) values, NaN where undefined
    """
    documents = len(tables)
    if replicates == 0:
        return None, None
    if documents < 2:
        return None, "no interval: one document, nothing to resample"
    weights = np.random.default_rng(seed).multinomial(documents, np.full(documents, 1 / documents), size=replicates)
    sums = weights.astype(np.float64) @ tables.reshape(documents, -1)
    values = statistic(sums.reshape(replicates, *tables.shape[1:]))
    usable = values[~np.isnan(values)]
    if len(usable) < (1 - MAX_DEGENERATE) * replicates:
        return None, f"no interval: undefined in {replicates - len(usable)} of {replicates} replicates"
    low, high = np.quantile(usable, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(LEVEL, float(low), float(high), f"percentile bootstrap over {documents} documents"), None
