"""One article's labellings to its gold, each decision apart, each with its trail.

Where adjudicators were heard, they decide each cluster about which anything was contested, as a whole, and every other decision that was
not unanimous; by over half of them, each with what stands in their labelling. What they added is a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from msgspec import structs

from annotate.agreement.clusters import Members, align_all
from annotate.gold.basis import basis_of
from annotate.gold.estimate import ENOUGH_ANNOTATORS, Judgement
from annotate.gold.models import Asked, Posteriors, kind_of, model_of
from annotate.gold.vote import KEPT, LEFT_OUT, MODELS, Said, Winner, adjudicated, ballots_of, vote
from annotate.records import (
    Adjudication,
    Answer,
    Argument,
    Cluster,
    Decision,
    Frame,
    Gold,
    Labelling,
    Link,
    Marked,
    Mention,
    Share,
    Verdict,
)
from annotate.schema import FrameLayer, MentionLayer, Schema
from annotate.workspace import GoldSettings

Item = Mention | Frame
Thing = TypeVar("Thing")
Key = tuple[str, int]  # layer, number of the cluster

ARTICLE = "article"  # the layer of what is decided about the article itself
JUDGE = "adjudicator "  # before an adjudicator's name, for an adjudicator may be an annotator too
NAMED = ("entity", "unusable because")  # differences in these change no label: nobody has to be asked
UNSHARED = (*NAMED, "span")  # their values are not classes that items share, so no model can learn them


class Heard(NamedTuple):
    """One article's labellings, by annotator, the adjudications that were made from just these, and whose were made from others."""

    labellings: list[Labelling]
    adjudications: list[Adjudication]
    outdated: tuple[str, ...]


class _Place(NamedTuple):
    """What is decided, and where."""

    layer: str
    decision: str
    start: int | None = None
    end: int | None = None
    item: str | None = None


class _Vote(NamedTuple):
    """What was said, and what it comes to; ``judged``: by adjudicators."""

    said: Said
    winner: Winner
    posterior: tuple[Share, ...] = ()
    judged: bool = False

    @property
    def value(self) -> str | None:
        return self.winner.value


class _Kept(NamedTuple):
    """A gold item, its place, and the frames that have the type that won: annotators', and adjudicators' where these decide."""

    key: Key
    gold: Item
    place: _Place
    winners: dict[str, Frame]
    judged: dict[str, Frame] | None


