"""How a document's gold was decided, as its record tells it: from whom, every decision that was not unanimous, the annotators' shares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from annotate.release.about import WITHHELD
from annotate.release.typed import field_of
from annotate.schema import FrameLayer, Schema
from annotate.schema.record_schema import PSEUDONYM

# Ways to decide: those that have an outcome, and those that have none.
HOW = ("unanimous", "majority", "model", "single", "adjudicated")
UNDECIDED = ("minority", "tie", "too few", "waiting", "duplicate", "dependent")
COUNTED = ("majority", "minority", "tie", "too few", "waiting", "model")  # where every ballot counts
STRATEGIES = ("majority", "unanimous", "dawid-skene", "mace", "adjudicated", "single")
KEPT = "kept"
ARTICLE = "article"  # the layer of what is decided about the article itself: whether it can be annotated
GUIDELINES = re.compile(r"[^@]+@[^@, ]+(?:, [^@]+@[^@, ]+)*")  # the versions of the schema, with their guidelines
REASON = "unusable because"  # has an outcome, however it was voted on
WORDS = ("exists", "span", "type", "entity", "attribute", "argument", "link", "answer", "unusable")  # that a decision begins with
ONE = "single"  # provenance.resolution of what one annotator labelled
TOLERANCE = 1e-5  # of a sum of shares that are rounded to six digits
POSTERIOR_TOLERANCE = 1e-4  # probabilities that round to 0 are left out
DIGITS = 6


class _Asked(NamedTuple):
    """A layer of spans: where its items and their attributes stand in a record, with what a decision on an attribute is called."""

    name: str
    field: str
    attributes: list[tuple[str, str, str]]  # name, field, decision


class Decided:
    """Holds what a record says of its labels against what it says of how they were decided."""

    def __init__(self, schema: Schema) -> None:
        self._layers = {ARTICLE, *(layer.name for layer in schema.layers)}
        self._links = {link.name: field_of(link.name) for link in schema.link_layers}
        self._choices = [(layer.name, field_of(layer.name)) for layer in schema.choice_layers]
        self._asked = [
            _Asked(
                name,
                field_of(name),
                [(each.name, field_of(each.name), f"attribute {each.name}") for each in layer.attributes]
                if isinstance(layer, FrameLayer)
                else [],
            )
            for name, layer in schema.span_layers.items()
        ]

    def faults(self, record: Any) -> Iterator[str]:
        provenance = record.provenance
        if provenance.resolution == WITHHELD:
            return
        if len(provenance.annotators) == 1 and provenance.resolution != ONE:
            yield f"its resolution is {provenance.resolution}, of one annotator it is {ONE}"
        if not GUIDELINES.fullmatch(provenance.guidelines):
            yield "does not say under which guidelines it was labelled"
        yield from _people(provenance)
        items = {item.id: (asked, item) for asked in self._asked for item in getattr(record, asked.field)} if provenance.decisions else {}
        decided: dict[tuple[str, str], Any] = {}
        faults = []
        for each in provenance.decisions:
            where = f"{each.item or each.layer}: {each.decision}"
            if each.item is not None and (each.item, each.decision) in decided:
                faults.append(f"{where}: is decided twice")
            decided[each.item or each.layer, each.decision] = each
            faults += [f"{where}: {fault}" for fault in self._decision(each, provenance, items, record)]
        yield from faults
        if not faults:
            yield from self._shares(record, decided)
            yield from self._answers(record, decided)

    def _decision(self, decision: Any, provenance: Any, items: Mapping[str, tuple[_Asked, Any]], record: Any) -> Iterator[str]:
        if decision.layer not in self._layers:
            yield f"there is no layer {decision.layer}"
            return
        if decision.item is not None and (decision.item not in items or items[decision.item][0].name != decision.layer):
            yield f"{decision.layer} has no {decision.item}"
            return
        votes = list(_vote_faults(decision, provenance))
        yield from votes
        if not votes:
            yield from self._outcome(decision, items, record)

    def _outcome(self, decision: Any, items: Mapping[str, tuple[_Asked, Any]], record: Any) -> Iterator[str]:
        """What was decided, and what stands in the record."""
        word, _, rest = decision.decision.partition(" ")
        if word not in WORDS:
            yield "is no decision"
        elif decision.item is not None:
            asked, item = items[decision.item]
            is_ = _standing(word, rest, asked, item, decision.outcome)
            if decision.outcome != is_:
                yield f"decided {decision.outcome or 'nothing'}, its record has {is_ or 'nothing'}"
        elif word == "answer":
            answers = next((getattr(record, field) for name, field in self._choices if name == decision.layer), ())
            value = next((each.value for each in answers if each.name == rest), None)
            if value != decision.outcome:
                yield f"decided {decision.outcome or 'nothing'}, its record has {value or 'nothing'}"
        elif word == "link" and decision.outcome == KEPT:
            first, _, second = rest.partition(" ")
            if first not in items or second not in getattr(items[first][1], self._links[decision.layer], ()):
                yield "decided kept, its record does not have it"

    def _shares(self, record: Any, decided: Mapping[tuple[str, str], Any]) -> Iterator[str]:
        """The shares beside each item's type and attributes. What is unanimous, nearly all, costs a comparison."""
        for asked in self._asked:
            for item in getattr(record, asked.field):
                told = item.distributions
                shares = told.type
                if not (len(shares) == 1 and shares[0].value == item.type and shares[0].p == 1.0 and shares[0].posterior is None):
                    yield from _value_faults(f"{item.id}: type", item.type, shares, decided.get((item.id, "type")))
                for name, field, decision in asked.attributes:
                    value, shares = getattr(item.attributes, field), getattr(told.attributes, field)
                    if shares:
                        if not (len(shares) == 1 and shares[0].value == value and shares[0].p == 1.0 and shares[0].posterior is None):
                            yield from _value_faults(f"{item.id}: {name}", value, shares, decided.get((item.id, decision)))
                    elif value is not None:
                        yield from _value_faults(f"{item.id}: {name}", value, shares, decided.get((item.id, decision)))

    def _answers(self, record: Any, decided: Mapping[tuple[str, str], Any]) -> Iterator[str]:
        for layer, field in self._choices:
            for answer in getattr(record, field):
                shares = answer.distribution
                alike = len(shares) == 1 and shares[0].value == answer.value and shares[0].p == 1.0
                if not alike and next(share_faults(shares), None) is None:  # said elsewhere
                    # Shares are of those who answered; that others did not is a decision too.
                    made = decided.get((layer, f"answer {answer.name}"))
                    yield from _value_faults(answer.name, answer.value, shares, made, silent=False)


