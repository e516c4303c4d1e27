"""An article and items of Label Studio's result lists about it, how they read, and whether the labelling is legal."""

from __future__ import annotations

from typing import Any

from annotate.records import Article, Frame, Labelling, Mention
from annotate.schema import FrameLayer, MentionLayer, Schema, load_schema
from annotate.schema.labelling_page import UNUSABLE_REASONS
from annotate.studio.results import Item, Misfit, page_of, read_results
from tests.conftest import SCHEMAS

EVENTS = load_schema(SCHEMAS / "event-stance" / "schema.yaml")
PAGE = page_of(EVENTS)

TEXT = "Velmora shelled the bridge on Monday; Karesh denies that and condemns the attack."
ARTICLE = Article("velmora-1", None, TEXT, "en")
ANNOTATOR = "dana@velmora.example"
DEFAULTS: dict[str, str | None] = {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": None}


def span(region: str, layer: str, label: str, words: str) -> Item:
    start = TEXT.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": region, "from_name": layer, "to_name": "text", "type": "labels", "value": value}


def choice(region: str, control: str, value: Any) -> Item:
    return {"id": region, "from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [value]}}


def words_of(region: str, control: str, *words: str) -> Item:
    return {"id": region, "from_name": control, "to_name": "text", "type": "textarea", "value": {"text": list(words)}}


def arrow(source: str, target: str, *labels: str, direction: str = "right") -> Item:
    return {"type": "relation", "from_id": source, "to_id": target, "direction": direction, "labels": list(labels)}


def read(*items: Any) -> tuple[Labelling, list[Misfit]]:
    return read_results(PAGE, ARTICLE, ANNOTATOR, list(items))


def sound(*items: Any) -> Labelling:
    """The labelling of a result list in which everything fits."""
    labelling, misfits = read(*items)
    assert misfits == []
    return labelling


def frame(labelling: Labelling, name: str) -> Frame:
    return next(each for each in labelling.frames if each.id == name)


GOV = span("m1", "mentions", "GOV", "Velmora")
BRIDGE = span("m2", "mentions", "FAC", "the bridge")
KARESH = span("m3", "mentions", "GOV", "Karesh")
SHELLED = span("e1", "events", "ASSAULT", "shelled")
DENIES = span("e2", "events", "STATE", "denies")
ATTACK = span("e3", "events", "ASSAULT", "attack")
CONDEMNS = span("s1", "stances", "against", "condemns")
SPANS = (GOV, BRIDGE, KARESH, SHELLED, DENIES, ATTACK, CONDEMNS)


def faults(schema: Schema, article: Article, labelling: Labelling) -> list[str]:
    """Everything in a labelling that the schema or the article does not allow."""
    items = {each.id: each for each in labelling.items}
    found = [] if len(items) == len(labelling.items) else ["an id twice"]
    for item in labelling.items:
        layer = schema.span_layers[item.layer]
        if not isinstance(layer, MentionLayer if isinstance(item, Mention) else FrameLayer) or layer.type(item.type) is None:
            found.append(f"type {item}")
        if not (type(item.start) is type(item.end) is int and 0 <= item.start < item.end <= len(article.text)):
            found.append(f"offsets {item}")
    for each in labelling.frames:
        layer = schema.span_layers[each.layer]
        assert isinstance(layer, FrameLayer)
        legal = {asked.name: [None, *asked.values_for(each.type)] for asked in layer.attributes}
        if legal.keys() != each.attributes.keys() or not all(each.attributes[name] in values for name, values in legal.items()):
            found.append(f"attributes {each}")
        for argument in each.arguments:
            role, filler = layer.role(argument.role), items.get(argument.ref)
            if role is None or filler is None or filler is each or not role.takes(filler.layer, filler.type):
                found.append(f"argument {argument} of {each}")
    between = {layer.name: layer.between for layer in schema.link_layers}
    for link in labelling.links:
        ends = [items[link.first].layer, items[link.second].layer]
        if ends != [between[link.layer]] * 2 or link.first == link.second:
            found.append(f"link {link}")
    questions = {
        (layer.name, asked.name): {value.name for value in asked.values} for layer in schema.choice_layers for asked in layer.questions
    }
    found += [f"answer {each}" for each in labelling.answers if each.value not in questions[each.layer, each.question]]
    if labelling.unusable not in (None, *UNUSABLE_REASONS) or labelling.note == "":
        found.append("unusable or note")
    return found
