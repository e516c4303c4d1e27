"""The items of one article's gold: clusters of what annotators marked, decision by decision.

Where adjudicators were heard, they decide each contested cluster as a whole, by over half of them, each with what stands in their
labelling. What they added is a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from annotate.agreement.clusters import Members
from annotate.gold.trail import JUDGE, Key, Place, Trail, Vote, said_by
from annotate.gold.vote import KEPT, LEFT_OUT, Winner, vote
from annotate.records import Argument, Cluster, Frame, Marked, Mention
from annotate.schema import FrameLayer, MentionLayer

Item = Mention | Frame


class Kept(NamedTuple):
    """A gold item, its place, and the frames that have the type that won: annotators', and adjudicators' where these decide."""

    key: Key
    gold: Item
    place: Place
    winners: dict[str, Frame]
    judged: dict[str, Frame] | None


class Items:
    """The items that are kept, as their clusters are decided.

    contested: the clusters that the adjudicators decide
    of:        (annotator, their item's id) → the gold item
    numbers:   gold item → its cluster, whose number no adjudication changes
    """

    def __init__(self, trail: Trail, contested: frozenset[Key]) -> None:
        self.trail, self.contested = trail, contested
        self.clusters: list[Cluster] = []
        self.of: dict[tuple[str, str], Item] = {}
        self.numbers: dict[str, str] = {}

    def decide(self, layer: MentionLayer | FrameLayer, clusters: list[Members]) -> Iterator[Kept]:
        """A layer's items, in the order of the text."""
        taken: set[tuple[str, str]] = set()
        order = sorted(range(len(clusters)), key=lambda n: (min((i.start, i.end) for i in clusters[n].values()), n))
        for number in order:
            kept = self._item(layer, (layer.name, number), clusters[number], taken)
            if kept is not None:
                yield kept

    def with_arguments(self, layer: FrameLayer, kept: Kept, frame: Frame) -> Frame:
        """A frame with what fills its roles, when the items of all layers are decided."""
        given: dict[tuple[str, str], set[str]] = {}  # (role, filler) → who says so
        fallen: dict[str, set[str]] = {}
        fillers: dict[str, Item] = {}
        for name, own in (kept.winners | (kept.judged or {})).items():
            for argument in own.arguments:
                filler = self.of.get((name, argument.ref))
                if filler is None:
                    fallen.setdefault(argument.role, set()).add(name)
                elif filler.id != frame.id:
                    given.setdefault((argument.role, filler.id), set()).add(name)
                    fillers[filler.id] = filler
        for role, names in sorted(fallen.items()):
            self._note_fallen(kept, role, names)
        said = ((role, fillers[ref], names) for (role, ref), names in sorted(given.items()))
        arguments = tuple(Argument(role, filler.id) for role, filler, names in said if self._fills(layer, kept, role, filler, names))
        return Frame(frame.id, frame.layer, frame.type, frame.start, frame.end, frame.attributes, arguments)

    def _note_fallen(self, kept: Kept, role: str, names: set[str]) -> None:
        """What some say fills a role, and was left out itself."""
        said = {name: KEPT if name in names else None for name in kept.winners}
        votes = len(names & kept.winners.keys()) or len(names)
        fallen = self.trail.fallen("dependent", votes, len(said) or len(kept.judged or ()), said)
        self.trail.note(kept.place._replace(decision=f"argument {role}"), fallen, kept.key)

    def _fills(self, layer: FrameLayer, kept: Kept, role_name: str, filler: Item, names: set[str]) -> bool:
        """Is it decided that the filler has the role, and may it?"""
        place = kept.place._replace(decision=f"argument {role_name} {filler.id}")
        said = {name: KEPT if name in names else None for name in kept.winners}
        words = None if kept.judged is None else {name: KEPT if name in names else LEFT_OUT for name in kept.judged}
        found = self.trail.vote(place, said, words, f"{kept.key[1]} {role_name} {self.numbers[filler.id]}")
        role = layer.role(role_name)
        if found.value and not (role is not None and role.takes(filler.layer, filler.type)):
            found = self.trail.fallen("dependent", found.winner.votes, found.winner.of, said)
        self.trail.note(place, found, kept.key)
        return bool(found.value)

    def _item(self, layer: MentionLayer | FrameLayer, key: Key, cluster: Members, taken: set[tuple[str, str]]) -> Kept | None:
        trail = self.trail
        members = {name: each for name, each in cluster.items() if name in trail.labellings}
        own = {name: each for name, each in cluster.items() if name in trail.judges}
        judged = own if trail.judges and (key in self.contested or not members) else None
        place = Place(layer.name, "", *_covered(members or own))
        votes = {"exists": self._exists(place, key, members, judged), "span": self._span(place, members, judged)}
        kinds = None if judged is None else said_by(judged, lambda item: item.type)
        votes["type"] = kind = trail.vote(place._replace(decision="type"), said_by(members, lambda item: item.type), kinds, str(key[1]))
        lost = next((what for what, found in votes.items() if found.value is None), None)
        anchor = (votes["span"].value or "", kind.value or "")
        if lost is None and anchor in taken:
            lost, votes["type"] = "type", trail.fallen("duplicate", kind.winner.votes, kind.winner.of, kind.said)
        place = place._replace(item=None if lost else f"{layer.name}-{len(taken) + 1}")
        marked = tuple(Marked(name.removeprefix(JUDGE), item.id) for name, item in [*members.items(), *own.items()])
        self.clusters.append(Cluster(layer.name, place.item, place.start or 0, place.end or 0, marked))
        for what, found in votes.items():
            trail.note(place._replace(decision=f"{what} {place.start}-{place.end}" if lost else what), found, key)
            if what == lost:
                return None
        taken.add(anchor)
        kept = self._kept(layer, key, place, anchor, members, judged)
        self.numbers[kept.gold.id] = f"{layer.name} {key[1]}"
        self.of.update(((name, item.id), kept.gold) for name, item in cluster.items())
        return kept

    def _exists(self, place: Place, key: Key, members: Members, judged: Members | None) -> Vote:
        said = {name: KEPT if name in members else None for name in self.trail.labellings}
        words = None if judged is None else {name: KEPT if name in judged else LEFT_OUT for name in self.trail.judges}
        return self.trail.vote(place._replace(decision="exists"), said, words, str(key[1]))

    def _span(self, place: Place, members: Members, judged: Members | None) -> Vote:
        """Whole spans are voted on, then each boundary by itself."""
        place = place._replace(decision="span")
        whole = self.trail.vote(place, said_by(members, _span_of), None if judged is None else said_by(judged, _span_of))
        if whole.value is not None:
            return whole
        strategy, voters = (self.trail.strategy(place), members) if judged is None else ("majority", judged)
        start = vote(strategy, said_by(voters, lambda item: str(item.start)))
        end = vote(strategy, said_by(voters, lambda item: str(item.end)))
        if start.value is None or end.value is None or int(start.value) >= int(end.value):
            return whole
        votes, of = min(start.votes, end.votes), len(voters)
        how = "majority" if judged is None else "adjudicated"
        return whole._replace(winner=Winner(f"{start.value}-{end.value}", how, votes, of, votes / of))

    def _kept(
        self, layer: MentionLayer | FrameLayer, key: Key, place: Place, anchor: tuple[str, str], members: Members, judged: Members | None
    ) -> Kept:
        span, kind = [int(each) for each in anchor[0].split("-")], anchor[1]
        winners = _frames_of(members, kind)
        decisive = None if judged is None else _frames_of(judged, kind)
        gold: Item
        if isinstance(layer, FrameLayer):
            attributes = self._attributes(layer, key, place, kind, winners, decisive)
            gold = Frame(place.item or "", layer.name, kind, span[0], span[1], attributes)
        else:
            gold = Mention(place.item or "", layer.name, kind, span[0], span[1], self._entity(place, members, judged))
        return Kept(key, gold, place, winners, decisive)

    def _entity(self, place: Place, members: Members, judged: Members | None) -> str | None:
        """By those who named one."""
        named = {name: each.entity for name, each in members.items() if isinstance(each, Mention) and each.entity}
        theirs = {name: each.entity for name, each in (judged or {}).items() if isinstance(each, Mention) and each.entity}
        if not named and not theirs:
            return None
        place = place._replace(decision="entity")
        found = self.trail.vote(place, named, theirs or None)
        self.trail.note(place, found)
        return found.value

    def _attributes(
        self, layer: FrameLayer, key: Key, place: Place, kind: str, winners: dict[str, Frame], judged: dict[str, Frame] | None
    ) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        for asked in layer.attributes:
            values[asked.name] = None
            if asked.values_for(kind):
                here = place._replace(decision=f"attribute {asked.name}")
                said = {name: frame.attributes.get(asked.name) or "" for name, frame in winners.items()}
                words = None if judged is None else {name: frame.attributes.get(asked.name) or "" for name, frame in judged.items()}
                found = self.trail.vote(here, said, words, str(key[1]))
                values[asked.name] = found.value or None
                self.trail.note(here, found, key)
        return values


def _span_of(item: Item) -> str:
    return f"{item.start}-{item.end}"


def _covered(members: Members) -> tuple[int, int]:
    return min(each.start for each in members.values()), max(each.end for each in members.values())


def _frames_of(members: Members, kind: str) -> dict[str, Frame]:
    return {name: each for name, each in members.items() if isinstance(each, Frame) and each.type == kind}
