"""How a document's gold was decided, as its record tells it: from whom, every decision that was not unanimous, the annotators' shares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from annotate.schema.record_schema import PSEUDONYM

HOW = ("unanimous", "majority", "model", "single", "adjudicated", "minority", "tie", "too few", "waiting", "duplicate", "dependent")
TOLERANCE = 1e-5  # of a sum of shares that are rounded to six digits
POSTERIOR_TOLERANCE = 1e-4  # probabilities that round to 0 are left out


def provenance_faults(provenance: Any, items: Mapping[str, str], layers: Collection[str]) -> Iterator[str]:
    """``items``: the document's, id → layer; ``layers``: every layer's name."""
    annotators = Counter(provenance.annotators)
    yield from (f"{name} stands {count} times among its annotators" for name, count in annotators.items() if count > 1)
    if provenance.adjudicator is not None and not re.search(PSEUDONYM["pattern"], provenance.adjudicator):
        yield "its adjudicator stands under no pseudonym"
    for each in provenance.decisions:
        yield from (f"{each.item or each.layer}: {each.decision}: {fault}" for fault in _decision(each, annotators, items, layers))


def _decision(decision: Any, annotators: Mapping[str, int], items: Mapping[str, str], layers: Collection[str]) -> Iterator[str]:
    if decision.layer not in layers:
        yield f"there is no layer {decision.layer}"
    elif decision.item is not None and items.get(decision.item) != decision.layer:
        yield f"{decision.layer} has no {decision.item}"
    if decision.votes > decision.of:
        yield f"{decision.votes} votes of {decision.of}"
    if decision.how not in HOW:
        yield f"decided by {decision.how}, which is no way to decide"
    for name, count in Counter(name for ballot in decision.ballots for name in ballot.annotators).items():
        if annotators and name not in annotators:
            yield f"a vote by {name}, who is not among its annotators"
        elif count > 1:
            yield f"{count} votes by {name}"


def item_share_faults(item: Any) -> Iterator[str]:
    """The shares beside an item's type and attributes; none where nobody was asked, as of what an adjudicator added."""
    given = item.distributions
    attributes = getattr(given, "attributes", None)
    fields = attributes.__struct_fields__ if attributes is not None else ()
    told = [given.type, *[getattr(attributes, field) for field in fields]]
    for name, shares in zip(("type", *fields), told, strict=True):
        if shares and not (len(shares) == 1 and shares[0].p == 1.0 and shares[0].posterior is None):
            yield from (f"{item.id}: {name}: {fault}" for fault in share_faults(shares))


def share_faults(shares: Any) -> Iterator[str]:
    """Of one distribution: each value once, shares of votes that add up to 1, and a model's probabilities too."""
    if len({each.value for each in shares}) != len(shares):
        yield "a value's share stands twice"
    elif abs(sum(each.p for each in shares) - 1) > TOLERANCE:
        yield "its shares do not add up to 1"
    else:
        posteriors = (getattr(each, "posterior", None) for each in shares)  # which format 1 had not
        told = [each for each in posteriors if each is not None]
        if told and abs(sum(told) - 1) > POSTERIOR_TOLERANCE:
            yield "its posterior does not add up to 1"
