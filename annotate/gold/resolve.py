"""Resolve the annotations of one article, each decision apart: exists, span, type, each attribute, each argument, each answer.

``majority``: an item exists when over half of those who submitted the article marked it; its span and type are those of over half of
those who marked it, its attributes and arguments those of over half of those who chose the winning type. ``unanimous``: all of
them. A tie is a tie: an item without a winning span or type is left out, an attribute or answer without a winner is null, and either
is listed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from msgspec import Struct

from annotate.agreement.alignment import align
from annotate.errors import UsageProblem
from annotate.gold.basis import basis_of
from annotate.records import Adjudication, Answer, Argument, Decision, Frame, Gold, Labelling, Link, Mention, Share
from annotate.schema import FrameLayer, MentionLayer, Schema
from annotate.workspace import GoldSettings

__all__ = ["STRATEGIES", "basis_of", "resolve", "resolve_all"]

STRATEGIES = ("majority", "unanimous")

Item = Mention | Frame
Value = TypeVar("Value")


class _Winner(Struct, Generic[Value]):
    value: Value | None
    how: str
    votes: int
    of: int


class _Cluster(Struct):
    """A kept cluster: its gold item, and each annotator's item in it."""

    gold: Item
    members: dict[str, Item]
    winners: dict[str, Frame]  # those of the winning type


def resolve(schema: Schema, labellings: list[Labelling], strategy: str) -> Gold:
    """Gold of one article from its submitted labellings, one an annotator.

    Raises UsageProblem on an unknown strategy.
    """
    if strategy not in STRATEGIES:
        raise UsageProblem(f"unknown gold strategy {strategy!r}; one of {', '.join(STRATEGIES)}")
    return _Resolution(schema, sorted(labellings, key=lambda each: each.annotator), strategy).gold()


def resolve_all(
    schema: Schema, labellings: Iterable[Labelling], settings: GoldSettings, adjudications: Iterable[Adjudication] = ()
) -> list[Gold]:
    """Gold of every article that somebody has submitted, in the order of the articles."""
    by_article: dict[str, list[Labelling]] = defaultdict(list)
    for labelling in labellings:
        by_article[labelling.article].append(labelling)
    return [resolve(schema, found, settings.strategy) for _, found in sorted(by_article.items())]


