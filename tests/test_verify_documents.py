"""verify: whatever is wrong with a document, how its gold was decided, or what an annotator said of it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.planting import (
    ADDRESS,
    NOTES,
    QUOTED,
    SAME,
    TEST,
    TRAIN,
    Fault,
    assert_just,
    both,
    edit,
    exchange,
    line_of,
    put,
)

GOLD_FAULTS = [
    Fault("wrong split", put(TRAIN, "split", "test"), f"{TRAIN}:1", "says split test, is in train.jsonl"),
    Fault("unknown split", put(TRAIN, "split", "holdout"), f"{TRAIN}:1", '"holdout" is not one of'),
    Fault(
        "another text", edit(TRAIN, lambda record: record.update(text=record["text"] + " ")), f"{TRAIN}:1", "text_sha256 is not the digest"
    ),
    Fault(
        "a text that moved",
        edit(TRAIN, lambda record: record.update(text="x" + record["text"])),
        f"{TRAIN}:1",
        "text_sha256 is not the digest",
    ),
    Fault("another digest", put(TRAIN, "text_sha256", "0" * 64), f"{TRAIN}:1", "text_sha256 is not the digest"),
    Fault("zone out of range", put(TRAIN, "zones.0.end", 9999), f"{TRAIN}:1", "zones 0–9999 is not in the text"),
    Fault("fractional zone", put(TRAIN, "zones.0.start", 0.0), f"{TRAIN}:1", "zones/0/start: 0.0 is no whole number"),
    Fault("sentence out of range", put(TRAIN, "sentences.4.end", 9999), f"{TRAIN}:1", "sentences 126–9999 is not in the text"),
    Fault("sentences that overlap", put(TRAIN, "sentences.1.start", 5), f"{TRAIN}:1", "sentences 5–53 begins before the one before it"),
    Fault("documents out of order", exchange(TRAIN), f"{TRAIN}:2", "stands behind .*; documents stand in the order of their ids"),
    Fault("a weight of nothing", put(TRAIN, "weight", 0.0), f"{TRAIN}:1", "its weight is 0.0, not above 0"),
    Fault("no day of the calendar", put(TRAIN, "date.day", 42), f"{TRAIN}:1", "its date 2025-3-42 is no day of the calendar"),
    Fault("a date of another precision", put(TRAIN, "date.day", None), f"{TRAIN}:1", "its date 2025-3-None is not of the precision day"),
    Fault("a date that is a string", put(TRAIN, "date.year", "2025"), f"{TRAIN}:1", "date/year: "),
    Fault("an unknown basis", put(TRAIN, "date.basis", "hearsay"), f"{TRAIN}:1", "date/basis: "),
    Fault("shares of more than one", put(TRAIN, "document.0.distribution.0.p", 0.75), f"{TRAIN}:1", "genre: its shares do not add up to 1"),
    Fault("a share twice", put(TRAIN, "document.0.distribution.-", SAME), f"{TRAIN}:1", "genre: a value's share stands twice"),
    Fault("a share above one", put(TRAIN, "document.0.distribution.0.p", 1.5), f"{TRAIN}:1", "document/0/distribution/0/p: "),
    Fault("made from nobody", put(TRAIN, "provenance.annotators", []), f"{TRAIN}:1", "nobody annotated it"),
    Fault(
        "made from somebody unheard",
        edit(TRAIN, lambda record: record["provenance"]["annotators"].insert(0, "annotator-00000000")),
        TRAIN,
        "made from annotator-00000000, who has no line of it in annotations.jsonl",
    ),
    Fault(
        "test by one",
        edit(TEST, lambda record: record["provenance"]["annotators"].pop()),
        f"{TEST}:1",
        "of 1 annotators, not of 2 as test|of one annotator it is single|a vote by|a vote by",
    ),
    Fault(
        "test not adjudicated",
        put(TEST, "provenance.decisions.0.how", "tie"),
        f"{TEST}:1",
        "stances-1: attribute strength is disputed and not adjudicated|tie, and yet decided",
    ),
    Fault("called withheld", put(TRAIN, "provenance.resolution", "withheld"), f"{TRAIN}:1", "says that its labels are withheld; those of"),
    Fault("text of no rights", put(TRAIN, "source.rights", None), f"{TRAIN}:1", "its text goes out, and `source.rights` does not say"),
    Fault(
        "shares of an item", put(TRAIN, "mentions.0.distributions.type.0.p", 0.3), f"{TRAIN}:1", "mentions-1: type: its shares do not add"
    ),
    Fault(
        "a share of an item twice", put(TRAIN, "stances.0.distributions.attributes.strength.-", SAME), f"{TRAIN}:1", "strength: a value's"
    ),
    Fault("a posterior", put(TRAIN, "document.0.distribution.0.posterior", 0.4), f"{TRAIN}:1", "genre: its posterior does not add up"),
    Fault("decision on nothing", put(TRAIN, "provenance.decisions.0.item", "stances-9"), f"{TRAIN}:1", "stances has no stances-9"),
    Fault("decision in no layer", put(TRAIN, "provenance.decisions.0.layer", "moods"), f"{TRAIN}:1", "there is no layer moods"),
    Fault("too many votes", put(TRAIN, "provenance.decisions.0.votes", 3), f"{TRAIN}:1", "attribute strength: 3 votes of 2"),
    Fault("decided by dice", put(TRAIN, "provenance.decisions.0.how", "dice"), f"{TRAIN}:1", "decided by dice, which is no way to decide"),
    Fault(
        "a vote of nobody's",
        put(TRAIN, "provenance.decisions.0.ballots.0.annotators", ["annotator-00000000"]),
        f"{TRAIN}:1",
        "a vote by annotator-00000000, who is not among its annotators",
    ),
    Fault("two votes", put(TRAIN, "provenance.decisions.0.ballots.0.annotators.-", SAME), f"{TRAIN}:1", "attribute strength: 2 votes by"),
    Fault("annotator twice", put(TEST, "provenance.annotators.-", SAME), f"{TEST}:1", "stands 2 times among its annotators"),
    Fault("adjudicator by name", put(TEST, "provenance.adjudicator", "salma"), f"{TEST}:1", "its adjudicator stands under no pseudonym"),
    Fault("address in another script", put(TRAIN, "source.agency", "نادرة@مثال.إختبار"), f"{TRAIN}:1", "an e-mail address in source"),
    Fault("address in a link", put(TRAIN, "source.url", f"https://v.example/?to={QUOTED}"), f"{TRAIN}:1", "an e-mail address in source"),
    Fault("document twice", line_of(TRAIN, lambda line: line + b"\n" + line), f"{TRAIN}:2", "its id stands twice"),
    Fault("question missing", edit(TRAIN, lambda record: record["document"].pop()), f"{TRAIN}:1", "author_on_diplomacy is missing"),
    Fault("share of another question", put(TRAIN, "document.1.distribution.0.value", "news"), f"{TRAIN}:1", "news is no answer to it"),
    Fault("address in provenance", put(TRAIN, "provenance.guidelines", ADDRESS), f"{TRAIN}:1", "an e-mail address in provenance"),
    Fault(
        "address after an odd line end",
        both(put(TRAIN, "title", "one\u2028two\x85three"), put(TRAIN, "provenance.guidelines", ADDRESS)),
        f"{TRAIN}:1",
        "an e-mail address in provenance",
    ),
    Fault(
        "story in two splits",
        both(put(TRAIN, "group.story", "storm"), put("test.jsonl", "group.story", "storm")),
        "splits.lock.json",
        "the story group storm crosses test and train",
    ),
    Fault(
        "copies in two splits",
        both(put("dev.jsonl", "group.duplicates", "d"), put("test.jsonl", "group.duplicates", "d")),
        "splits.lock.json",
        "the duplicates group d crosses dev and test",
    ),
]

ANNOTATION_FAULTS = [
    Fault("unknown article", put(NOTES, "article", "an-unknown"), f"{NOTES}:1", "an-unknown: no such document"),
    Fault("lines out of order", exchange(NOTES), f"{NOTES}:2", "stands behind .* by annotator-"),
    Fault("second line", line_of(NOTES, lambda line: line + b"\n" + line), f"{NOTES}:2", "a second line by annotator-"),
    Fault(
        "address of the annotator",
        put(NOTES, "unusable", ADDRESS),
        f"{NOTES}:1",
        "an e-mail address in unusable|calls the article unusable",
    ),
    Fault("annotator by name", put(NOTES, "annotator", "layla"), f"{NOTES}:1", "annotator: "),
    Fault("no answer", put(NOTES, "document.0.value", None), f"{NOTES}:1", "document/0/value"),
]


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in GOLD_FAULTS])
def test_verify_reports_just_the_planted_fault_of_a_document(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in ANNOTATION_FAULTS])
def test_verify_reports_just_the_planted_fault_of_an_annotation(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)
