"""Agreement rests on what each annotator first submitted; phases and guideline versions are measured apart."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import msgspec
import pytest
from msgspec import structs

from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import GatheredParts, by_week, measure_gathered_parts, measure_parts, parts_of
from annotate.records import Answer, Author, Kept, Labelling, Link, Mention
from annotate.schema import Schema
from annotate.steps import agree, pull
from annotate.store import Submitted
from annotate.studio.client import Client
from annotate.studio.labellings import Reading, read_article, read_first_by_article, read_versions
from annotate.studio.results import page_of
from annotate.workspace import Workspace
from tests.handmade import SCHEMA, event
from tests.on_server import Join, span, submit, tasks_of, text_of
from tests.result_items import ANNOTATOR, ARTICLE, EVENTS, GOV, KARESH

OMAR = "omar@velmora.example"
PEOPLE = {("local", 3): ANNOTATOR, ("local", 4): OMAR}


def kept(number: int, user: int, *result: Any, at: str = "2031-05-01T10:00:00Z", **more: Any) -> Kept:
    body = {"id": number, "completed_by": user, "created_at": at, "updated_at": at, "result": list(result), **more}
    return Kept("local", 1, 5, number, ARTICLE.id, ARTICLE.sha256, EVENTS.id, msgspec.json.encode(body), Author("local", user))


def first(*versions: tuple[Kept, bool]) -> Reading:
    submitted = [Submitted(each, 1, there, each is versions[-1][0]) for each, there in versions]
    (found,) = read_first_by_article(EVENTS, {ARTICLE.id: ARTICLE}.get, PEOPLE, submitted)
    return found


def marked(found: Reading) -> list[tuple[str, list[str]]]:
    return [(each.annotator, [item.id for item in each.items]) for each in found.labellings]


def test_a_later_edit_does_not_count() -> None:
    found = first((kept(1, 3, GOV), True), (kept(1, 3, GOV, KARESH, updated_by=3), True))
    assert marked(found) == [(ANNOTATOR, ["m1"])]


def test_an_edit_by_somebody_else_does_not_count_but_the_first_version_does() -> None:
    found = first((kept(1, 3, GOV), True), (kept(1, 3, KARESH, updated_by=4), True))
    assert (marked(found), found.problems) == ([(ANNOTATOR, ["m1"])], [])


def test_what_somebody_else_changed_before_the_first_pull_is_left_out_and_named() -> None:
    found = first((kept(1, 3, GOV, updated_by=4), True), (kept(2, 4, KARESH), True))
    assert marked(found) == [(OMAR, ["m3"])]
    assert [str(each) for each in found.problems] == [
        f"project 1, task 5, annotation 1: {OMAR} had changed what {ANNOTATOR} submitted before it was first pulled"
    ]


def test_skipped_first_and_done_later_counts_as_done() -> None:
    assert marked(first((kept(1, 3, was_cancelled=True), True), (kept(1, 3, GOV), True))) == [(ANNOTATOR, ["m1"])]


def test_deleted_and_done_again_counts_as_first_submitted() -> None:
    done, again = kept(1, 3, GOV), kept(2, 3, KARESH, at="2031-05-02T10:00:00Z")
    assert marked(first((done, False), (again, True))) == [(ANNOTATOR, ["m1"])]


def test_deleted_for_good_does_not_count() -> None:
    assert marked(first((kept(1, 3, GOV), False))) == []


def test_what_stands_now_and_what_was_first_are_read_together_as_they_are_apart() -> None:
    """Of one project or two, an annotation later changed, one deleted, one skipped, one that somebody else changed before it was pulled."""
    later = "2031-05-03T10:00:00Z"
    versions = [
        Submitted(kept(1, 3, GOV), 1, True, False),
        Submitted(kept(2, 4, KARESH, updated_by=3), 1, True, True),
        Submitted(kept(3, 5, GOV, KARESH), 2, False, False),
        Submitted(kept(1, 3, KARESH), 1, True, True),
        Submitted(kept(4, 6, was_cancelled=True), 2, True, True),
        Submitted(kept(5, 3, GOV, KARESH, at=later), 2, True, True),
        Submitted(kept(6, 7, GOV, KARESH), 1, True, True),
    ]
    page = page_of(EVENTS)
    now, firsts = read_versions(page, ARTICLE, PEOPLE, versions)
    assert now == read_article(
        page, ARTICLE, PEOPLE, sorted((each.kept for each in versions if each.latest), key=lambda each: each.annotation)
    )
    assert [firsts] == list(read_first_by_article(EVENTS, {ARTICLE.id: ARTICLE}.get, PEOPLE, versions))
    assert marked(now) == [(ANNOTATOR, ["m1", "m3"]), (OMAR, ["m3"]), ("user-7", ["m1", "m3"])]
    assert marked(firsts) == [(ANNOTATOR, ["m1"]), ("user-7", ["m1", "m3"])]


def test_a_labelling_says_when_and_under_which_guidelines() -> None:
    (labelling,) = first((kept(1, 3, GOV), True)).labellings
    assert (labelling.submitted, labelling.guidelines) == ("2031-05-01T10:00:00Z", EVENTS.id)


def at(day: str, annotator: str = "a", article: str = "velmora-1", guidelines: str = "tiny@1.0.0") -> Labelling:
    return Labelling(article, annotator, submitted=f"{day}T10:00:00Z", guidelines=guidelines)


PHASES = {"pilot": date(2031, 3, 1), "calibration": date(2031, 4, 1)}


@pytest.mark.parametrize(
    ("day", "phase"), [("2031-02-28", "pilot"), ("2031-03-01", "calibration"), ("2031-04-01", "production"), ("2032-01-01", "production")]
)
def test_phases_end_before_their_day(day: str, phase: str) -> None:
    assert [part.phase for part in parts_of([at(day)], PHASES)] == [phase]


def test_parts_come_in_the_order_in_which_they_were_begun() -> None:
    labellings = [at("2031-05-01", "b"), at("2031-02-01"), at("2031-05-01", "c", guidelines="tiny@0.9.0")]
    assert [(part.phase, part.guidelines, len(part.labellings)) for part in parts_of(labellings, PHASES)] == [
        ("pilot", "tiny@1.0.0", 1),
        ("production", "tiny@0.9.0", 1),
        ("production", "tiny@1.0.0", 1),
    ]
    assert [part.phase for part in parts_of(labellings, {})] == [None, None]


def test_an_article_is_of_the_week_in_which_its_last_labelling_came() -> None:
    weeks = by_week([at("2031-01-01", "a"), at("2031-01-08", "b"), at("2031-01-02", "a", "velmora-2")])
    assert {week: sorted({each.article for each in own}) for week, own in weeks.items()} == {
        "2031-W01": ["velmora-2"],
        "2031-W02": ["velmora-1"],
    }


def test_agreement_does_not_rise_when_annotators_talk_it_over(pushed: Workspace, client: Client, join: Join) -> None:
    """On the real server: the second annotator comes round to the first after the first pull."""
    task = tasks_of(client, pushed)["velmora-1"]
    text = text_of(client, task)
    amal, basim = join("amal"), join("basim")
    submit(amal, task, span(text, "Velmora"), span(text, "bridge", "FAC"))
    number = submit(basim, task, span(text, "Velmora"))
    pull.run(pushed)
    basim.patch(f"/api/annotations/{number}/", {"result": [span(text, "Velmora"), span(text, "bridge", "FAC")]})
    assert pull.run(pushed).changed == 1
    asked = agree.Asked(layer="mentions")
    exact = [
        {each.measure: each.value for each in agree.run(pushed, asked=asked, latest=latest).results if each.layer == "mentions"}[
            "span_f1_exact"
        ]
        for latest in (False, True)
    ]
    assert exact == [pytest.approx(2 / 3), 1]


def test_phases_are_measured_apart(pushed: Workspace, client: Client, join: Join, schema: Schema) -> None:
    """Two people label one article each, one of them before the phase's end, which only the configuration says."""
    amal = join("amal")
    for name in ("velmora-1", "velmora-3"):
        task = tasks_of(client, pushed)[name]
        submit(amal, task, span(text_of(client, task), "attack" if name == "velmora-3" else "bridge", "FAC"))
    pull.run(pushed)
    done = agree.run(pushed, gamma=False)
    assert {(each.phase, each.guidelines) for each in done.results} == {(None, schema.id)}
    settings = msgspec.structs.replace(pushed.settings.agreement, phases={"pilot": date(2100, 1, 1)})
    piloted = msgspec.structs.replace(pushed, settings=msgspec.structs.replace(pushed.settings, agreement=settings))
    assert {each.phase for each in agree.run(piloted, gamma=False).results} == {"pilot"}