class _Resolution:
    def __init__(self, schema: Schema, labellings: list[Labelling], strategy: str) -> None:
        self.schema = schema
        self.labellings = labellings
        self.strategy = strategy
        self.submitted = len(labellings)
        self.decisions: list[Decision] = []
        self.gold_ids: dict[tuple[str, str], Item] = {}  # (annotator, their id) → the gold item

    def gold(self) -> Gold:
        unusable = self._unusable()
        clusters = [cluster for layer in self.schema.span_layers.values() for cluster in self._items(layer)]
        frames = tuple(self._with_arguments(each) for each in clusters if isinstance(each.gold, Frame))
        answers, distributions = self._answers()
        labelling = Labelling(
            article=self.labellings[0].article,
            annotator="gold",
            mentions=tuple(each.gold for each in clusters if isinstance(each.gold, Mention)),
            frames=frames,
            links=tuple(self._links()),
            answers=answers,
            unusable=unusable,
        )
        names = tuple(each.annotator for each in self.labellings)
        return Gold(labelling, names, self.strategy if self.submitted > 1 else "single", tuple(self.decisions), distributions)

    def _vote(self, counts: Counter[Value], of: int) -> _Winner[Value]:
        """The value of over half (unanimous: of all) of the voters."""
        if not counts:
            return _Winner(None, "minority", 0, of)
        (value, votes), *others = counts.most_common()
        if votes == of:
            return _Winner(value, "unanimous", votes, of)
        if self.strategy == "majority" and 2 * votes > of:
            return _Winner(value, "majority", votes, of)
        return _Winner(None, "tie" if others and others[0][1] == votes else "minority", votes, of)

    def _note(self, layer: str, item: str | None, decision: str, outcome: object, winner: _Winner[Any]) -> None:
        if winner.how != "unanimous":
            self.decisions.append(
                Decision(layer, item, decision, None if outcome is None else str(outcome), winner.how, winner.votes, winner.of)
            )

    def _unusable(self) -> str | None:
        """Whether the article can be annotated is voted on, not why not: the most common reason stands for all."""
        reasons = Counter(sorted(each.unusable for each in self.labellings if each.unusable is not None))
        if not reasons:
            return None
        winner = self._vote(Counter({"unusable": reasons.total()}), self.submitted)
        self._note("article", None, "unusable", winner.value, winner)
        if winner.value is None:
            return None
        reason = reasons.most_common(1)[0][0]
        self._note("article", None, "unusable because", reason, self._vote(reasons, reasons.total()))
        return reason

    def _items(self, layer: MentionLayer | FrameLayer) -> Iterator[_Cluster]:
        spans = {each.annotator: each.of_layer(layer.name) for each in self.labellings}
        taken: set[tuple[int, int, str]] = set()
        for members in align(spans):
            place = f"{min(i.start for i in members.values())}-{max(i.end for i in members.values())}"
            exists = self._vote(Counter({"exists": len(members)}), self.submitted)
            if exists.value is None:
                self._note(layer.name, None, f"exists {place}", None, exists)
                continue
            span, kind = self._span(members), self._vote(Counter(i.type for i in members.values()), len(members))
            if span.value is None or kind.value is None or (*span.value, kind.value) in taken:
                what, lost = ("span", span) if span.value is None else ("type", kind)
                how = lost.how if lost.value is None else "duplicate"
                self._note(layer.name, None, f"{what} {place}", None, _Winner(None, how, lost.votes, lost.of))
                continue
            taken.add((*span.value, kind.value))
            item_id = f"{layer.name}-{len(taken)}"
            self._note(layer.name, item_id, "exists", "kept", exists)
            self._note(layer.name, item_id, "span", f"{span.value[0]}-{span.value[1]}", span)
            self._note(layer.name, item_id, "type", kind.value, kind)
            yield self._kept(layer, item_id, kind.value, span.value, members)

    def _span(self, members: dict[str, Item]) -> _Winner[tuple[int, int]]:
        """Whole spans are voted on, then each boundary by itself."""
        whole = self._vote(Counter((i.start, i.end) for i in members.values()), len(members))
        if whole.value is not None:
            return whole
        start = self._vote(Counter(i.start for i in members.values()), len(members))
        end = self._vote(Counter(i.end for i in members.values()), len(members))
        if start.value is None or end.value is None or start.value >= end.value:
            return whole
        return _Winner((start.value, end.value), "majority", min(start.votes, end.votes), len(members))

    def _kept(self, layer: MentionLayer | FrameLayer, item_id: str, kind: str, span: tuple[int, int], members: dict[str, Item]) -> _Cluster:
        winners = {name: i for name, i in members.items() if isinstance(i, Frame) and i.type == kind}
        gold: Item
        if isinstance(layer, FrameLayer):
            gold = Frame(item_id, layer.name, kind, *span, attributes=self._attributes(layer, item_id, kind, winners))
        else:
            named = Counter(i.entity for i in members.values() if isinstance(i, Mention) and i.entity)
            entity = self._vote(named, named.total())
            if named:
                self._note(layer.name, item_id, "entity", entity.value, entity)
            gold = Mention(item_id, layer.name, kind, *span, entity=entity.value)
        for name, item in members.items():
            self.gold_ids[name, item.id] = gold
        return _Cluster(gold, members, winners)

    def _attributes(self, layer: FrameLayer, item_id: str, kind: str, winners: dict[str, Frame]) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        for asked in layer.attributes:
            values[asked.name] = None
            if asked.values_for(kind):
                votes = Counter(frame.attributes.get(asked.name) or "" for frame in winners.values())
                winner = self._vote(votes, len(winners))
                values[asked.name] = winner.value or None
                self._note(layer.name, item_id, f"attribute {asked.name}", winner.value or None, winner)
        return values

    def _with_arguments(self, cluster: _Cluster) -> Frame:
        frame = cluster.gold
        assert isinstance(frame, Frame)
        layer = self.schema.span_layers[frame.layer]
        assert isinstance(layer, FrameLayer)
        votes: Counter[tuple[str, str]] = Counter()
        fallen: Counter[str] = Counter()
        fillers: dict[str, Item] = {}
        for name, own in cluster.winners.items():
            found = [(argument.role, self.gold_ids.get((name, argument.ref))) for argument in own.arguments]
            fallen.update({role for role, filler in found if filler is None})
            mapped = {(role, filler.id): filler for role, filler in found if filler is not None and filler.id != frame.id}
            fillers |= {ref: filler for (_, ref), filler in mapped.items()}
            votes.update(mapped.keys())
        for role_name, count in sorted(fallen.items()):
            self._note(frame.layer, frame.id, f"argument {role_name}", None, _Winner(None, "dependent", count, len(cluster.winners)))
        kept = []
        for (role_name, ref), count in sorted(votes.items()):
            winner = self._vote(Counter({"kept": count}), len(cluster.winners))
            role = layer.role(role_name)
            if winner.value and not (role is not None and role.takes(fillers[ref].layer, fillers[ref].type)):
                winner = _Winner(None, "dependent", winner.votes, winner.of)
            self._note(frame.layer, frame.id, f"argument {role_name} {ref}", winner.value, winner)
            if winner.value:
                kept.append(Argument(role_name, ref))
        return Frame(frame.id, frame.layer, frame.type, frame.start, frame.end, frame.attributes, tuple(kept))

    def _links(self) -> Iterator[Link]:
        votes: Counter[tuple[str, str, str]] = Counter()
        fallen: Counter[str] = Counter()
        for each in self.labellings:
            ends = [
                (link.layer, self.gold_ids.get((each.annotator, link.first)), self.gold_ids.get((each.annotator, link.second)))
                for link in each.links
            ]
            fallen.update({layer for layer, first, second in ends if first is None or second is None})
            votes.update({(layer, *sorted((a.id, b.id))) for layer, a, b in ends if a and b and a.id != b.id})  # type: ignore[misc]
        for layer, count in sorted(fallen.items()):
            self._note(layer, None, "link", None, _Winner(None, "dependent", count, self.submitted))
        for (layer, one, other), count in sorted(votes.items()):
            winner = self._vote(Counter({"kept": count}), self.submitted)
            self._note(layer, None, f"link {one} {other}", winner.value, winner)
            if winner.value:
                yield Link(layer, one, other)

    def _answers(self) -> tuple[tuple[Answer, ...], dict[str, tuple[Share, ...]]]:
        answers, distributions = [], {}
        for layer in self.schema.choice_layers:
            for question in layer.questions:
                given = Counter(
                    a.value for each in self.labellings for a in each.answers if (a.layer, a.question) == (layer.name, question.name)
                )
                winner = self._vote(given, self.submitted)
                if given:
                    self._note(layer.name, None, f"answer {question.name}", winner.value, winner)
                if winner.value is not None:
                    answers.append(Answer(layer.name, question.name, winner.value))
                total = given.total()
                shares = (Share(value.name, given[value.name] / total) for value in question.values if given[value.name])
                distributions[f"{layer.name}.{question.name}"] = tuple(shares)
        return tuple(answers), distributions
