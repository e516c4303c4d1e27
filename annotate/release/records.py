"""Gold and annotations as a release's records: every key in every row, lists never null, offsets in code points."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

from msgspec import to_builtins

from annotate.records import Article, Date, Decision, Frame, Gold, Labelling, Link, Mention
from annotate.release.about import TOOL
from annotate.schema import ChoiceLayer, FrameLayer, MentionLayer, Schema

Record = dict[str, Any]
Item = TypeVar("Item", Mention, Frame)
Decided = dict[tuple[str, str | None], dict[str, Decision]]  # (layer, item) → decision → what was decided
Ids = Mapping[str, str]  # of items: the labelling's → the release's
DIGITS = 6


def pseudonym(salt: str, annotator: str) -> str:
    """The same name for the same annotator as long as the workspace keeps its salt, and no way back without it."""
    return f"annotator-{hmac.new(salt.encode(), annotator.encode(), sha256).hexdigest()[:8]}"


def gold_record(
    schema: Schema,
    article: Article,
    sentences: Iterable[tuple[int, int]],
    gold: Gold,
    split: str,
    rights: str,
    name: Callable[[str], str],
) -> Record:
    """One line of train.jsonl, dev.jsonl or test.jsonl.

    ``name`` gives an annotator's pseudonym; ``rights`` is what holds where the article says nothing.
    """
    head: Record = {
        "id": article.id,
        # Bare, a loader would make an ISO date of it a time, and of digits a number.
        "original_id": None if article.original_id is None else f"original:{article.original_id}",
        "schema": schema.id,
        "lang": article.lang,
        "title": article.title,
        "text": article.text,
        "text_sha256": article.sha256,
        "zones": to_builtins(article.zones),
        "sentences": [{"start": start, "end": end} for start, end in sentences],
        "source": to_builtins(article.source) | {"rights": article.source.rights or rights or None},
        "date": to_builtins(article.date) | {"precision": _precision(article.date)},
        "group": {"duplicates": article.duplicates, "story": article.story},
        "split": split,
        "weight": round(article.weight, DIGITS),
    }
    layers = _layers(schema, article, gold.labelling, {each.id: each.id for each in gold.labelling.items})
    decided = _decided(gold)
    for layer in schema.span_layers.values():
        _add_distributions(layer, layers[layer.name], decided)
    for choices in schema.choice_layers:
        layers[choices.name] = _answers_with_shares(choices, gold, decided)
    return head | layers | {"provenance": _provenance(schema, gold, name)}


def _provenance(schema: Schema, gold: Gold, name: Callable[[str], str]) -> Record:
    """Who, under what, and every decision that was not unanimous, under pseudonyms. When it was decided, and what was remarked on it, stays
    in the workspace: the one would make each release another, the other is free text.
    """
    return {
        "annotators": sorted(name(each) for each in gold.annotators),
        "resolution": gold.resolution,
        "adjudicator": min((name(each) for each in gold.adjudicators), default=None),
        "guidelines": ", ".join(gold.guidelines) or schema.id,
        "tool": TOOL,
        "decisions": [_decision(each, name) for each in gold.decisions if each.how != "unanimous"],
    }


def _decision(decision: Decision, name: Callable[[str], str]) -> Record:
    return {
        "layer": decision.layer,
        "item": decision.item,
        "decision": decision.decision,
        "outcome": decision.outcome,
        "how": decision.how,
        "votes": decision.votes,
        "of": decision.of,
        "strategy": decision.strategy,
        "confidence": _rounded(decision.confidence),
        "ballots": [{"value": each.value, "annotators": sorted(map(name, each.annotators))} for each in decision.ballots],
        "adjudicators": sorted(map(name, decision.adjudicators)),
        "reasons": list(decision.reasons),
    }


def _decided(gold: Gold) -> Decided:
    decided: Decided = defaultdict(dict)
    for each in gold.decisions:
        decided[each.layer, each.item][each.decision] = each
    return decided


def _add_distributions(layer: MentionLayer | FrameLayer, items: Iterable[Record], decided: Decided) -> None:
    """Beside each item's type and attributes, how its annotators' words are spread."""
    attributes = [(each.name, f"attribute {each.name}") for each in layer.attributes] if isinstance(layer, FrameLayer) else []
    for item in items:
        own = decided.get((layer.name, item["id"]), {})
        shares: Record = {"type": _shares(own.get("type"))}
        if isinstance(layer, FrameLayer):
            shares["attributes"] = {name: _shares(own.get(decision)) for name, decision in attributes}
        item["distributions"] = shares


def _shares(decision: Decision | None) -> list[Record]:
    """Each value's share of the votes, and its probability where a model was asked. ``value`` null: no value was given."""
    if decision is None:
        return []
    if len(decision.ballots) == 1 and not decision.posterior:  # most decisions
        return _sure(decision.ballots[0].value)
    votes: dict[str | None, float] = {each.value: float(len(each.annotators)) for each in decision.ballots}
    models = {each.value or None: each.p for each in decision.posterior}
    total = sum(votes.values()) or 1
    values = votes.keys() | {value for value, p in models.items() if round(p, DIGITS)}
    ordered = sorted(values, key=lambda value: (value is None, value or ""))
    return [{"value": each, "p": round(votes.get(each, 0) / total, DIGITS), "posterior": _rounded(models.get(each))} for each in ordered]


