"""What two annotators see differently in one document, each thing once and classed.

One thing that two see differently gives one disagreement of each kind it shows, and never the consequences of another: where a frame or a
mention was missed, the arguments and links that hang on it are not listed again; where one says that an article cannot be annotated,
nothing else of it is.

- missed: only one marked it. boundary: both did, with another start or end. clitic boundary: the same end, and starts in one token that
  differ by licit proclitics only.
- type: another type. stance flip, stance neutral: the same of a frame layer that has the types ``favor`` and ``against``, where one said
  the one and the other the other, or where one of the two stands against ``neutral``.
- attribute: another value, or none. Of two types, only a value that is legal for both is compared.
- role: the same filler in another role. argument: a filler that only one has, or two fillers in one role. Both of frames that both marked,
  and of fillers that both marked.
- link: frames that both marked, joined by one only, or with others. A stretch of joined frames is one thing.
- answer: a question about the document. unusable: one says that it cannot be annotated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

from msgspec import structs

from annotate.agreement.alignment import AlignedPair, Matching
from annotate.agreement.frames.links import linked
from annotate.records import Frame, Link, Mention
from annotate.schema import Attribute, FrameLayer, LinkLayer, MentionLayer, Schema
from annotate.tokens import proclitics

FLIP, NEUTRAL = {"favor", "against"}, "neutral"
NOTHING = "–"
FILLER = 40  # code points of a filler's words that are shown
AS_SPACES = dict.fromkeys(map(ord, "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")  # what breaks a line

Item = Mention | Frame


class Difference(NamedTuple):
    """What two annotators see differently.

    what:  what differs, the same whichever of the two is first: "CONSULT ↔ AGREE", "polarity: positive ↔ negative"
    place: what the two spans cover together; None: the whole document
    first: what the first says, "AGREE [501,508)"; None: nothing
    """

    layer: str
    kind: str
    what: str
    place: tuple[int, int] | None
    first: str | None
    second: str | None


class _Compared(NamedTuple):
    """Two labellings with their text, where what both marked has the second's id.

    first, second: each one's own id → this id; fillers: this id → the item as each marked it
    """

    pair: AlignedPair
    text: str
    first: dict[str, str]
    second: dict[str, str]
    fillers: dict[str, tuple[Item, Item]]


def differences(schema: Schema, pair: AlignedPair, text: str) -> Iterator[Difference]:
    """Everything that the two see differently; ``text`` is the document's."""
    first, second = pair.first.unusable, pair.second.unusable
    if first is not None or second is not None:
        if first is None or second is None:
            yield Difference("document", "unusable", first or second or "", None, first, second)
        return
    compared = _compared(pair, text)
    for layer in schema.span_layers.values():
        matching = (pair.mentions | pair.frames)[layer.name]
        yield from _missed(layer, matching)
        for one, other in matching.pairs:
            yield from _placed(layer, one, other, text)
    for frames in schema.frame_layers:
        for a, b in pair.frames[frames.name].pairs:
            yield from _attributes(frames, a, b)
            yield from _arguments(frames, a, b, compared)
    for links in schema.link_layers:
        yield from _links(links, compared)
    yield from _answers(schema, pair)


def _compared(pair: AlignedPair, text: str) -> _Compared:
    firsts, seconds = ({each.id: each for each in own.items} for own in (pair.first, pair.second))
    both = {b: (firsts[a], seconds[b]) for a, b in pair.counterparts.items()}
    return _Compared(pair, text, pair.counterparts, {each: each for each in both}, both)


def _missed(layer: MentionLayer | FrameLayer, matching: Matching[Any]) -> Iterator[Difference]:
    for each in matching.only_first:
        yield Difference(layer.name, "missed", each.type, _union(each), _words(each), None)
    for each in matching.only_second:
        yield Difference(layer.name, "missed", each.type, _union(each), None, _words(each))


def _placed(layer: MentionLayer | FrameLayer, a: Item, b: Item, text: str) -> Iterator[Difference]:
    """Other boundaries, and another type."""
    kinds = [_type_kind(layer, {a.type, b.type})] if a.type != b.type else []
    if (a.start, a.end) != (b.start, b.end):
        clitic = a.end == b.end and proclitics(text, min(a.start, b.start), max(a.start, b.start))
        kinds.append("clitic boundary" if clitic else "boundary")
    for kind in kinds:
        types = _between([each.name for each in layer.types], a.type, b.type)
        yield Difference(layer.name, kind, types, _union(a, b), _words(a), _words(b))


def _type_kind(layer: MentionLayer | FrameLayer, types: set[str]) -> str:
    if not isinstance(layer, FrameLayer) or not {each.name for each in layer.types} >= FLIP:
        return "type"
    return "stance flip" if types == FLIP else "stance neutral" if NEUTRAL in types and types & FLIP else "type"


def _attributes(layer: FrameLayer, a: Frame, b: Frame) -> Iterator[Difference]:
    for asked in layer.attributes:
        one, other = a.attributes.get(asked.name), b.attributes.get(asked.name)
        if one != other and (a.type == b.type or _legal_for_both(asked, {a.type, b.type}, {one, other})):
            what = f"{asked.name}: {_between([each.name for each in asked.values], one, other)}"
            yield Difference(layer.name, "attribute", what, _union(a, b), one, other)


def _legal_for_both(asked: Attribute, types: set[str], values: set[str | None]) -> bool:
    return all(values <= set(asked.values_for(each)) for each in types)


