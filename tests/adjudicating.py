"""Two annotators who differ on a boundary, a type, a role, a stance, a link and an answer; and what an adjudicator says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from annotate.records import Answer, Argument, Article, Frame, Labelling, Link, Mention
from annotate.schema.adjudication_page import COMMENT, LINKS, REASON, VERDICT
from annotate.schema.labelling_page import TEXT as CONTROL
from annotate.studio.adjudication.sheet import Region, Sheet, sheet_of
from annotate.studio.adjudication.tasks import prediction_result
from annotate.studio.results import Item
from tests.result_items import ARTICLE, EVENTS, PAGE, TEXT

SALT = "velmora"
FIRST, SECOND = "dana@velmora.example", "omar@velmora.example"

Spans = Mapping[str, str]


def place(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


def mention(name: str, kind: str, words: str) -> Mention:
    return Mention(name, "mentions", kind, *place(words))


def event(name: str, kind: str, words: str, *arguments: tuple[str, str], **attributes: str | None) -> Frame:
    given = EVENTS.frame_layers[0].defaults(kind) | attributes
    return Frame(name, "events", kind, *place(words), given, tuple(Argument(*each) for each in arguments))


def stance(name: str, kind: str, words: str, *arguments: tuple[str, str], strength: str | None = "verbal") -> Frame:
    return Frame(name, "stances", kind, *place(words), {"strength": strength}, tuple(Argument(*each) for each in arguments))


FIRST_SAYS = Labelling(
    ARTICLE.id,
    FIRST,
    mentions=(mention("m1", "GOV", "Velmora"), mention("m2", "FAC", "the bridge"), mention("m3", "GOV", "Karesh")),
    frames=(
        event("e1", "ASSAULT", "shelled", ("actor", "m1"), ("recipient", "m2")),
        event("e2", "STATE", "denies", ("actor", "m3"), mode="deny"),
        event("e3", "ASSAULT", "attack"),
        stance("s1", "against", "condemns", ("holder", "m3"), ("target", "e3")),
    ),
    links=(Link("same_as", "e1", "e3"),),
    answers=(Answer("document", "genre", "news"),),
)
# The boundary of m2, the type of e2, a role of e1, the stance, the link and the genre differ; the second has another event.
SECOND_SAYS = Labelling(
    ARTICLE.id,
    SECOND,
    mentions=(mention("m1", "GOV", "Velmora"), mention("m2", "FAC", "bridge"), mention("m3", "GOV", "Karesh")),
    frames=(
        event("e1", "ASSAULT", "shelled", ("actor", "m1"), ("place", "m2")),
        event("e2", "REJECT", "denies", ("actor", "m3")),
        event("e3", "ASSAULT", "attack"),
        stance("s1", "favor", "condemns", ("holder", "m3"), ("target", "e3")),
        event("e4", "MOBILIZE", "Monday"),
    ),
    answers=(Answer("document", "genre", "opinion"),),
)


def sheet(*labellings: Labelling, number: int = 1, salt: str = SALT, weights: Mapping[str, float] = {}) -> Sheet:
    return sheet_of(EVENTS, labellings or (FIRST_SAYS, SECOND_SAYS), number=number, basis="b", salt=salt, weights=weights)


def region_of(sent: Sheet, words: str, annotator: str, layer: str | None = None) -> Region:
    """The annotator's candidate (or the agreed item) at these words."""
    return next(
        each
        for each in sent.regions
        if (each.start, each.end) == place(words) and annotator in each.annotators and layer in (None, each.layer)
    )


def said(region: Region, control: str, value: str) -> Item:
    """What the adjudicator says on a region, as the page submits it."""
    kind, key = ("textarea", "text") if control == COMMENT else ("choices", "choices")
    span = {"start": region.start, "end": region.end}
    return {"id": region.id, "from_name": control, "to_name": CONTROL, "type": kind, "value": {**span, key: [value]}}


def answer(control: str, *values: str) -> Item:
    return {"id": f"{control}-1", "from_name": control, "to_name": CONTROL, "type": "choices", "value": {"choices": list(values)}}


def decide(sent: Sheet, favoured: str, *, reason: str | None = None, article: Article = ARTICLE) -> list[Item]:
    """The result list of an adjudicator who takes whatever one annotator said, and answers as they did."""
    result = prediction_result(PAGE, article, sent)
    for own in sent.contested_items.values():
        for region in own:
            result.append(said(region, VERDICT, "take" if favoured in region.annotators else "reject"))
            result += [said(region, REASON, reason)] if reason else []
    ticked = [each.id for each in sent.contested_links if favoured in each.annotators]
    if sent.contested_links:
        result.append(answer(LINKS, *(ticked or ["none"])))
    for control, votes in sent.contested_votes.items():
        value = next(each.value for each in votes if favoured in each.annotators)
        result += [answer(control, value)] if value is not None else []
    return result


def without(result: list[Item], region: Region, control: str | None = None) -> list[Item]:
    """The result without a region, or without what one control says of it."""
    return [each for each in result if each.get("id") != region.id or control not in (None, each.get("from_name"))]


def changed(result: list[Item], region: Region, **value: Any) -> list[Item]:
    """The result with other values (start, end, labels) on the schema's label of a region."""
    return [
        each | {"value": each["value"] | value} if (each.get("id"), each.get("from_name")) == (region.id, region.layer) else each
        for each in result
    ]


def renamed(labelling: Labelling, annotator: str) -> Labelling:
    return structs.replace(labelling, annotator=annotator)
