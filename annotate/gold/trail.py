"""The decisions on one article as they are taken, each with its trail: who said what, what it came to, and who settled it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from msgspec import structs

from annotate.gold.disputes import NEVER
from annotate.gold.estimate import ENOUGH_ANNOTATORS, Judgement
from annotate.gold.models import Asked, Posteriors, kind_of, model_of
from annotate.gold.vote import KEPT, LEFT_OUT, MODELS, Said, Winner, adjudicated, ballots_of, vote
from annotate.records import Adjudication, Decision, Labelling, Share, Verdict
from annotate.workspace import GoldSettings

Key = tuple[str, int]  # layer, number of the cluster
Thing = TypeVar("Thing")

JUDGE = "adjudicator "  # before an adjudicator's name, for an adjudicator may be an annotator too
UNSHARED = (*NEVER, "span")  # their values are not classes that items share, so no model can learn them


class Heard(NamedTuple):
    """One article's labellings, by annotator, the adjudications that were made from just these, and whose were made from others."""

    labellings: list[Labelling]
    adjudications: list[Adjudication]
    outdated: tuple[str, ...]


class Place(NamedTuple):
    """What is decided, and where."""

    layer: str
    decision: str
    start: int | None = None
    end: int | None = None
    item: str | None = None


class Vote(NamedTuple):
    """What was said, and what it comes to; ``judged``: by adjudicators."""

    said: Said
    winner: Winner
    posterior: tuple[Share, ...] = ()
    judged: bool = False

    @property
    def value(self) -> str | None:
        return self.winner.value


class Trail:
    """What was decided so far.

    labellings: by annotator; ``judges``: the adjudicators', by ``JUDGE`` and name
    decisions:  in the order in which they were noted
    open:       the clusters about which anything was not unanimous
    """

    def __init__(self, settings: GoldSettings, heard: Heard, posteriors: Posteriors, asked: Asked) -> None:
        self.settings, self.posteriors, self.asked = settings, posteriors, asked
        self.adjudications = heard.adjudications
        self.article = heard.labellings[0].article
        self.labellings = {each.annotator: each for each in heard.labellings}
        self.judges = {JUDGE + each.adjudicator: each.labelling for each in heard.adjudications}
        self.first = min(heard.labellings, key=lambda each: (each.submitted or "", each.annotator)).annotator
        self.decisions: list[Decision] = []
        self.open: set[Key] = set()

    def vote(self, place: Place, said: Said, judged: Said | None = None, unit: str = "") -> Vote:
        """What is said comes to this; adjudicators decide where ``judged`` is what they say. ``unit`` names it to a model."""
        posterior = self._modelled(place, unit, said)
        winner = vote(self.strategy(place), said, posterior, self.first)
        if judged is None:
            return Vote(said, winner, posterior)
        return Vote(said, adjudicated(winner, vote("majority", judged)), posterior, judged=True)

    def vote_on_existence(self, place: Place, there: dict[str, bool], unit: str) -> Vote:
        """Of something that hangs on no cluster: adjudicators decide unless the annotators are of one mind."""
        said = {name: KEPT if there[name] else None for name in self.labellings}
        open_ = bool(self.judges) and set(said.values()) != {KEPT}
        return self.vote(place, said, {name: KEPT if there[name] else LEFT_OUT for name in self.judges} if open_ else None, unit)

    def fallen(self, how: str, votes: int, of: int, said: Said) -> Vote:
        """What no vote can keep: it follows from what was decided elsewhere, and by adjudicators where there are any."""
        return Vote(said, Winner(None, how, votes, of), judged=bool(self.judges))

    def note(self, place: Place, found: Vote, key: Key | None = None, outcome: str | None = None) -> None:
        """Keep a decision; ``key``: the cluster that it is about."""
        winner = found.winner
        decision = Decision(
            place.layer,
            place.item,
            place.decision,
            outcome or winner.value or None,
            winner.how,
            winner.votes,
            winner.of,
            place.start,
            place.end,
            self.strategy(place),
            winner.confidence,
            ballots_of(found.said),
            found.posterior,
        )
        if winner.how != "unanimous":
            decision = self._judged(decision) if found.judged else decision
            if key is not None and place.decision not in NEVER:
                self.open.add(key)
        self.decisions.append(decision)

    def strategy(self, place: Place) -> str:
        declared = self.settings.strategy_of(place.layer)
        return "majority" if declared in MODELS and place.decision in UNSHARED else declared

    def _modelled(self, place: Place, unit: str, said: Said) -> tuple[Share, ...]:
        """What a model says, where one is asked and has answered; until then, what is said is kept for it."""
        if place.decision in UNSHARED or model_of(self.settings, place.layer) is None:
            return ()
        kind, unit = (place.layer, kind_of(place.decision)), f"{self.article}\n{unit}"
        unsaid = None if kind[1].startswith("answer") else LEFT_OUT  # who leaves a question unanswered says nothing of it
        judged = [(name, unsaid if value is None else value) for name, value in said.items() if value is not None or unsaid]
        if kind in self.posteriors:
            return self.posteriors[kind].get(unit, ()) if len(judged) >= ENOUGH_ANNOTATORS else ()
        self.asked.setdefault(kind, []).extend(Judgement(name, unit, value) for name, value in judged if value is not None)
        return ()

    def _judged(self, decision: Decision) -> Decision:
        """With who decided it, when and why."""
        verdicts = [verdict for each in self.adjudications for verdict in each.verdicts if _about(verdict, decision)]
        return structs.replace(
            decision,
            adjudicators=tuple(each.adjudicator for each in self.adjudications),
            at=max(each.at for each in self.adjudications),
            reasons=_once(each.reason for each in verdicts),
            comments=_once(each.comment for each in verdicts),
        )


def said_by(those: dict[str, Thing], say: Callable[[Thing], str | None]) -> dict[str, str | None]:
    """What each of those says."""
    return {name: say(each) for name, each in those.items()}


def _about(verdict: Verdict, decision: Decision) -> bool:
    """Whether an adjudicator's verdict is of this decision: of the same place, or the same question."""
    if verdict.layer != decision.layer:
        return False
    if decision.start is None or decision.end is None:
        return not decision.decision.startswith("answer") or decision.decision == f"answer {verdict.item}"
    return verdict.start < decision.end and decision.start < verdict.end


def _once(told: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({each for each in told if each}))
