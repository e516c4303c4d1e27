"""What an adjudicator submitted of one sheet, as the article's labelling and a verdict for each contested thing.

Of an item's candidates one is taken, as it was or after a change, or all are rejected. Taking one settles the others. What the verdicts
leave open or contradict is a fault, and with a fault the article stays open.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from annotate.records import Argument, Article, Frame, Labelling, Link, Mention, Verdict
from annotate.schema import FrameLayer
from annotate.schema.adjudication_page import CANDIDATE, COMMENT, LINKS, NO_LINK, REASON, REJECT, TAKE, VERDICT
from annotate.schema.labelling_page import UNUSABLE
from annotate.studio.adjudication.items import Arrow, chosen, drawn_arrows, is_legal, labels_of, strings
from annotate.studio.adjudication.sheet import ARTICLE, LinkOffer, Region, Sheet
from annotate.studio.results import Item, Misfit, Page, read_results

_PUT_BACK = "the annotators agree on it; put it back as it was"

OWN_CONTROLS = (CANDIDATE, VERDICT, REASON, COMMENT)


class Decided(Struct, frozen=True):
    """A decision as read; it only counts when there are no faults."""

    labelling: Labelling
    verdicts: tuple[Verdict, ...]
    faults: list[Misfit]


def read_decision(page: Page, article: Article, sheet: Sheet, adjudicator: str, results: list[Any]) -> Decided:
    """The decision in one annotation's ``result`` list."""
    return _Reading(page, article, sheet, results).decided(adjudicator)


class _Said(Struct):
    """What stands on one candidate beside its content."""

    verdicts: list[str] = []
    reason: str | None = None
    comment: str | None = None


