"""What an adjudicator is given of one article: what all annotators agree on, and the candidates for all else, blinded.

Annotators' items that are aligned are one item here. Its candidates are what was said of it: span, type, attributes and arguments, an
argument's filler being the item that it is part of. Two annotators who said the same share a candidate. An item of one candidate that
all annotators have is agreed; every other is contested, and all are where one annotator alone is to be checked.
"""

from __future__ import annotations

import hmac
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct, structs

from annotate.agreement.alignment import align
from annotate.records import Argument, Frame, Labelling, Mention
from annotate.schema import Schema
from annotate.schema.adjudication_page import LINKS, region_prefix
from annotate.schema.labelling_page import UNUSABLE, question_control
from annotate.schema.renames import Renames, to_today

ARTICLE = "article"  # the "layer" whose weight holds for whether the article can be annotated

Annotators = tuple[str, ...]


class Region(Struct, frozen=True):
    """One candidate, or one agreed item (``letters`` empty).

    id:        as on the page; says its letters, and nothing of whose it is
    item:      which item it is a candidate for ("events-3")
    letters:   "A", or "A+B" for a candidate of two
    arguments: refs are ids of regions; several of one role and item where its filler is contested
    """

    id: str
    item: str
    letters: str
    annotators: Annotators
    layer: str
    type: str
    start: int
    end: int
    entity: str | None = None
    attributes: dict[str, str | None] = {}
    arguments: tuple[Argument, ...] = ()


class LinkOffer(Struct, frozen=True):
    """Two items that some annotators linked; ``letters`` empty where all did."""

    id: str
    layer: str
    first: str
    second: str
    letters: str
    annotators: Annotators


class Vote(Struct, frozen=True):
    """An answer to a question about the whole article (``control``: its name on the page), and who gave it; None: no answer."""

    value: str | None
    letters: str
    annotators: Annotators


class Sheet(Struct, frozen=True):
    """All that is sent of one article in one round, and what is needed to read the decision on it.

    basis:    digest of the labellings it was made from
    letters:  annotator → letter
    votes:    control of the page → votes; one vote of all where they agree
    priority: Σ over what is contested of entropy (bits) × the layer's weight
    """

    article: str
    round: int
    basis: str
    letters: dict[str, str]
    regions: tuple[Region, ...]
    links: tuple[LinkOffer, ...]
    votes: dict[str, tuple[Vote, ...]]
    priority: float

    @property
    def contested_items(self) -> dict[str, list[Region]]:
        """Item → its candidates, by position."""
        items: dict[str, list[Region]] = {}
        for each in self.regions:
            if each.letters:
                items.setdefault(each.item, []).append(each)
        return items

    @property
    def contested_links(self) -> list[LinkOffer]:
        return [each for each in self.links if each.letters]

    @property
    def contested_votes(self) -> dict[str, tuple[Vote, ...]]:
        return {control: votes for control, votes in self.votes.items() if len(votes) > 1}

    @property
    def contested(self) -> int:
        return len(self.contested_items) + len(self.contested_links) + len(self.contested_votes)


def in_names_of_today(schema: Schema, sheet: Sheet) -> Sheet:
    """A sheet that was sent before labels got other names."""
    if not schema.migrations:
        return sheet
    names = to_today(schema.migrations)
    questions = {question_control(layer, each): (layer.name, each.name) for layer in schema.choice_layers for each in layer.questions}
    votes = {
        control: tuple(structs.replace(each, value=names.of_value(*questions[control], each.value)) for each in given)
        if control in questions
        else given
        for control, given in sheet.votes.items()
    }
    return structs.replace(sheet, regions=tuple(_renamed(each, names) for each in sheet.regions), votes=votes)


def _renamed(region: Region, names: Renames) -> Region:
    return structs.replace(
        region,
        type=names.of_type(region.layer, region.type),
        attributes=names.of_attributes(region.layer, region.attributes),
        arguments=names.of_arguments(region.layer, region.arguments),
    )