def _arguments(layer: FrameLayer, a: Frame, b: Frame, compared: _Compared) -> Iterator[Difference]:
    """First the fillers of both that have other roles; then what is left, role by role, in the order of the text."""
    order, place, text = [each.name for each in layer.roles], _union(a, b), compared.text
    mine, theirs = _roles(a, compared.first), _roles(b, compared.second)
    left: dict[str, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    differing = [each for each in {*mine, *theirs} if mine[each] != theirs[each]]
    for first, second, filler in sorted(
        ((*compared.fillers[each], each) for each in differing), key=lambda each: (_in_text(*each[:2]), each[2])
    ):
        own, other = (sorted(each, key=_place_in(order)) for each in (mine[filler] - theirs[filler], theirs[filler] - mine[filler]))
        for role, another in zip(own, other, strict=False):
            what = _between(order, role, another)
            yield Difference(layer.name, "role", what, place, _filled(role, first, text), _filled(another, second, text))
        for role in own[len(other) :]:
            left[role][0].append(first)
        for role in other[len(own) :]:
            left[role][1].append(second)
    for role, fillers in left.items():
        for both in zip_longest(*fillers):
            yield Difference(layer.name, "argument", role, place, *(None if each is None else _filled(role, each, text) for each in both))


def _roles(frame: Frame, known: Mapping[str, str]) -> defaultdict[str, set[str]]:
    """The second's id of each filler that both marked → its roles in a frame."""
    roles: defaultdict[str, set[str]] = defaultdict(set)
    for each in frame.arguments:
        if each.ref in known:
            roles[known[each.ref]].add(each.role)
    return roles


def _links(layer: LinkLayer, compared: _Compared) -> Iterator[Difference]:
    """Of frames that both marked: each stretch that either joined, where the two did not join the same ones of it."""
    first, second = linked(compared.pair.first, layer.name), linked(compared.pair.second, layer.name)
    for stretch in _stretches(layer, compared.pair):
        firsts, seconds = _sets([a for a, _ in stretch], first), _sets([b for _, b in stretch], second)
        if _ids(firsts, compared.first) != _ids(seconds, compared.second):
            told = ["; ".join(" = ".join(_quoted(each, compared.text) for each in own) for own in side) for side in (firsts, seconds)]
            place = _union(*(each for both in stretch for each in both))
            yield Difference(layer.name, "link", layer.between, place, *(each or None for each in told))


def _stretches(layer: LinkLayer, pair: AlignedPair) -> Iterable[list[tuple[Frame, Frame]]]:
    """The frames that both marked, as far as links of either join them."""
    joined = _linked_by_either(layer, pair)
    stretches: dict[str, list[tuple[Frame, Frame]]] = defaultdict(list)
    for a, b in pair.frames[layer.between].pairs:
        if b.id in joined:
            stretches[joined[b.id]].append((a, b))
    return stretches.values()


def _linked_by_either(layer: LinkLayer, pair: AlignedPair) -> dict[str, str]:
    """``linked`` of both annotators' links together, frames by the second's ids; one that only the first marked has an id of its own."""
    ids = defaultdict(str, pair.counterparts)
    of_first = [
        Link(layer.name, *(ids[end] or f"\0{end}" for end in (each.first, each.second)))
        for each in pair.first.links
        if each.layer == layer.name
    ]
    return linked(structs.replace(pair.second, links=(*pair.second.links, *of_first)), layer.name)


def _sets(frames: list[Frame], stands: dict[str, str]) -> list[list[Frame]]:
    """The frames that an annotator joined, set by set, in the order of the text; those that stand alone are left out."""
    sets: dict[str, list[Frame]] = defaultdict(list)
    for each in sorted(frames, key=_in_text):
        sets[stands.get(each.id, each.id)].append(each)
    return [own for own in sets.values() if len(own) > 1]


def _ids(sets: list[list[Frame]], known: Mapping[str, str]) -> set[frozenset[str]]:
    return {frozenset(known[each.id] for each in own) for own in sets}


def _answers(schema: Schema, pair: AlignedPair) -> Iterator[Difference]:
    first, second = ({(each.layer, each.question): each.value for each in own.answers} for own in (pair.first, pair.second))
    for layer in schema.choice_layers:
        for question in layer.questions:
            one, other = first.get((layer.name, question.name)), second.get((layer.name, question.name))
            if one != other:
                what = f"{question.name}: {_between([each.name for each in question.values], one, other)}"
                yield Difference(layer.name, "answer", what, None, one, other)


# ── In words ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _between(order: list[str], one: str | None, other: str | None) -> str:
    """The two in the schema's order, or the one that they are."""
    named = sorted({NOTHING if each is None else each for each in (one, other)}, key=_place_in(order))
    return " ↔ ".join(named)


def _place_in(order: list[str]) -> Callable[[str], tuple[int, str]]:
    """The key that sorts names as the schema does, with strange ones behind."""
    return lambda name: (order.index(name) if name in order else len(order), name)


def _words(item: Item) -> str:
    return f"{item.type} [{item.start},{item.end})"


def _quoted(item: Item, text: str) -> str:
    return f"{_words(item)} “{shortened(text[item.start : item.end], FILLER)}”"


def _filled(role: str, item: Item, text: str) -> str:
    return f"{role} → {_quoted(item, text)}"


def shortened(words: str, longest: int) -> str:
    cut = words if len(words) <= longest else f"{words[: longest // 2]} … {words[-longest // 2 :]}"
    return cut.translate(AS_SPACES)


def _union(*items: Item) -> tuple[int, int]:
    return min(each.start for each in items), max(each.end for each in items)


def _in_text(*items: Item) -> tuple[object, ...]:
    """The key that sorts things by position, the same whoever's is named first."""
    return _union(*items), sorted((each.start, each.end, each.type) for each in items)
