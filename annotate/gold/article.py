"""One article's labellings to its gold, each decision apart, each with its trail.

Where adjudicators were heard, they decide each cluster about which anything was contested (``annotate.gold.items``), and every other
decision that was not unanimous.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotate.agreement.clusters import align_all
from annotate.gold.basis import basis_of
from annotate.gold.items import Items
from annotate.gold.models import Asked, Posteriors
from annotate.gold.trail import Heard, Key, Place, Trail, said_by
from annotate.gold.vote import KEPT, LEFT_OUT
from annotate.records import Answer, Frame, Gold, Labelling, Link, Mention, Share
from annotate.schema import FrameLayer, Schema
from annotate.workspace import GoldSettings

ARTICLE = "article"  # the layer of what is decided about the article itself


def resolve_article(
    schema: Schema,
    settings: GoldSettings,
    heard: Heard,
    posteriors: Posteriors,
    asked: Asked,
    contested: frozenset[Key] = frozenset(),
) -> tuple[Gold, frozenset[Key]]:
    """The article's gold, and the clusters about which anything was not unanimous.

    contested: the clusters that the adjudicators decide; ``asked`` takes what is to be asked of models that have not answered yet
    """
    trail = Trail(settings, heard, posteriors, asked)
    items = Items(trail, contested)
    unusable = _unusable(trail)
    aligned = align_all(schema, heard.labellings, [_under(name, each) for name, each in trail.judges.items()])
    kept = [(layer, each) for layer in schema.span_layers.values() for each in items.decide(layer, aligned.of[layer.name])]
    frames = tuple(
        items.with_arguments(layer, each, each.gold)
        for layer, each in kept
        if isinstance(layer, FrameLayer) and isinstance(each.gold, Frame)
    )
    links = tuple(_links(trail, items))
    answers, distributions = _answers(trail, schema)
    labelling = Labelling(
        article=trail.article,
        annotator="gold",
        mentions=tuple(each.gold for _, each in kept if isinstance(each.gold, Mention)),
        frames=frames,
        links=links,
        answers=answers,
        unusable=unusable,
    )
    gold = Gold(
        labelling=labelling,
        annotators=tuple(trail.labellings),
        resolution=settings.strategy if len(trail.labellings) > 1 else "single",
        decisions=tuple(trail.decisions),
        distributions=distributions,
        clusters=tuple(items.clusters),
        schema=schema.id,
        guidelines=tuple(sorted({each.guidelines for each in heard.labellings if each.guidelines})),
        basis=basis_of(heard.labellings),
        adjudicators=tuple(each.adjudicator for each in heard.adjudications),
        outdated=heard.outdated,
    )
    return gold, frozenset(trail.open)


def _unusable(trail: Trail) -> str | None:
    """Whether the article can be annotated is voted on, not why not: the most common reason stands for all."""
    if not any(each.unusable for each in (trail.labellings | trail.judges).values()):
        return None
    place, said = Place(ARTICLE, "unusable"), said_by(trail.labellings, lambda own: "unusable" if own.unusable else None)
    differ = set(said.values()) != {"unusable"}
    judged = said_by(trail.judges, lambda own: "unusable" if own.unusable else LEFT_OUT) if trail.judges and differ else None
    found = trail.vote(place, said, judged)
    trail.note(place, found)
    if found.value is None:
        return None
    reasons = {name: each.unusable for name, each in (trail.judges if judged else trail.labellings).items() if each.unusable}
    place = Place(ARTICLE, "unusable because")
    because = trail.vote(place, {name: reason for name, reason in reasons.items() if name in trail.labellings})
    reason = max(sorted(set(reasons.values())), key=list(reasons.values()).count)
    trail.note(place, because, outcome=reason)
    return reason


def _links(trail: Trail, items: Items) -> Iterator[Link]:
    joined: dict[str, set[tuple[str, str, str]]] = {name: set() for name in trail.labellings | trail.judges}
    fallen: dict[str, set[str]] = {}
    for name, own in (trail.labellings | trail.judges).items():
        for link in own.links:
            a, b = items.of.get((name, link.first)), items.of.get((name, link.second))
            if a is None or b is None:
                fallen.setdefault(link.layer, set()).add(name)
            elif a.id != b.id:
                joined[name].add((link.layer, min(a.id, b.id), max(a.id, b.id)))
    for layer, names in sorted(fallen.items()):
        said = {name: KEPT if name in names else None for name in trail.labellings}
        if count := len(names & said.keys()):
            trail.note(Place(layer, "link"), trail.fallen("dependent", count, len(said), said))
    for layer, one, other in sorted(set().union(*joined.values())):
        place = Place(layer, f"link {one} {other}")
        there = {name: (layer, one, other) in own for name, own in joined.items()}
        found = trail.vote_on_existence(place, there, f"{items.numbers[one]} {items.numbers[other]}")
        trail.note(place, found)
        if found.value:
            yield Link(layer, one, other)


def _answers(trail: Trail, schema: Schema) -> tuple[tuple[Answer, ...], dict[str, tuple[Share, ...]]]:
    answers, distributions = [], {}
    for layer in schema.choice_layers:
        for question in layer.questions:
            place = Place(layer.name, f"answer {question.name}")
            said = said_by(trail.labellings, lambda own: _answer(own, layer.name, question.name))  # noqa: B023
            given = [value for value in said.values() if value is not None]
            judged = said_by(trail.judges, lambda own: _answer(own, layer.name, question.name))  # noqa: B023
            differ = len(set(given)) > 1 or (given and len(given) < len(said))
            found = trail.vote(place, said, judged if trail.judges and differ else None, question.name)
            if given:
                trail.note(place, found)
            if found.value is not None:
                answers.append(Answer(layer.name, question.name, found.value))
            shares = (Share(value.name, given.count(value.name) / len(given)) for value in question.values if value.name in given)
            distributions[f"{layer.name}.{question.name}"] = tuple(shares)
    return tuple(answers), distributions


def _under(name: str, labelling: Labelling) -> Labelling:
    return Labelling(labelling.article, name, labelling.mentions, labelling.frames)


def _answer(labelling: Labelling, layer: str, question: str) -> str | None:
    return next((each.value for each in labelling.answers if (each.layer, each.question) == (layer, question)), None)