class _Content(NamedTuple):
    """What makes two annotators' items the same. Entity names are no part of it: they are free words."""

    start: int
    end: int
    type: str
    attributes: tuple[tuple[str, str], ...]
    arguments: tuple[tuple[str, str], ...]  # (role, item of the filler)


class _Candidate(NamedTuple):
    id: str
    item: str
    layer: str
    letters: str
    content: _Content
    members: dict[str, Mention | Frame]  # annotator → their item


def sheet_of(
    schema: Schema, labellings: Iterable[Labelling], *, number: int, basis: str, salt: str, weights: Mapping[str, float] = {}
) -> Sheet:
    """The sheet of one article's labellings in round ``number``.

    Letters and ids are drawn by a keyed digest of the workspace's salt, so that they are the same again and tell nothing.
    """
    own = sorted(labellings, key=lambda each: each.annotator)
    return _Drawing(schema, own, number, basis, salt, weights).sheet()


class _Drawing:
    def __init__(
        self, schema: Schema, labellings: Sequence[Labelling], number: int, basis: str, salt: str, weights: Mapping[str, float]
    ) -> None:
        self.schema = schema
        self.labellings = labellings
        self.number = number
        self.basis = basis
        self.salt = salt
        self.weights = weights
        names = sorted((each.annotator for each in labellings), key=self._digest)
        self.letters = {name: _letter(place) for place, name in enumerate(names)}
        clusters = {
            f"{layer}-{n}": members
            for layer in schema.span_layers
            for n, members in enumerate(align({each.annotator: each.of_layer(layer) for each in labellings}), 1)
        }
        self.item_of = {(name, each.id): item for item, members in clusters.items() for name, each in members.items()}
        self.candidates = {item: list(self._candidates(item, members)) for item, members in clusters.items()}

    def _digest(self, *parts: object) -> str:
        said = "\n".join(map(str, (self.labellings[0].article, self.number, self.basis, *parts)))
        return hmac.new(self.salt.encode(), said.encode(), sha256).hexdigest()

    def _candidates(self, item: str, members: dict[str, Mention | Frame]) -> Iterator[_Candidate]:
        by_content: dict[_Content, dict[str, Mention | Frame]] = {}
        for name, each in members.items():
            by_content.setdefault(self._content(name, each), {})[name] = each
        agreed = len(by_content) == 1 and len(members) == len(self.labellings) > 1
        for content, own in sorted(by_content.items()):
            letters = "" if agreed else self._letters_of(own)
            name = region_prefix(letters) + self._digest(item, content)[:10]
            yield _Candidate(name, item, next(iter(own.values())).layer, letters, content, own)

    def _content(self, name: str, item: Mention | Frame) -> _Content:
        attributes, arguments = {}, set()
        if isinstance(item, Frame):
            attributes = {key: value for key, value in item.attributes.items() if value is not None}
            arguments = {(each.role, self.item_of[name, each.ref]) for each in item.arguments if (name, each.ref) in self.item_of}
        return _Content(item.start, item.end, item.type, tuple(sorted(attributes.items())), tuple(sorted(arguments)))

    def sheet(self) -> Sheet:
        regions = [self._region(each) for own in self.candidates.values() for each in own]
        votes, links = dict(self._votes()), tuple(self._links())
        return Sheet(
            article=self.labellings[0].article,
            round=self.number,
            basis=self.basis,
            letters=self.letters,
            regions=tuple(sorted(regions, key=lambda each: (each.start, each.end, each.item, each.letters))),
            links=links,
            votes=votes,
            priority=round(self._priority(votes, links), 6),
        )

    def _region(self, candidate: _Candidate) -> Region:
        content, names = candidate.content, tuple(candidate.members)
        schema_layer = self.schema.span_layers[candidate.layer]
        asked = [each.name for each in getattr(schema_layer, "attributes", ())]
        return Region(
            id=candidate.id,
            item=candidate.item,
            letters=candidate.letters,
            annotators=names,
            layer=candidate.layer,
            type=content.type,
            start=content.start,
            end=content.end,
            entity=_entity(candidate.members.values()),
            attributes={name: dict(content.attributes).get(name) for name in asked},
            arguments=tuple(
                Argument(role, filler.id)
                for role, item in content.arguments
                for filler in self.candidates[item]
                if filler.members.keys() & names
            ),
        )

    def _letters_of(self, names: Iterable[str]) -> str:
        return "+".join(sorted((self.letters[each] for each in names), key=lambda letter: (len(letter), letter)))

    def _links(self) -> Iterator[LinkOffer]:
        drawn: dict[tuple[str, str, str], set[str]] = {}
        for each in self.labellings:
            for link in each.links:
                ends = [self.item_of.get((each.annotator, end)) for end in (link.first, link.second)]
                if ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
                    first, second = sorted((ends[0], ends[1]))
                    drawn.setdefault((link.layer, first, second), set()).add(each.annotator)
        for (layer, first, second), names in sorted(drawn.items()):
            letters = "" if len(names) == len(self.labellings) else self._letters_of(names)
            yield LinkOffer(self._digest(LINKS, layer, first, second)[:10], layer, first, second, letters, tuple(sorted(names)))

    def _votes(self) -> Iterator[tuple[str, tuple[Vote, ...]]]:
        for layer in self.schema.choice_layers:
            for question in layer.questions:
                asked = (layer.name, question.name)
                said = {
                    each.annotator: next((a.value for a in each.answers if (a.layer, a.question) == asked), None)
                    for each in self.labellings
                }
                yield question_control(layer, question), self._counted(said)
        cannot = {each.annotator: each.unusable for each in self.labellings}
        # That it cannot be annotated is one answer, whatever the reason.
        agreed = Counter(cannot.values()).most_common(1)[0][0] if all(cannot.values()) else None
        yield UNUSABLE, self._counted(dict.fromkeys(cannot, agreed) if agreed else cannot)

    def _counted(self, said: Mapping[str, str | None]) -> tuple[Vote, ...]:
        values = sorted(set(said.values()), key=lambda value: (value is None, value or ""))
        names = {value: tuple(sorted(name for name, own in said.items() if own == value)) for value in values}
        return tuple(Vote(value, self._letters_of(own), own) for value, own in names.items())

    def _priority(self, votes: Mapping[str, Sequence[Vote]], links: Iterable[LinkOffer]) -> float:
        of = len(self.labellings)
        total = 0.0
        for own in self.candidates.values():
            total += self.weights.get(own[0].layer, 1.0) * entropy([len(each.members) for each in own], of)
        for link in links:
            total += self.weights.get(link.layer, 1.0) * entropy([len(link.annotators)], of)
        layers = {question_control(layer, each): layer.name for layer in self.schema.choice_layers for each in layer.questions}
        for control, given in votes.items():
            total += self.weights.get(layers.get(control, ARTICLE), 1.0) * entropy([len(each.annotators) for each in given], of)
        return total


def entropy(counts: Sequence[int], of: int) -> float:
    """Shannon's entropy in bits of what ``of`` annotators said; those not counted said nothing, which is one more answer."""
    parts = [each for each in (*counts, of - sum(counts)) if each]
    return sum(each / of * math.log2(of / each) for each in parts)


def _letter(place: int) -> str:
    """A … Z, then A2 … Z2 and so on."""
    turn, number = divmod(place, 26)
    return chr(ord("A") + number) + (str(turn + 1) if turn else "")


def _entity(items: Iterable[Mention | Frame]) -> str | None:
    """What most of them name it; of equals the first in order."""
    named = Counter(sorted(each.entity for each in items if isinstance(each, Mention) and each.entity))
    return named.most_common(1)[0][0] if named else None
