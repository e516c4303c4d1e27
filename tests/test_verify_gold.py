"""verify: gold that does not follow from its decisions and votes, or from what its annotators say, is named."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from msgspec import structs

from annotate.records import Article, Labelling
from annotate.release.verify.folder import verify
from tests.planting import NOTES, SAME, TEST, TRAIN, Fault, added, assert_just, edit, line_of, put, replaced, resum, whole
from tests.releases import Record, label_all, small_release

# How gold was decided, held against what it says and against what its annotators say.
DECIDED_FAULTS = [
    Fault("a type swapped", put(TRAIN, "mentions.0.type", "ORG"), f"{TRAIN}:1", "mentions-1: type is ORG, its annotators said GOV"),
    Fault("an attribute swapped", put(TRAIN, "events.0.attributes.polarity", "negative"), f"{TRAIN}:1", "polarity is negative, its annot"),
    Fault(
        "an attribute emptied", put(TRAIN, "events.0.attributes.polarity", None), f"{TRAIN}:1", "polarity is nothing, its annotators said"
    ),
    Fault("an answer emptied", put(TRAIN, "document.1.value", None), f"{TRAIN}:1", "author_on_sanctions is nothing, its annotators said"),
    Fault(
        "an adjudicated answer swapped",
        put(TEST, "document.0.value", "analysis"),
        f"{TEST}:1",
        "document: answer genre: decided news, its record has analysis",
    ),
    Fault("a decision left out", edit(TRAIN, lambda r: r["provenance"]["decisions"].pop(0)), f"{TRAIN}:1", "its annotators differ, and no"),
    Fault("a decision twice", put(TRAIN, "provenance.decisions.-", SAME), f"{TRAIN}:1", "attribute strength: is decided twice"),
    Fault("a decision on nothing known", put(TRAIN, "provenance.decisions.0.decision", "mood"), f"{TRAIN}:1", "mood: is no decision"),
    Fault("a tie with an outcome", put(TRAIN, "provenance.decisions.0.outcome", "verbal"), f"{TRAIN}:1", "tie, and yet decided verbal"),
    Fault("other votes than ballots", put(TRAIN, "provenance.decisions.0.of", 5), f"{TRAIN}:1", "of 5, its ballots are of 2"),
    Fault(
        "a vote more than ballots",
        put(TRAIN, "provenance.decisions.0.votes", 2),
        f"{TRAIN}:1",
        "2 votes for what leads, its ballots have 1",
    ),
    Fault("a confidence of its own", put(TEST, "provenance.decisions.0.confidence", 0.6), f"{TEST}:1", "with a confidence of 0.6"),
    Fault("an unknown strategy", put(TRAIN, "provenance.decisions.0.strategy", "dice"), f"{TRAIN}:1", "dice is no strategy"),
    Fault("adjudicated by nobody", put(TEST, "provenance.decisions.0.adjudicators", []), f"{TEST}:1", "adjudicated by nobody"),
    Fault("no adjudicator", put(TEST, "provenance.adjudicator", None), f"{TEST}:1", "its adjudicator is nobody, its decisions name annot"),
    Fault("annotators out of order", edit(TRAIN, lambda r: r["provenance"]["annotators"].reverse()), f"{TRAIN}:1", "are out of order"),
    Fault("resolved otherwise", put(TRAIN, "provenance.resolution", "mace"), f"{TRAIN}:1", "says resolved mace, release.json majority"),
    Fault("made by something else", put(TRAIN, "provenance.tool", "annotate 9"), f"{TRAIN}:1", "says tool annotate 9, release.json annot"),
    Fault("no guidelines", put(TRAIN, "provenance.guidelines", ""), f"{TRAIN}:1", "does not say under which guidelines"),
    Fault(
        "shares that are not the votes'",
        edit(TRAIN, lambda r: [share.update(p=p) for share, p in zip(r["document"][0]["distribution"], (0.7, 0.3), strict=True)]),
        f"{TRAIN}:1",
        "genre: its shares are not those of the votes",
    ),
    Fault(
        "seven digits of a share", edit(TRAIN, lambda r: thirds(r["document"][0])), f"{TRAIN}:1", "a share has more than six digits|votes"
    ),
    Fault("nobody's type", put(TRAIN, "mentions.0.distributions.type", []), f"{TRAIN}:1", "type is GOV, its annotators said nothing"),
    Fault("no entity", put(TRAIN, "mentions.0.entity", None), f"{TRAIN}:1", "mentions-1: names no entity"),
    Fault(
        "an item called otherwise", put(TRAIN, "mentions.2.id", "x-9"), f"{TRAIN}:1", "not called mentions-1 to|refers to mentions-3, which"
    ),
    Fault("an item there twice", edit(TRAIN, lambda r: twice(r["stances"])), f"{TRAIN}:1", "stances-2: is there twice"),
    Fault("answers out of order", edit(TRAIN, lambda r: r["document"].reverse()), f"{TRAIN}:1", "not in the order of its questions"),
    Fault(
        "same_as of some",
        edit(TRAIN, lambda r: (r["events"][0].update(same_as=["events-2", "events-3"]), r["events"][2].update(same_as=["events-1"]))),
        f"{TRAIN}:1",
        "which does not refer to all that it refers to|",
    ),
    Fault("arguments out of order", edit(TRAIN, lambda r: r["events"][0]["arguments"].reverse()), f"{TRAIN}:1", "or they are out of order"),
    Fault(
        "an argument left out",
        edit(TRAIN, lambda r: r["events"][0]["arguments"].pop()),
        f"{NOTES}:[56]",
        "events-1: its arguments are not those of events-1|",
    ),
]

ARTICLE_FAULTS = [
    Fault("zones out of order", edit(TRAIN, lambda r: r["zones"].reverse()), f"{TRAIN}:1", "zones .* stands behind"),
    Fault("a zone twice", edit(TRAIN, lambda r: r["zones"].insert(0, r["zones"][0])), f"{TRAIN}:1", "zones .* stands behind"),
    Fault("zones that cross", edit(TRAIN, lambda r: r["zones"][0].update(end=r["zones"][1]["end"] - 3)), f"{TRAIN}:1", "zones .* crosses"),
    Fault("a date of no basis", put(TRAIN, "date.basis", "unknown"), f"{TRAIN}:1", "its date rests on nothing that is known"),
    Fault("a year before all", put(TRAIN, "date.year", 0), f"{TRAIN}:1", "is no day of the calendar"),
    Fault("a weight of no sample", put(TRAIN, "weight", 2.0), f"{TRAIN}:1", "no manifest in samples/ says what it was drawn from"),
    Fault(
        "a weight without end", line_of(TRAIN, lambda line: line.replace(b'"weight":1.0', b'"weight":1e400')), f"{TRAIN}:1", "1e400 is no"
    ),
    Fault("rights of blanks", put(TRAIN, "source.rights", "  "), f"{TRAIN}:1", "its text goes out, and"),
    Fault("another original", put(TRAIN, "original_id", "original:7"), f"{TRAIN}:1", "its original_id is original:7"),
    Fault(
        "a whole number for a part", replaced(TRAIN, b'"weight":1.0', b'"weight":1'), f"{TRAIN}:1", "is not written as a line of a release"
    ),
    Fault("an escape", replaced(TRAIN, b"Velmora", b"\\u0056elmora"), f"{TRAIN}:1", "is not written as a line of a release"),
    Fault("a blank", replaced(TRAIN, b'"lang":"en"', b'"lang": "en"'), f"{TRAIN}:1", "is not written as a line of a release"),
    Fault("an empty line at the end", added(TRAIN, b"\n"), f"{TRAIN}:6", "is an empty line"),
    Fault("a byte behind the end", added(TRAIN, b"\0"), f"{TRAIN}:6", "has no line end: the file was cut"),
    Fault("the last line cut", whole(TRAIN, lambda body: body[:-40]), f"{TRAIN}:5", "has no line end: the file was cut"),
]

# Line 1 and 2 of annotations.jsonl are of the first document of test.
LINE_FAULTS = [
    Fault("a type swapped", put(NOTES, "mentions.0.type", "ORG"), f"{NOTES}:1", "does not have mentions-1, which all its annotators have"),
    Fault(
        "an attribute swapped", put(NOTES, "events.0.attributes.polarity", "negative"), f"{NOTES}:1", "its attributes are not those of ev"
    ),
    Fault(
        "a disputed attribute", put(NOTES, "stances.0.attributes.strength", "material"), f"{NOTES}:1", "strength is material, by the votes"
    ),
    Fault("an argument left out", edit(NOTES, lambda r: r["events"][0]["arguments"].pop()), f"{NOTES}:1", "its arguments are not those of"),
    Fault("an answer left out", edit(NOTES, lambda r: r["document"].pop()), f"{NOTES}:1", "author_on_diplomacy is not answered, gold says"),
    Fault("a disputed answer", put(NOTES, "document.0.value", "analysis"), f"{NOTES}:1", "genre is analysis, gold says"),
    Fault("an item left out", edit(NOTES, lambda r: r["stances"].clear()), f"{NOTES}:1", "does not have stances-1, which all|"),
    Fault("called unusable", put(NOTES, "unusable", "duplicate"), f"{NOTES}:1", "calls the article unusable, of which its gold knows"),
    Fault(
        "somebody of whom gold knows nothing",
        edit(NOTES, lambda r: r.update(annotator="annotator-00000000")),
        NOTES + ":1|test.jsonl",
        "not made from what|made from",
    ),
    Fault("answers out of order", edit(NOTES, lambda r: r["document"].reverse()), f"{NOTES}:1", "not in the order of its questions"),
]


# Of the first event the second annotator gives another actor, another mode and the same place and time.
DISPUTED_FAULTS = [
    Fault(
        "an undisputed argument left out",
        edit(TRAIN, lambda r: r["events"][0]["arguments"].pop()),
        f"{NOTES}:[56]",
        "its arguments are not|",
    ),
    Fault("an undisputed role swapped", edit(TRAIN, lambda r: swap_role(r["events"][0])), f"{NOTES}:[56]", "its arguments are not|"),
    Fault(
        "an undisputed attribute of a line", edit(NOTES, lambda r: plan(r["events"][2])), f"{NOTES}:1", "its attributes are not those of"
    ),
]


def swap_role(event: Record) -> None:
    next(each for each in event["arguments"] if each["role"] == "place")["role"] = "recipient"
    event["arguments"].sort(key=lambda each: each["role"])


def plan(event: Record) -> None:
    event["attributes"]["modality"] = "planned"


def label_disputed(article: Article, who: str) -> Labelling:
    """As `label_all`, but the second annotator leaves a mention, the first event's actor and the third's mode out."""
    full = label_all(article, who)
    if who == "first":
        return full
    first, second, third, stance = full.frames
    first = structs.replace(first, arguments=tuple(each for each in first.arguments if each.role != "actor"))
    return structs.replace(
        full, mentions=full.mentions[:3], frames=(first, second, structs.replace(third, attributes={}, arguments=()), stance)
    )


@pytest.fixture(scope="module")
def disputed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release(tmp_path_factory.mktemp("disputed"), label_disputed)


def thirds(answer: Record) -> None:
    answer["distribution"][0]["p"], answer["distribution"][1]["p"] = 0.3333333, 0.6666667


def twice(items: list[Record]) -> None:
    items.append(items[0] | {"id": "stances-2"})


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in DECIDED_FAULTS])
def test_verify_reports_just_the_planted_fault_of_a_decision(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in ARTICLE_FAULTS])
def test_verify_reports_just_the_planted_fault_of_an_article(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in LINE_FAULTS])
def test_verify_reports_just_the_planted_fault_of_an_annotators_line(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in DISPUTED_FAULTS])
def test_what_is_not_disputed_is_held_to_the_annotators_where_something_else_is(disputed: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(disputed, tmp_path / "release")), fault)


def test_of_gold_that_its_lines_do_not_bear_out_sizes_and_sums_are_not_told_besides(small: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small, tmp_path / "release"))
    edit(TRAIN, lambda record: record["events"][0]["arguments"].pop())(folder)
    resum(folder)
    assert {each.place for each in verify(folder)} == {f"{NOTES}:5", f"{NOTES}:6"}


def test_two_annotators_lines_under_each_others_names_are_told(disputed: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(disputed, tmp_path / "release"))
    lines = (folder / NOTES).read_text("utf-8").splitlines(keepends=True)
    names = [re.findall(r'"annotator":"([^"]+)"', line)[0] for line in lines[4:6]]
    lines[4:6] = [lines[5].replace(names[1], names[0]), lines[4].replace(names[0], names[1])]
    (folder / NOTES).write_text("".join(lines), "utf-8")
    resum(folder)
    problems = verify(folder)
    assert {each.place for each in problems} == {f"{NOTES}:5", f"{NOTES}:6"}
    assert sum("has nothing of mentions at" in each.message for each in problems) == 1
