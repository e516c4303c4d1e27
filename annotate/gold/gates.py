"""What a split's articles must have before they may go out, and which are short of it.

The test split's articles were drawn before they were labelled, each is labelled by two annotators or more, and every dispute on them is
adjudicated. An article that nobody has labelled is short too: a test set without its hard articles would be an easy one. Other splits have
gates where the settings give them some.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from annotate.gold.disputes import disputes_of
from annotate.records import Gold
from annotate.workspace import GoldSettings, SplitGate

ALWAYS = {"test": SplitGate(annotators=2, adjudicated=True, drawn_first=True)}
SHOWN = 3  # disputes of an article that are named


class Short(Struct, frozen=True):
    """An article that is short of its split's gate, and of what."""

    article: str
    split: str
    missing: str

    def __str__(self) -> str:
        return f"{self.article} ({self.split}): {self.missing}"


class State(Struct, frozen=True):
    """What gates look at: how many labelled an article, what is disputed on it, whose adjudications are out of date."""

    annotators: int = 0
    disputes: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()


def state_of(gold: Gold) -> State:
    disputes = Counter(f"{each.layer}: {each.decision}" for each in disputes_of(gold))
    return State(len(gold.annotators), tuple(disputes.elements()), gold.outdated)


def short_of_gates(
    states: Mapping[str, State], splits: Mapping[str, str], settings: GoldSettings, late: Collection[str] = ()
) -> list[Short]:
    """Every article (of ``splits``: article → split) that is short of its gate, by article; an article without a state has nothing.

    late: articles that were annotated before they were drawn
    """
    gates = ALWAYS | settings.gates
    return [
        Short(article, split, missing)
        for article, split in sorted(splits.items())
        if split in gates
        for missing in _missing(states.get(article, State()), gates[split], article in late)
    ]


def _missing(state: State, gate: SplitGate, late: bool) -> Iterator[str]:
    if gate.drawn_first and late:
        rest = f"annotators = {gate.annotators}, adjudicated = {str(gate.adjudicated).lower()}"
        yield f"it was annotated before it was drawn, so the draw may have known its labels ({{{rest}}} as its gate takes it)"
    if state.annotators < gate.annotators:
        yield f"{state.annotators} of {gate.annotators} annotators have submitted it"
    if gate.adjudicated and state.disputes:
        named = "; ".join(state.disputes[:SHOWN]) + ("; …" if len(state.disputes) > SHOWN else "")
        yield f"{len(state.disputes)} disputes are not adjudicated ({named}){_reopened(state.outdated)}"


def _reopened(outdated: Iterable[str]) -> str:
    """Why an article that somebody adjudicated is open."""
    names = ", ".join(outdated)
    return f"; what {names} decided was of other annotations than there are now, so it is open again" if names else ""