class _Reading:
    def __init__(self, page: Page, article: Article, sheet: Sheet, results: list[Any]) -> None:
        self.page = page
        self.article = article
        self.sheet = sheet
        self.regions = {each.id: each for each in sheet.regions}
        self.results: list[Item] = [each for each in results if isinstance(each, dict)]
        self.faults: list[Misfit] = []
        self.said = self._said()
        self.labels: dict[str, list[tuple[str, str]]] = {}  # of what stands: region → (layer, type)
        self.unusable = any(each.get("from_name") == UNUSABLE and chosen(each) for each in self.results)
        self.taken = dict(self._taken())  # contested item → the region that stands for it; None: all rejected
        self.dropped = {each.id for own in sheet.contested_items.values() for each in own if each.id != self._stands(each.item)}

    def fault(self, region: Region | None, message: str) -> None:
        if region is None:
            return self.faults.append(Misfit(None, message))
        words = " ".join(self.article.text[region.start : region.end].split())
        return self.faults.append(Misfit(region.id, f"{region.layer} «{words}» [{region.start}, {region.end}): {message}"))

    def _stands(self, item: str) -> str | None:
        """The region that an item has in the decision."""
        if item in self.taken:
            return self.taken[item]
        return next((each.id for each in self.sheet.regions if each.item == item and not each.letters), None)

    # What was said

    def _said(self) -> dict[str, _Said]:
        said: defaultdict[str, _Said] = defaultdict(lambda: _Said([]))
        for item in self.results:
            control, here = item.get("from_name"), said[str(item.get("id"))]
            if control == VERDICT:
                here.verdicts += chosen(item)
            elif control == REASON:
                here.reason = next(iter(chosen(item)), None)
            elif control == COMMENT:
                here.comment = "\n".join(strings(item, "text")).strip() or None
        return dict(said)

    def _taken(self) -> Iterator[tuple[str, str | None]]:
        for item, own in self.sheet.contested_items.items():
            verdicts = {each.id: self.said[each.id].verdicts if each.id in self.said else [] for each in own}
            takes = [each for each in own if TAKE in verdicts[each.id]]
            for each in own:
                if len(verdicts[each.id]) > 1:
                    self.fault(each, f"{each.letters} is taken and rejected; give one verdict")
            if len(takes) > 1:
                letters = " and ".join(each.letters for each in takes)
                self.fault(
                    takes[0], f"{letters} are taken, which are one item; take one, and mark what else is there with the schema's labels"
                )
            if not takes and not self.unusable:
                for each in own:
                    if not verdicts[each.id]:
                        self.fault(each, f"no verdict on {each.letters}; take it, or reject it")
            yield item, takes[0].id if takes else None

    # The schema's part of the result

    def _own_part(self) -> list[Item]:
        """The result as somebody would have made it on the labelling page: without what was rejected, and without the verdicts."""
        kept = []
        for item in self.results:
            control, region = item.get("from_name"), item.get("id")
            if item.get("type") == "relation":
                continue
            if control == CANDIDATE and region not in self.regions:
                self.faults.append(Misfit(str(region), "a candidate that was not sent; mark what you add with the schema's own labels"))
            if control in OWN_CONTROLS or control == LINKS or region in self.dropped:
                continue
            kept.append(item)
        self.labels = labels_of(kept)
        return kept + [self._relation(arrow) for arrow in self._arrows(self.labels)]

    def _relation(self, arrow: Arrow) -> Item:
        return {"type": "relation", "from_id": arrow[0], "to_id": arrow[2], "direction": "right", "labels": [arrow[1]] if arrow[1] else []}

    def _arrows(self, labels: Mapping[str, list[tuple[str, str]]]) -> Iterator[Arrow]:
        sent = set(self._sent_arrows())
        seen: set[Arrow] = set()
        for arrow in drawn_arrows(self.results):
            mapped = self._mapped(arrow)
            if mapped is None or mapped in seen:
                continue
            seen.add(mapped)
            # What was sent and is not legal any more fell with what it pointed to; only what the adjudicator drew is a fault.
            if arrow not in sent or is_legal(self.page.schema, mapped, labels):
                yield mapped

    def _sent_arrows(self) -> Iterator[Arrow]:
        return ((each.id, argument.role, argument.ref) for each in self.sheet.regions for argument in each.arguments)

    def _mapped(self, arrow: Arrow) -> Arrow | None:
        """The arrow between what stands: one from a rejected candidate goes with it, one to it goes to what was taken in its place."""
        source, label, target = arrow
        if source in self.dropped and any(label == role.name for role in self._roles(source)):
            return None
        ends = [self._stands(self.regions[end].item) if end in self.dropped else end for end in (source, target)]
        if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            return None
        return ends[0], label, ends[1]

    def _roles(self, region: str) -> Iterable[Any]:
        layer = self.page.schema.span_layers.get(self.regions[region].layer)
        return layer.roles if isinstance(layer, FrameLayer) else ()

    # The decision

    def decided(self, adjudicator: str) -> Decided:
        own = self._own_part()
        labelling, misfits = read_results(self.page, self.article, adjudicator, own)
        self.faults += misfits
        if self.unusable:
            labelling = Labelling(self.sheet.article, adjudicator, unusable=labelling.unusable, note=labelling.note)
            return Decided(labelling, tuple(self._rejected()) + tuple(self._answer_verdicts(labelling)), self.faults)
        links, link_verdicts = self._links(labelling)
        labelling = Labelling(
            labelling.article, adjudicator, labelling.mentions, labelling.frames, links, labelling.answers, None, labelling.note
        )
        self._check(labelling)
        verdicts = [*self._item_verdicts(labelling), *link_verdicts, *self._answer_verdicts(labelling)]
        return Decided(labelling, tuple(verdicts), self.faults)

    def _check(self, labelling: Labelling) -> None:
        places = Counter((each.layer, each.type, each.start, each.end) for each in labelling.items)
        agreed = Counter((each.layer, each.type, each.start, each.end) for each in self.sheet.regions if not each.letters)
        for (layer, kind, start, end), count in places.items():
            if count > max(1, agreed[layer, kind, start, end]):
                self.faults.append(Misfit(None, f"{layer} {kind} [{start}, {end}) stands {count} times; keep one"))
        given = {(each.layer, each.question): each.value for each in labelling.answers}
        for control, votes in self.sheet.votes.items():
            if control == UNUSABLE:
                if len(votes) == 1 and votes[0].value is not None:
                    self.fault(None, "the annotators agree that the article cannot be annotated; put that back")
                continue
            if control not in self.page.questions:  # the schema has dropped the question since
                continue
            value = given.get(self.page.questions[control])
            if len(votes) > 1 and value is None:
                self.fault(None, f"no answer to {self.page.questions[control][1]}, on which the annotators differ")
            elif len(votes) == 1 and votes[0].value not in (None, value):
                self.fault(None, f"the annotators agree on {self.page.questions[control][1]} = {votes[0].value}; put that back")

    def _item_verdicts(self, labelling: Labelling) -> Iterator[Verdict]:
        items = {(each.id.removesuffix(f".{each.layer}"), each.layer): each for each in labelling.items}
        for region in self.sheet.regions:
            found = items.pop((region.id, region.layer), None)
            if region.id in self.dropped:
                yield self._verdict(region, REJECT, None)
            elif found is None:
                self.fault(region, "it is not there any more; put it back, or reject it" if region.letters else _PUT_BACK)
            elif not self._same(region, found) and not region.letters:
                self.fault(region, _PUT_BACK)
            elif region.letters or not self._same_arguments(region, found):
                as_it_was = self._same(region, found) and self._same_arguments(region, found)
                yield self._verdict(region, TAKE if as_it_was else "edit", found)
        for added in items.values():
            said = self.said.get(added.id.removesuffix(f".{added.layer}")) or _Said()
            yield Verdict(added.layer, added.start, added.end, added.type, (), "add", added.id, said.reason, said.comment)

    def _rejected(self) -> Iterator[Verdict]:
        """Of an article that cannot be annotated."""
        for own in self.sheet.contested_items.values():
            yield from (self._verdict(each, REJECT, None) for each in own)

    def _verdict(self, region: Region, verdict: str, found: Mention | Frame | None) -> Verdict:
        said = self.said.get(region.id) or _Said()
        shown: Region | Mention | Frame = found or region
        place = (shown.layer, shown.start, shown.end, shown.type)
        return Verdict(*place, region.annotators, verdict, found.id if found else None, said.reason, said.comment)

    def _same(self, region: Region, found: Mention | Frame) -> bool:
        placed = (region.type, region.start, region.end) == (found.type, found.start, found.end)
        return placed and (not isinstance(found, Frame) or region.attributes == found.attributes)

    def _same_arguments(self, region: Region, found: Mention | Frame) -> bool:
        return not isinstance(found, Frame) or self._kept_arguments(region) == set(found.arguments)

    def _kept_arguments(self, region: Region) -> set[Argument]:
        """What is left of a region's arguments by the decisions on their fillers alone."""
        mapped = (self._mapped((region.id, each.role, each.ref)) for each in region.arguments)
        return {
            Argument(role, target)
            for _, role, target in filter(None, mapped)
            if is_legal(self.page.schema, (region.id, role, target), self.labels)
        }

    def _links(self, labelling: Labelling) -> tuple[tuple[Link, ...], list[Verdict]]:
        """The links drawn and those ticked; each contested one is taken where it is among them."""
        ticked = {choice for item in self.results if item.get("from_name") == LINKS for choice in chosen(item)}
        named = {each.id.removesuffix(f".{each.layer}"): each.id for each in labelling.frames}
        offers = {each.id: self._ends(each, named) for each in self.sheet.contested_links}
        links = dict.fromkeys(labelling.links)
        drawn = {frozenset((each.layer, each.first, each.second)) for each in links}
        if (
            any(offers.values())
            and not ticked
            and not drawn & {frozenset((each.layer, *ends)) for each in self.sheet.contested_links if (ends := offers[each.id])}
        ):
            self.fault(None, "nothing is said of the contested links; tick those that hold, or that none does")
        if NO_LINK in ticked and len(ticked) > 1:
            self.fault(None, "a link is ticked, and that none holds; untick one of them")
        verdicts = []
        for offer in self.sheet.contested_links:
            ends = offers[offer.id]
            if ends and offer.id in ticked and frozenset((offer.layer, *ends)) not in drawn:
                links[Link(offer.layer, *ends)] = None
            taken = ends is not None and (offer.id in ticked or frozenset((offer.layer, *ends)) in drawn)
            verdicts.append(self._link_verdict(offer, ends if taken else None))
        return tuple(links), verdicts

    def _ends(self, offer: LinkOffer, named: Mapping[str, str]) -> tuple[str, str] | None:
        """The items it joins (``named``: region → item's id); None where one was rejected."""
        first, second = (named.get(self._stands(item) or "") for item in (offer.first, offer.second))
        return None if first is None or second is None else (first, second)

    def _link_verdict(self, offer: LinkOffer, ends: tuple[str, str] | None) -> Verdict:
        spans = [each for each in self.sheet.regions if each.item in (offer.first, offer.second)]
        start, end = min(each.start for each in spans), max(each.end for each in spans)
        return Verdict(offer.layer, start, end, None, offer.annotators, TAKE if ends else REJECT, " ".join(ends) if ends else None)

    def _answer_verdicts(self, labelling: Labelling) -> Iterator[Verdict]:
        given: dict[tuple[str, str], str | None] = {(each.layer, each.question): each.value for each in labelling.answers}
        given[ARTICLE, UNUSABLE] = labelling.unusable
        for control, votes in self.sheet.contested_votes.items():
            if control not in (UNUSABLE, *self.page.questions):
                continue
            layer, question = self.page.questions.get(control, (ARTICLE, UNUSABLE))
            value = given.get((layer, question))
            names = tuple(name for vote in votes if vote.value == value for name in vote.annotators)
            yield Verdict(layer, 0, 0, value, names, TAKE if names else "edit", question)