@cache
def _sure(value: str | None) -> list[Record]:
    """The shares of what all said: one list for every record that has it, which nobody may change."""
    return [{"value": value, "p": 1.0, "posterior": None}]


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)


def annotation_record(schema: Schema, article: Article, labelling: Labelling, annotator: str) -> Record:
    """One line of annotations.jsonl."""
    ids = _new_ids(schema, labelling)
    layers = _layers(schema, article, labelling, ids)
    unsure = {ids[each.id]: each.unsure for each in labelling.items}
    for name in schema.span_layers:
        for item in layers[name]:
            item["unsure"] = unsure[item["id"]]
    head = {"article": article.id, "annotator": annotator, "schema": schema.id}
    return head | layers | {"unusable": labelling.unusable}


def _precision(date: Date) -> str:
    """What its numbers give, whatever its row called it: a date without a month is of no day."""
    parts = (date.year, date.month, date.day)
    return {0: "unknown", 1: "year", 2: "month", 3: "day"}[next((n for n, part in enumerate(parts) if part is None), len(parts))]


def _layers(schema: Schema, article: Article, labelling: Labelling, ids: Ids) -> Record:
    """One list a layer, named as in the schema; link layers stand inside the frames they join."""
    text, kinds = article.text, {each.id: each.layer for each in labelling.items}
    layers: Record = {}
    for layer in schema.layers:
        if isinstance(layer, MentionLayer):
            mentions = _ordered((each for each in labelling.mentions if each.layer == layer.name), ids)
            layers[layer.name] = [_mention(text, each, ids) for each in mentions]
        elif isinstance(layer, FrameLayer):
            attributes = [each.name for each in layer.attributes]
            frames = _ordered((each for each in labelling.frames if each.layer == layer.name), ids)
            layers[layer.name] = records = [_frame(text, attributes, each, ids, kinds) for each in frames]
            for link in schema.link_layers:
                if link.between == layer.name:
                    linked = _linked((each for each in labelling.links if each.layer == link.name), ids)
                    for record in records:
                        record[link.name] = linked.get(record["id"], [])
        elif isinstance(layer, ChoiceLayer):
            answers = {each.question: each.value for each in labelling.answers if each.layer == layer.name}
            layers[layer.name] = [{"name": each.name, "value": answers[each.name]} for each in layer.questions if each.name in answers]
    return layers


def _ordered(items: Iterable[Item], ids: Ids) -> list[Item]:
    return sorted(items, key=lambda each: (each.start, each.end, each.type, ids[each.id]))


def _mention(text: str, item: Mention, ids: Ids) -> Record:
    own = text[item.start : item.end]
    return {"id": ids[item.id], "type": item.type, "start": item.start, "end": item.end, "text": own, "entity": item.entity or own}


def _frame(text: str, attributes: Sequence[str], frame: Frame, ids: Ids, kinds: Mapping[str, str]) -> Record:
    arguments = sorted({(each.role, ids[each.ref], kinds[each.ref]) for each in frame.arguments})
    return {
        "id": ids[frame.id],
        "type": frame.type,
        "start": frame.start,
        "end": frame.end,
        "text": text[frame.start : frame.end],
        "attributes": {name: frame.attributes.get(name) for name in attributes},
        "arguments": [{"role": role, "ref": ref, "kind": kind} for role, ref, kind in arguments],
    }


def _linked(links: Iterable[Link], ids: Ids) -> dict[str, list[str]]:
    """Frame id → the ids of all frames it is joined to, directly or through others, in order."""
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for link in links:
        first, second = ids[link.first], ids[link.second]
        together = joined[first] | joined[second] | {first, second}
        for each in together:
            joined[each] = together
    return {each: sorted(together - {each}) for each, together in joined.items()}


def _answers_with_shares(layer: ChoiceLayer, gold: Gold, decided: Decided) -> list[Record]:
    """Every question, answered or not, with the distribution over what those said who answered it."""
    answers = {each.question: each.value for each in gold.labelling.answers if each.layer == layer.name}
    records = []
    for question in layer.questions:
        decision = decided.get((layer.name, None), {}).get(f"answer {question.name}")
        models = {each.value: each.p for each in decision.posterior} if decision else {}
        given = {each.value: each.p for each in gold.distributions.get(f"{layer.name}.{question.name}", ())}
        shares = [
            {"value": value.name, "p": round(given.get(value.name, 0.0), DIGITS), "posterior": _rounded(models.get(value.name))}
            for value in question.values
            if value.name in given or round(models.get(value.name, 0), DIGITS)
        ]
        records.append({"name": question.name, "value": answers.get(question.name), "distribution": shares})
    return records


def _new_ids(schema: Schema, labelling: Labelling) -> dict[str, str]:
    """Ids of the release's own, for Label Studio's are its page's accidents."""
    ids: dict[str, str] = {}
    for name in schema.span_layers:
        own = sorted(labelling.of_layer(name), key=lambda each: (each.start, each.end, each.type, each.id))
        ids |= {each.id: f"{name}-{number}" for number, each in enumerate(own, 1)}
    return ids
