"""A sheet as a Label Studio task with one prediction: the agreed part read-only, and every candidate, under ids that say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from annotate.records import Answer, Argument, Article, Frame, Labelling, Link, Mention
from annotate.schema import FrameLayer, LinkLayer, Schema
from annotate.schema.adjudication_page import CANDIDATE, LINKS, NO_LINK, vote_controls, votes_key
from annotate.schema.labelling_page import TEXT, UNUSABLE, WORDS
from annotate.studio.adjudication.sheet import LinkOffer, Region, Sheet, Vote
from annotate.studio.results import Item, Page, write_results, zone_results

MODEL = "adjudication"  # the version that the project shows; anything else would be the name of a model
QUOTED = 40  # code points of a quotation

START = {"ar": "\u200f", "en": "\u200e"}  # makes the line's direction, whatever letter it begins with
NOTHING = {"ar": "لا شيء", "en": "nothing"}
NONE_HOLDS = {"ar": "لا رابط منها صحيح", "en": "none of these holds"}
PLACE = {"ar": "موضع الخلاف {number} من {of}", "en": "contested item {number} of {of}"}


def task_payload(page: Page, article: Article, sheet: Sheet) -> dict[str, Any]:
    """The task as it is imported. ``meta`` finds it again: the article, the digest of its text, and the round."""
    data: dict[str, Any] = {TEXT: article.text, "article": article.id}
    data |= {votes_key(control): _votes_text(page, control, sheet) for control in vote_controls(page.schema)}
    if page.schema.link_layers:
        data[LINKS] = _link_choices(page.schema, article, sheet)
    # Label Studio's scores are confidences from 0 to 1: the more is disputed, the lower.
    prediction = {"model_version": MODEL, "score": round(1 / (1 + sheet.priority), 6), "result": prediction_result(page, article, sheet)}
    meta = {"article": article.id, "sha256": article.sha256, "round": sheet.round}
    return {"data": data, "meta": meta, "predictions": [prediction]}


def candidate_letters(sheets: Iterable[Sheet]) -> list[str]:
    """The labels that the sheets' candidates need, single letters first."""
    used = {region.letters for sheet in sheets for region in sheet.regions if region.letters}
    return sorted(used, key=lambda letters: (letters.count("+"), len(letters), letters))


def prediction_result(page: Page, article: Article, sheet: Sheet) -> list[Item]:
    """The prediction's ``result`` list."""
    candidates = {each.id: each for each in sheet.regions if each.letters}
    content = _contents(page.schema, article, sheet)
    written = write_results(page, article, _as_labelling(page, sheet))
    result: list[Item] = zone_results(article)
    for item in written:
        region = candidates.get(item.get("id", ""))
        if region is not None and item["type"] == "labels":
            value = {**item["value"], "labels": [region.letters]}
            meta = {"text": [content[region.id]]}
            result += [item | {"meta": meta}, item | {"from_name": CANDIDATE, "value": value, "meta": meta}]
        elif region is None and item["type"] != "relation" and "start" in item["value"]:
            result.append(item | {"readonly": True})
        else:
            result.append(item)
    return result


def _as_labelling(page: Page, sheet: Sheet) -> Labelling:
    """All regions at once; no annotator would submit it."""
    frames = {each.name for each in page.schema.frame_layers}
    agreed = {page.questions[control]: votes[0].value for control, votes in sheet.votes.items() if control != UNUSABLE and len(votes) == 1}
    unusable = sheet.votes[UNUSABLE]
    return Labelling(
        sheet.article,
        MODEL,
        mentions=tuple(Mention(r.id, r.layer, r.type, r.start, r.end, r.entity) for r in sheet.regions if r.layer not in frames),
        frames=tuple(Frame(r.id, r.layer, r.type, r.start, r.end, r.attributes, r.arguments) for r in sheet.regions if r.layer in frames),
        links=tuple(link for offer in sheet.links if not offer.letters for link in _agreed_links(offer, sheet)),
        answers=tuple(Answer(layer, question, value) for (layer, question), value in agreed.items() if value is not None),
        unusable=unusable[0].value if len(unusable) == 1 else None,
    )


