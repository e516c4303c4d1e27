"""Which decisions want an adjudicator."""

from __future__ import annotations

from annotate.records import Decision, Gold

SETTLED = ("unanimous", "adjudicated")
FOLLOWS = ("dependent", "duplicate")  # of what was adjudicated: nobody has to be asked again
NEVER = ("entity", "unusable because")  # names and reasons: differences that change no label


def disputes_of(gold: Gold) -> list[Decision]:
    """Every decision that not all annotators made alike and that no adjudicator has settled, in the order of the decisions.

    A majority counts too, and so does what is left out because it hangs on something disputed. Names of entities and the reason why an
    article cannot be annotated do not. What adjudicators could not agree on still does.
    """
    return [each for each in gold.decisions if not _settled(each)]


def _settled(decision: Decision) -> bool:
    if decision.how in SETTLED or decision.decision in NEVER:
        return True
    return decision.how in FOLLOWS and bool(decision.adjudicators)