class Resolution:
    """The work on one article.

    contested: the clusters that the adjudicators decide. ``open``: when done, those about which anything was not unanimous.
    """

    def __init__(
        self,
        schema: Schema,
        settings: GoldSettings,
        heard: Heard,
        posteriors: Posteriors,
        asked: Asked,
        contested: frozenset[Key] = frozenset(),
    ) -> None:
        self.schema, self.settings, self.heard = schema, settings, heard
        self.posteriors, self.asked, self.contested = posteriors, asked, contested
        self.article = heard.labellings[0].article
        self.labellings = {each.annotator: each for each in heard.labellings}
        self.judges = {JUDGE + each.adjudicator: each.labelling for each in heard.adjudications}
        self.first = min(heard.labellings, key=lambda each: (each.submitted or "", each.annotator)).annotator
        self.decisions: list[Decision] = []
        self.clusters: list[Cluster] = []
        self.open: set[Key] = set()
        self.gold_items: dict[tuple[str, str], Item] = {}  # (annotator, their id) → the gold item
        self.numbers: dict[str, str] = {}  # gold item → its cluster, whose number no adjudication changes

    def gold(self) -> Gold:
        unusable = self._unusable()
        aligned = align_all(self.schema, self.heard.labellings, [_under(name, each) for name, each in self.judges.items()])
        kept = [each for layer in self.schema.span_layers.values() for each in self._items(layer, aligned.of[layer.name])]
        frames = tuple(self._with_arguments(each, each.gold) for each in kept if isinstance(each.gold, Frame))
        links = tuple(self._links())
        answers, distributions = self._answers()
        labelling = Labelling(
            article=self.article,
            annotator="gold",
            mentions=tuple(each.gold for each in kept if isinstance(each.gold, Mention)),
            frames=frames,
            links=links,
            answers=answers,
            unusable=unusable,
        )
        return Gold(
            labelling=labelling,
            annotators=tuple(self.labellings),
            resolution=self.settings.strategy if len(self.labellings) > 1 else "single",
            decisions=tuple(self.decisions),
            distributions=distributions,
            clusters=tuple(self.clusters),
            schema=self.schema.id,
            guidelines=tuple(sorted({each.guidelines for each in self.heard.labellings if each.guidelines})),
            basis=basis_of(self.heard.labellings),
            adjudicators=tuple(each.adjudicator for each in self.heard.adjudications),
            outdated=self.heard.outdated,
        )

    # One decision

    def _vote(self, place: _Place, said: Said, judged: Said | None = None, unit: str = "") -> _Vote:
        """What is said comes to this; adjudicators decide where ``judged`` is what they say. ``unit`` names it to a model."""
        posterior = self._modelled(place, unit, said)
        winner = vote(self._strategy(place.layer, place.decision), said, posterior, self.first)
        if judged is None:
            return _Vote(said, winner, posterior)
        return _Vote(said, adjudicated(winner, vote("majority", judged)), posterior, judged=True)

    def _strategy(self, layer: str, decision: str) -> str:
        declared = self.settings.layers.get(layer, self.settings.strategy)
        return "majority" if declared in MODELS and decision in UNSHARED else declared

    def _modelled(self, place: _Place, unit: str, said: Said) -> tuple[Share, ...]:
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

    def _note(self, place: _Place, found: _Vote, key: Key | None = None, outcome: str | None = None) -> None:
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
            self._strategy(place.layer, place.decision),
            winner.confidence,
            ballots_of(found.said),
            found.posterior,
        )
        if winner.how != "unanimous":
            decision = self._judged(decision) if found.judged else decision
            if key is not None and place.decision not in NAMED:
                self.open.add(key)
        self.decisions.append(decision)

    def _judged(self, decision: Decision) -> Decision:
        """With who decided it, when and why."""
        verdicts = [verdict for each in self.heard.adjudications for verdict in each.verdicts if _about(verdict, decision)]
        return structs.replace(
            decision,
            adjudicators=tuple(each.adjudicator for each in self.heard.adjudications),
            at=max(each.at for each in self.heard.adjudications),
            reasons=_once(each.reason for each in verdicts),
            comments=_once(each.comment for each in verdicts),
        )

    def _fallen(self, how: str, votes: int, of: int, said: Said) -> _Vote:
        """What no vote can keep: it follows from what was decided elsewhere, and by adjudicators where there are any."""
        return _Vote(said, Winner(None, how, votes, of), judged=bool(self.judges))

    # The article, its links and answers

    def _unusable(self) -> str | None:
        """Whether the article can be annotated is voted on, not why not: the most common reason stands for all."""
        if not any(each.unusable for each in (self.labellings | self.judges).values()):
            return None
        place, said = _Place(ARTICLE, "unusable"), _each(self.labellings, lambda own: "unusable" if own.unusable else None)
        differ = set(said.values()) != {"unusable"}
        judged = _each(self.judges, lambda own: "unusable" if own.unusable else LEFT_OUT) if self.judges and differ else None
        found = self._vote(place, said, judged)
        self._note(place, found)
        if found.value is None:
            return None
        reasons = {name: each.unusable for name, each in (self.judges if judged else self.labellings).items() if each.unusable}
        because = self._vote(
            _Place(ARTICLE, "unusable because"), {name: reason for name, reason in reasons.items() if name in self.labellings}
        )
        reason = max(sorted(set(reasons.values())), key=list(reasons.values()).count)
        self._note(_Place(ARTICLE, "unusable because"), because, outcome=reason)
        return reason

    def _links(self) -> Iterator[Link]:
        joined: dict[str, set[tuple[str, str, str]]] = {name: set() for name in self.labellings | self.judges}
        fallen: dict[str, set[str]] = {}
        for name, own in (self.labellings | self.judges).items():
            for link in own.links:
                a, b = self.gold_items.get((name, link.first)), self.gold_items.get((name, link.second))
                if a is None or b is None:
                    fallen.setdefault(link.layer, set()).add(name)
                elif a.id != b.id:
                    joined[name].add((link.layer, min(a.id, b.id), max(a.id, b.id)))
        for layer, names in sorted(fallen.items()):
            said = {name: KEPT if name in names else None for name in self.labellings}
            if count := len(names & said.keys()):
                self._note(_Place(layer, "link"), self._fallen("dependent", count, len(said), said))
        for layer, one, other in sorted(set().union(*joined.values())):
            place = _Place(layer, f"link {one} {other}")
            there = {name: (layer, one, other) in own for name, own in joined.items()}
            found = self._binary(place, there, f"{self.numbers[one]} {self.numbers[other]}")
            self._note(place, found)
            if found.value:
                yield Link(layer, one, other)

    def _binary(self, place: _Place, there: dict[str, bool], unit: str) -> _Vote:
        """Whether something that hangs on no cluster exists: adjudicators decide unless the annotators are of one mind."""
        said = {name: KEPT if there[name] else None for name in self.labellings}
        open_ = bool(self.judges) and set(said.values()) != {KEPT}
        return self._vote(place, said, {name: KEPT if there[name] else LEFT_OUT for name in self.judges} if open_ else None, unit)

    def _answers(self) -> tuple[tuple[Answer, ...], dict[str, tuple[Share, ...]]]:
        answers, distributions = [], {}
        for layer in self.schema.choice_layers:
            for question in layer.questions:
                place = _Place(layer.name, f"answer {question.name}")
                said = _each(self.labellings, lambda own: _answer(own, layer.name, question.name))  # noqa: B023
                given = [value for value in said.values() if value is not None]
                judged = _each(self.judges, lambda own: _answer(own, layer.name, question.name))  # noqa: B023
                differ = len(set(given)) > 1 or (given and len(given) < len(said))
                found = self._vote(place, said, judged if self.judges and differ else None, question.name)
                if given:
                    self._note(place, found)
                if found.value is not None:
                    answers.append(Answer(layer.name, question.name, found.value))
                shares = (Share(value.name, given.count(value.name) / len(given)) for value in question.values if value.name in given)
                distributions[f"{layer.name}.{question.name}"] = tuple(shares)
        return tuple(answers), distributions

    # Items

    def _items(self, layer: MentionLayer | FrameLayer, clusters: list[Members]) -> Iterator[_Kept]:
        taken: set[tuple[str, str]] = set()
        order = sorted(range(len(clusters)), key=lambda n: (min((i.start, i.end) for i in clusters[n].values()), n))
        for number in order:
            kept = self._item(layer, (layer.name, number), clusters[number], taken)
            if kept is not None:
                yield kept

    def _item(self, layer: MentionLayer | FrameLayer, key: Key, cluster: Members, taken: set[tuple[str, str]]) -> _Kept | None:
        members = {name: each for name, each in cluster.items() if name in self.labellings}
        own = {name: each for name, each in cluster.items() if name in self.judges}
        judged = own if self.judges and (key in self.contested or not members) else None
        place = _Place(layer.name, "", *_covered(members or own))
        votes = {"exists": self._exists(place, key, members, judged), "span": self._span(place, members, judged)}
        kinds = None if judged is None else _each(judged, lambda item: item.type)
        votes["type"] = kind = self._vote(place._replace(decision="type"), _each(members, lambda item: item.type), kinds, str(key[1]))
        lost = next((what for what, found in votes.items() if found.value is None), None)
        anchor = (votes["span"].value or "", kind.value or "")
        if lost is None and anchor in taken:
            lost, votes["type"] = "type", self._fallen("duplicate", kind.winner.votes, kind.winner.of, kind.said)
        place = place._replace(item=None if lost else f"{layer.name}-{len(taken) + 1}")
        marked = tuple(Marked(name.removeprefix(JUDGE), item.id) for name, item in [*members.items(), *own.items()])
        self.clusters.append(Cluster(layer.name, place.item, place.start or 0, place.end or 0, marked))
        for what, found in votes.items():
            self._note(place._replace(decision=f"{what} {place.start}-{place.end}" if lost else what), found, key)
            if what == lost:
                return None
        taken.add(anchor)
        kept = self._kept(layer, key, place, anchor, members, judged)
        self.numbers[kept.gold.id] = f"{layer.name} {key[1]}"
        self.gold_items.update(((name, item.id), kept.gold) for name, item in cluster.items())
        return kept

    def _exists(self, place: _Place, key: Key, members: Members, judged: Members | None) -> _Vote:
        said = {name: KEPT if name in members else None for name in self.labellings}
        words = None if judged is None else {name: KEPT if name in judged else LEFT_OUT for name in self.judges}
        return self._vote(place._replace(decision="exists"), said, words, str(key[1]))

    def _span(self, place: _Place, members: Members, judged: Members | None) -> _Vote:
        """Whole spans are voted on, then each boundary by itself."""
        place = place._replace(decision="span")
        whole = self._vote(place, _each(members, _span_of), None if judged is None else _each(judged, _span_of))
        if whole.value is not None:
            return whole
        strategy, voters = (self._strategy(place.layer, place.decision), members) if judged is None else ("majority", judged)
        start = vote(strategy, _each(voters, lambda item: str(item.start)))
        end = vote(strategy, _each(voters, lambda item: str(item.end)))
        if start.value is None or end.value is None or int(start.value) >= int(end.value):
            return whole
        votes, of = min(start.votes, end.votes), len(voters)
        how = "majority" if judged is None else "adjudicated"
        return whole._replace(winner=Winner(f"{start.value}-{end.value}", how, votes, of, votes / of))

    def _kept(
        self, layer: MentionLayer | FrameLayer, key: Key, place: _Place, anchor: tuple[str, str], members: Members, judged: Members | None
    ) -> _Kept:
        span, kind = [int(each) for each in anchor[0].split("-")], anchor[1]
        winners = _frames_of(members, kind)
        decisive = None if judged is None else _frames_of(judged, kind)
        gold: Item
        if isinstance(layer, FrameLayer):
            attributes = self._attributes(layer, key, place, kind, winners, decisive)
            gold = Frame(place.item or "", layer.name, kind, span[0], span[1], attributes)
        else:
            gold = Mention(place.item or "", layer.name, kind, span[0], span[1], self._entity(place, members, judged))
        return _Kept(key, gold, place, winners, decisive)

    def _entity(self, place: _Place, members: Members, judged: Members | None) -> str | None:
        """By those who named one."""
        named = {name: each.entity for name, each in members.items() if isinstance(each, Mention) and each.entity}
        theirs = {name: each.entity for name, each in (judged or {}).items() if isinstance(each, Mention) and each.entity}
        if not named and not theirs:
            return None
        found = self._vote(place._replace(decision="entity"), named, theirs or None)
        self._note(place._replace(decision="entity"), found)
        return found.value

    def _attributes(
        self, layer: FrameLayer, key: Key, place: _Place, kind: str, winners: dict[str, Frame], judged: dict[str, Frame] | None
    ) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        for asked in layer.attributes:
            values[asked.name] = None
            if asked.values_for(kind):
                here = place._replace(decision=f"attribute {asked.name}")
                said = {name: frame.attributes.get(asked.name) or "" for name, frame in winners.items()}
                words = None if judged is None else {name: frame.attributes.get(asked.name) or "" for name, frame in judged.items()}
                found = self._vote(here, said, words, str(key[1]))
                values[asked.name] = found.value or None
                self._note(here, found, key)
        return values

    def _with_arguments(self, kept: _Kept, frame: Frame) -> Frame:
        layer = self.schema.span_layers[frame.layer]
        assert isinstance(layer, FrameLayer)
        given: dict[tuple[str, str], set[str]] = {}  # (role, filler) → who says so
        fallen: dict[str, set[str]] = {}
        fillers: dict[str, Item] = {}
        for name, own in (kept.winners | (kept.judged or {})).items():
            for argument in own.arguments:
                filler = self.gold_items.get((name, argument.ref))
                if filler is None:
                    fallen.setdefault(argument.role, set()).add(name)
                elif filler.id != frame.id:
                    given.setdefault((argument.role, filler.id), set()).add(name)
                    fillers[filler.id] = filler
        for role_name, names in sorted(fallen.items()):
            said = {name: KEPT if name in names else None for name in kept.winners}
            votes = len(names & kept.winners.keys()) or len(names)
            self._note(
                kept.place._replace(decision=f"argument {role_name}"),
                self._fallen("dependent", votes, len(said) or len(kept.judged or ()), said),
                kept.key,
            )
        arguments = []
        for (role_name, ref), names in sorted(given.items()):
            place = kept.place._replace(decision=f"argument {role_name} {ref}")
            said = {name: KEPT if name in names else None for name in kept.winners}
            words = None if kept.judged is None else {name: KEPT if name in names else LEFT_OUT for name in kept.judged}
            found = self._vote(place, said, words, f"{kept.key[1]} {role_name} {self.numbers[ref]}")
            role = layer.role(role_name)
            if found.value and not (role is not None and role.takes(fillers[ref].layer, fillers[ref].type)):
                found = self._fallen("dependent", found.winner.votes, found.winner.of, said)
            self._note(place, found, kept.key)
            if found.value:
                arguments.append(Argument(role_name, ref))
        return Frame(frame.id, frame.layer, frame.type, frame.start, frame.end, frame.attributes, tuple(arguments))


def _under(name: str, labelling: Labelling) -> Labelling:
    return Labelling(labelling.article, name, labelling.mentions, labelling.frames)


def _each(those: dict[str, Thing], say: Callable[[Thing], str | None]) -> dict[str, str | None]:
    return {name: say(each) for name, each in those.items()}


def _span_of(item: Item) -> str:
    return f"{item.start}-{item.end}"


def _covered(members: Members) -> tuple[int, int]:
    return min(each.start for each in members.values()), max(each.end for each in members.values())


def _frames_of(members: Members, kind: str) -> dict[str, Frame]:
    return {name: each for name, each in members.items() if isinstance(each, Frame) and each.type == kind}


def _answer(labelling: Labelling, layer: str, question: str) -> str | None:
    return next((each.value for each in labelling.answers if (each.layer, each.question) == (layer, question)), None)


def _about(verdict: Verdict, decision: Decision) -> bool:
    """Whether an adjudicator's verdict is of this decision: of the same place, or the same question."""
    if verdict.layer != decision.layer:
        return False
    if decision.start is None or decision.end is None:
        return not decision.decision.startswith("answer") or decision.decision == f"answer {verdict.item}"
    return verdict.start < decision.end and decision.start < verdict.end


def _once(told: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({each for each in told if each}))