def _standing(word: str, rest: str, asked: _Asked, item: Any, outcome: str | None) -> str | None:
    """What an item has of what was decided, in the words of an outcome."""
    if word == "type":
        return str(item.type)
    if word == "span":
        return f"{item.start}-{item.end}"
    if word == "exists":
        return KEPT
    if word == "entity":
        return None if outcome is None else str(item.entity)
    if word == "attribute":
        field = next((field for name, field, _ in asked.attributes if name == rest), None)
        return None if field is None else getattr(item.attributes, field)
    role, _, ref = rest.partition(" ")
    there = any(each.role == role and each.ref == ref for each in getattr(item, "arguments", ()))
    return KEPT if there else None


def _value_faults(where: str, value: str | None, shares: Any, decision: Any, *, silent: bool = True) -> Iterator[str]:
    """A value against the shares of those who gave it, where these are not simply all. Of what is not listed they were of one mind.

    silent: whether those who gave no value have a share too
    """
    said = [each.value for each in shares if each.p]  # others only a model thinks possible
    if (fault := next(share_faults(shares), None)) is not None:
        yield f"{where}: {fault}"
    elif decision is None and len(said) > 1:
        yield f"{where}: its annotators differ, and no decision says what became of it"
    elif decision is None and next(iter(said), None) != value:
        yield f"{where} is {value or 'nothing'}, its annotators said {next(iter(said), None) or 'nothing'}"
    elif decision is not None and not _as_voted(shares, [each for each in decision.ballots if silent or each.value is not None]):
        yield f"{where}: its shares are not those of the votes"