def test_what_one_alone_labelled_need_not_be_held() -> None:
    """Of such an article counts and answers are enough for every result: units, values, intervals, rows of types that nobody else used."""
    by_article = [
        labelled("both", "a"),
        labelled("both", "b", shift=1),
        labelled("alone", "a", kind="PER"),
        labelled("second", "a"),
        labelled("second", "b"),
        structs.replace(labelled("unusable", "a"), unusable="paywall"),
        labelled("unusable", "b"),
    ]
    texts = {each.article: "x" * 80 for each in by_article}
    together = [list(own) for _, own in groupby(by_article, key=lambda each: each.article)]
    gathered, how = GatheredParts(SCHEMA, {}), Intervals(replicates=50)
    for own in together:
        gathered.add(own)
    parts = list(gathered.parts())
    assert len(parts[0].gathered.spans("mentions").start) == 8
    assert measure_gathered_parts(parts, texts=texts, how=how) == measure_parts(SCHEMA, parts_of(by_article, {}), texts=texts, how=how)


def labelled(article: str, annotator: str, shift: int = 0, kind: str = "GOV") -> Labelling:
    mentions = (Mention("m1", "mentions", kind, 10 + shift, 16), Mention("m2", "mentions", "LOC", 20, 24))
    frames = (event("e1", (30 + shift, 36), "ACCUSE", ("actor", "m1")), event("e2", (40, 44), "TRANSFER", ("place", "m2")))
    answers = (Answer("document", "genre", "news" if annotator == "a" else "opinion"),)
    return Labelling(article, annotator, mentions, frames, (Link("same_as", "e1", "e2"),), answers)
