"""The simulated adjudicator: decides by the bundled gold, as somebody would in a browser, and submits with an account of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from annotate.records import Answer, Argument, Article, Frame, Labelling, Mention
from annotate.schema import FrameLayer, Schema
from annotate.schema.adjudication_page import CANDIDATE, LINKS, NO_LINK, REASON, REJECT, TAKE, VERDICT
from annotate.schema.labelling_page import TEXT, UNUSABLE
from annotate.studio.adjudication.sheet import Region, Sheet
from annotate.studio.adjudication.tasks import prediction_result
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.results import Item, Page, write_results
from annotate.studio.submissions import submitted_by
from annotate.studio.tasks import ANNOTATION_FIELDS, spans

log = logging.getLogger(__name__)

Marked = Mention | Frame


def adjudicate(
    client: Client, project: Project, page: Page, articles: Mapping[str, Article], sheets: Iterable[Sheet], gold: Mapping[str, Labelling]
) -> int:
    """Decide every sheet of an article in ``gold`` that this adjudicator has not decided yet; how many were decided now."""
    me = client.get_json("/api/current-user/whoami")["id"]
    work = {(each.article, each.round): each for each in sheets if each.article in gold}
    done = 0
    for task in [task for span in spans(client, project, ANNOTATION_FIELDS) for task in span.tasks]:
        sheet = work.get((task.article or "", task.round or 0))
        if sheet is not None and me not in {submitted_by(raw) for raw in task.annotations}:
            result = decide(page, articles[sheet.article], sheet, gold[sheet.article])
            client.post(f"/api/tasks/{task.id}/annotations/", {"result": result})
            done += 1
            log.info("adjudicate", extra={"done": done, "total": len(work)})
    return done


class _Match(NamedTuple):
    """A region of the sheet for an item of the gold; the best pairs sort first."""

    overlap: float  # minus intersection over union
    differences: int
    region: str
    gold: str


def decide(page: Page, article: Article, sheet: Sheet, gold: Labelling) -> list[Item]:
    """The ``result`` list by which the sheet's article becomes the gold's, as far as the annotators' agreement leaves it open.

    Of each contested item the candidate next to the gold is taken, and edited where it is not the gold; what no gold item lies on is
    rejected; what no annotator saw is added.
    """
    regions = {each.id: each for each in sheet.regions}
    chosen = _chosen(page.schema, sheet, gold)  # gold item → region
    contested = {each.id for own in sheet.contested_items.values() for each in own}
    place = {each.id: chosen.get(each.id, f"add_{each.id}") for each in gold.items}
    kept = {name for name, region in place.items() if region not in regions or region in contested}
    result = [each for each in prediction_result(page, article, sheet) if not _rewritten(each, set(chosen.values()) & contested)]
    result += write_results(page, article, _renamed(page.schema, gold, place, kept, regions))
    return result + _verdicts(sheet, set(chosen.values())) + _answers(page, sheet, gold, chosen)


def _chosen(schema: Schema, sheet: Sheet, gold: Labelling) -> dict[str, str]:
    """Gold item → region: best pairs first, each item once on either side."""
    pairs = sorted(
        _Match(-overlap, _differences(region, item), region.id, item.id)
        for region in sheet.regions
        for item in gold.of_layer(region.layer)
        if (overlap := _overlap(region, item)) > 0
    )
    items = {each.id: each.item for each in sheet.regions}
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for pair in pairs:
        if pair.gold not in chosen and items[pair.region] not in taken:
            chosen[pair.gold] = pair.region
            taken.add(items[pair.region])
    return chosen


def _overlap(region: Region, item: Marked) -> float:
    shared = min(region.end, item.end) - max(region.start, item.start)
    return max(0, shared) / (max(region.end, item.end) - min(region.start, item.start))


def _differences(region: Region, item: Marked) -> int:
    attributes = item.attributes if isinstance(item, Frame) else {}
    return 2 * (region.type != item.type) + sum(region.attributes.get(name) != value for name, value in attributes.items())


def _rewritten(item: Item, taken: set[str]) -> bool:
    """Whether an item of the prediction is replaced by the gold's; the candidate's label stays."""
    if item["type"] == "relation":
        return item["from_id"] in taken
    return item.get("id") in taken and item["from_name"] != CANDIDATE


def _renamed(schema: Schema, gold: Labelling, place: Mapping[str, str], kept: set[str], regions: Mapping[str, Region]) -> Labelling:
    """The gold's items that are not agreed, under their regions' ids."""
    kinds = {each.id: (each.layer, each.type) for each in gold.items}
    # An agreed region stays what it is, even where the gold says otherwise.
    kinds |= {name: (regions[at].layer, regions[at].type) for name, at in place.items() if name not in kept}
    frames = []
    for frame in (each for each in gold.frames if each.id in kept):
        layer = schema.span_layers[frame.layer]
        arguments = [each for each in frame.arguments if isinstance(layer, FrameLayer) and _takes(layer, each, kinds)]
        own = tuple(Argument(each.role, place[each.ref]) for each in arguments)
        frames.append(Frame(place[frame.id], frame.layer, frame.type, frame.start, frame.end, frame.attributes, own))
    mentions = [Mention(place[m.id], m.layer, m.type, m.start, m.end, m.entity) for m in gold.mentions if m.id in kept]
    return Labelling(gold.article, gold.annotator, tuple(mentions), tuple(frames))


def _takes(layer: FrameLayer, argument: Argument, kinds: Mapping[str, tuple[str, str]]) -> bool:
    role = layer.role(argument.role)
    return role is not None and role.takes(*kinds[argument.ref])


def _verdicts(sheet: Sheet, taken: set[str]) -> list[Item]:
    said: list[Item] = []
    for own in sheet.contested_items.values():
        for region in own:
            said.append(_choice(VERDICT, [TAKE if region.id in taken else REJECT], region))
        if not taken & {each.id for each in own}:
            said += [_choice(REASON, ["annotator slip"], region) for region in own]
    return said


def _answers(page: Page, sheet: Sheet, gold: Labelling, chosen: Mapping[str, str]) -> list[Item]:
    """The gold's answers to what is contested, and its links."""
    known = {(each.layer, each.question): each for each in gold.answers}
    said = []
    for control, votes in sheet.contested_votes.items():
        answer: Answer | None = known.get(page.questions.get(control, ("", "")))
        value = answer.value if answer else votes[0].value
        if control != UNUSABLE and value is not None:
            said.append(_choice(control, [value]))
    if sheet.contested_links:
        items = {each.id: each.item for each in sheet.regions}
        joined = {frozenset(items.get(chosen.get(end, ""), end) for end in (link.first, link.second)) for link in gold.links}
        holds = [each.id for each in sheet.contested_links if frozenset((each.first, each.second)) in joined]
        said.append(_choice(LINKS, holds or [NO_LINK]))
    return said


def _choice(control: str, choices: list[str], region: Region | None = None) -> Item:
    span = {"start": region.start, "end": region.end} if region else {}
    name = region.id if region else f"{control}-answer"
    return {"id": name, "from_name": control, "to_name": TEXT, "type": "choices", "value": {**span, "choices": choices}}