def _as_voted(shares: Any, ballots: Any) -> bool:
    votes: dict[str | None, int] = {each.value: len(each.annotators) for each in ballots}
    total = sum(votes.values()) or 1
    voted = {value: round(count / total, DIGITS) for value, count in votes.items()}
    shown: dict[str | None, float] = {each.value: each.p for each in shares if each.p or each.value in votes}
    return voted == shown


def _people(provenance: Any) -> Iterator[str]:
    annotators = Counter(provenance.annotators)
    yield from (f"{name} stands {count} times among its annotators" for name, count in annotators.items() if count > 1)
    judges = sorted({each.adjudicators[0] for each in provenance.decisions if each.adjudicators} - {provenance.adjudicator})
    if provenance.adjudicator is not None and not re.search(PSEUDONYM["pattern"], provenance.adjudicator):
        yield "its adjudicator stands under no pseudonym"
    elif judges:
        yield f"its adjudicator is {provenance.adjudicator or 'nobody'}, its decisions name {judges[0]}"
    if len(annotators) == len(provenance.annotators) and provenance.annotators != sorted(annotators):
        yield "its annotators are out of order"


def _vote_faults(decision: Any, provenance: Any) -> Iterator[str]:
    """Votes of the document's own annotators, counted right, by a way to decide that has an outcome or has none."""
    counts = Counter(name for ballot in decision.ballots for name in ballot.annotators)
    strangers = sorted(counts.keys() - set(provenance.annotators)) if provenance.annotators else []
    yield from (f"a vote by {name}, who is not among its annotators" for name in strangers)
    yield from (f"{count} votes by {name}" for name, count in counts.items() if count > 1)
    if strangers or max(counts.values(), default=1) > 1:
        return
    if decision.votes > decision.of:
        yield f"{decision.votes} votes of {decision.of}"
    elif decision.ballots and decision.how in COUNTED and not decision.adjudicators and counts.total() != decision.of:
        yield f"of {decision.of}, its ballots are of {counts.total()}"
    elif decision.ballots and decision.how in COUNTED and not decision.adjudicators and decision.votes != _leading(decision):
        yield f"{decision.votes} votes for what leads, its ballots have {_leading(decision)}"
    elif decision.how in ("majority", "adjudicated") and not _confident(decision):
        yield f"{decision.how} of {decision.votes} of {decision.of} with a confidence of {decision.confidence}"
    if decision.how not in (*HOW, *UNDECIDED):
        yield f"decided by {decision.how}, which is no way to decide"
    elif decision.how in UNDECIDED and decision.outcome is not None and decision.decision != REASON:
        yield f"{decision.how}, and yet decided {decision.outcome}"
    if decision.strategy not in STRATEGIES:
        yield f"{decision.strategy} is no strategy"
    if decision.how == "adjudicated" and not decision.adjudicators:
        yield "adjudicated by nobody"


def _leading(decision: Any) -> int:
    """How many ballots are for what leads. Boundaries are voted on one by one; an attribute can be voted empty."""
    word = decision.decision.partition(" ")[0]
    if word == "span":
        return int(decision.votes)
    return max((len(each.annotators) for each in decision.ballots if each.value is not None or word == "attribute"), default=0)


def _confident(decision: Any) -> bool:
    """Over half, and by how much."""
    if not decision.of or 2 * decision.votes <= decision.of or decision.confidence is None:
        return False
    return bool(abs(decision.confidence - decision.votes / decision.of) < TOLERANCE)


def share_faults(shares: Any) -> Iterator[str]:
    """Of one distribution: each value once, shares of votes that add up to 1, and a model's probabilities too."""
    if not shares:
        return
    if len({each.value for each in shares}) != len(shares):
        yield "a value's share stands twice"
    elif abs(sum(each.p for each in shares) - 1) > TOLERANCE:
        yield "its shares do not add up to 1"
    elif any(each.p != round(each.p, DIGITS) for each in shares):
        yield "a share has more than six digits"
    else:
        posteriors = (getattr(each, "posterior", None) for each in shares)  # which format 1 had not
        told = [each for each in posteriors if each is not None]
        if told and abs(sum(told) - 1) > POSTERIOR_TOLERANCE:
            yield "its posterior does not add up to 1"
