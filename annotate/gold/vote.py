"""One decision: who said what, and what that comes to under a strategy.

- unanimous: the value of all.
- majority: of over half. A tie is a tie, and so is no majority: nothing is answered.
- dawid-skene, mace: the value that the model holds more likely than all others together; of at least three annotators, else nothing.
- adjudicated: nothing, but for what all say; an adjudicator decides the rest.
- single: what the annotator said who submitted the article first.

What all say is the answer under each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from annotate.gold.estimate import ENOUGH_ANNOTATORS
from annotate.records import Ballot, Share

MODELS = ("dawid-skene", "mace")
STRATEGIES = ("majority", "unanimous", *MODELS, "adjudicated", "single")

KEPT, LEFT_OUT = "kept", "left out"

Said = Mapping[str, str | None]  # annotator → value; None: has a vote, and said nothing; "": says that there is no value


class Winner(NamedTuple):
    """``value`` None: nothing is answered, for the reason in ``how``. ``votes`` of ``of`` were for the leading value."""

    value: str | None
    how: str
    votes: int
    of: int
    confidence: float | None = None


def vote(strategy: str, said: Said, posterior: tuple[Share, ...] = (), first: str | None = None) -> Winner:
    """first: the annotator who submitted first; posterior: what the model of the strategy says, where it was asked."""
    of, values = len(said), set(said.values())
    if len(values) == 1 and (one := next(iter(values))) is not None:
        return Winner(one, "unanimous", of, of, 1.0)
    counts = Counter(value for value in said.values() if value is not None)
    if strategy == "single" and first is not None and first in said:
        return Winner(said[first], "single", 1, 1)
    value, votes = max(counts.items(), key=lambda each: each[1], default=(None, 0))
    if strategy in MODELS:
        return _modelled(posterior, votes, of)
    if strategy == "majority" and 2 * votes > of:
        return Winner(value, "majority", votes, of, votes / of)
    if strategy == "adjudicated":
        return Winner(None, "waiting", votes, of)
    tied = sum(count == votes for count in counts.values()) > 1
    return Winner(None, "tie" if tied else "minority", votes, of)


def _modelled(posterior: tuple[Share, ...], votes: int, of: int) -> Winner:
    if of < ENOUGH_ANNOTATORS or not posterior:
        return Winner(None, "too few", votes, of)
    best = max(posterior, key=lambda each: each.p)
    if best.p <= 0.5:
        return Winner(None, "tie", votes, of)
    return Winner(None if best.value == LEFT_OUT else best.value, "model", votes, of, best.p)


def adjudicated(said: Winner, judged: Winner) -> Winner:
    """What the adjudicators' votes come to where they decide. What annotators and adjudicators all say needed no decision."""
    if said.how == "unanimous" and judged.value == said.value:
        return said
    if judged.how not in ("unanimous", "majority"):
        return judged
    return judged._replace(value=None if judged.value == LEFT_OUT else judged.value, how="adjudicated")


def ballots_of(said: Said) -> tuple[Ballot, ...]:
    """Who said what, the most frequent first."""
    if len(values := set(said.values())) == 1:
        return (Ballot(values.pop() or None, tuple(said)),)
    groups: dict[str | None, list[str]] = {}
    for annotator, value in said.items():
        groups.setdefault(value or None, []).append(annotator)
    ordered = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0] or ""))
    return tuple(Ballot(value, tuple(names)) for value, names in ordered)