def _agreed_links(offer: LinkOffer, sheet: Sheet) -> Iterator[Link]:
    """Between the candidates of each annotator, where its ends are contested."""
    for first in (each for each in sheet.regions if each.item == offer.first):
        for second in (each for each in sheet.regions if each.item == offer.second):
            if set(first.annotators) & set(second.annotators):
                yield Link(offer.layer, first.id, second.id)


def _quoted(text: str, start: int, end: int) -> str:
    words = " ".join(text[start:end].split())
    return f"«{words if len(words) <= QUOTED else words[: QUOTED - 1] + '…'}»"


def _contents(schema: Schema, article: Article, sheet: Sheet) -> dict[str, str]:
    """Candidate's id → what all candidates of its item say alike, and what each says else, in words, a line each; its own is marked."""
    regions = {each.id: each for each in sheet.regions}
    contested = sheet.contested_items
    found = {}
    for number, own in enumerate(contested.values(), 1):
        parts = {each.id: list(_parts(schema, article.text, each, regions)) for each in own}
        alike = [part for part in parts[own[0].id] if all(part in said for said in parts.values())] if len(own) > 1 else []
        place = PLACE[schema.language].format(number=number, of=len(contested))
        said = {name: " · ".join(part for part in said if part not in alike) or "–" for name, said in parts.items()}
        for region in own:
            lines = [place] + ([" · ".join(alike)] if alike else [])
            lines += [f"{'▸ ' if each is region else ''}{each.letters}: {said[each.id]}" for each in own]
            found[region.id] = "\n".join(START[schema.language] + line for line in lines)
    return found


def _parts(schema: Schema, text: str, region: Region, regions: dict[str, Region]) -> Iterator[str]:
    language, layer = schema.language, schema.span_layers[region.layer]
    kind = layer.type(region.type)
    yield f"{kind.title[language] if kind else region.type} {_quoted(text, region.start, region.end)}"
    if region.entity:
        yield region.entity
    if not isinstance(layer, FrameLayer):
        return
    for asked in layer.attributes:
        value = next((each for each in asked.values if each.name == region.attributes.get(asked.name)), None)
        if value is not None:
            yield f"{asked.title[language]}: {value.title[language]}"
    for argument in region.arguments:
        yield f"{_role_title(layer, argument, language)} ← {_quoted(text, regions[argument.ref].start, regions[argument.ref].end)}"


def _role_title(layer: FrameLayer, argument: Argument, language: str) -> str:
    role = layer.role(argument.role)
    return role.title[language] if role else argument.role


def _votes_text(page: Page, control: str, sheet: Sheet) -> str:
    """``A, C: news · B: opinion`` where they differ, else nothing."""
    votes = sheet.votes.get(control, ())
    if len(votes) < 2:
        return ""
    return " · ".join(
        f"{each.letters.replace('+', '، ' if page.schema.language == 'ar' else ', ')}: {_answer(page, control, each)}" for each in votes
    )


def _answer(page: Page, control: str, vote: Vote) -> str:
    language = page.schema.language
    if vote.value is None:
        return NOTHING[language]
    if control == UNUSABLE:
        return WORDS[vote.value][language]
    layer_name, name = page.questions[control]
    layer = next(each for each in page.schema.choice_layers if each.name == layer_name)
    question = layer.question(name)
    titles: Sequence[str] = [each.title[language] for each in question.values if each.name == vote.value] if question else []
    return titles[0] if titles else vote.value


def _link_choices(schema: Schema, article: Article, sheet: Sheet) -> list[dict[str, str]]:
    """The contested links as choices, and one that says that none of them holds; nothing where none is contested."""
    titles = {each.name: each.title[schema.language] for each in schema.layers if isinstance(each, LinkLayer)}
    firsts = {each.item: each for each in reversed(sheet.regions)}
    offered = []
    for offer in sheet.contested_links:
        ends = [_quoted(article.text, firsts[item].start, firsts[item].end) for item in (offer.first, offer.second)]
        places = [firsts[item].start for item in (offer.first, offer.second)]
        shown = f"{titles[offer.layer]}: {ends[0]} ({places[0]}) – {ends[1]} ({places[1]}) — {offer.letters}"
        offered.append({"value": shown, "alias": offer.id})
    return [*offered, {"value": NONE_HOLDS[schema.language], "alias": NO_LINK}] if offered else []
