"""`annotate agree` on a workspace that holds the bundled corpus with its two labellings: breakdowns, disagreements, gates, text."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from annotate.agreement.intervals import Intervals
from annotate.agreement.text import FEW
from annotate.demo.corpus import ARTICLES, labellings
from annotate.errors import UsageProblem
from annotate.records import Pulled
from annotate.schema import Schema, load_schema
from annotate.steps import agree, ingest, init
from annotate.steps.agree import Agreement, Asked
from annotate.steps.stored import articles_by_id
from annotate.store import Store
from annotate.studio.results import page_of, write_results
from annotate.workspace import Workspace, find_workspace
from tests.conftest import SCHEMAS
from tests.ratings import NO_INTERVAL

PEOPLE = {3: "amal@velmora.example", 4: "basim@velmora.example"}
QUICK = Intervals(replicates=50)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Amal did half of the articles in one week, and the rest in the next; Basim did all in the first."""
    folder = tmp_path_factory.mktemp("labelled")
    init.run(folder, "event-stance")
    workspace = find_workspace(folder, {})
    ingest.run(workspace, [str(ARTICLES)])
    schema = load_schema(SCHEMAS / "event-stance" / "schema.yaml")
    with Store(workspace.store_path) as store:
        store.put_people("local", PEOPLE)
        store.record_pull("local", 1, schema.id, "2031-05-20T00:00:00+00:00", pulled(schema, store), complete=True)
    return workspace


def pulled(schema: Schema, store: Store) -> list[Pulled]:
    articles, page = articles_by_id(store), page_of(schema)
    found = []
    for user, name in ((3, "first"), (4, "second")):
        for task, labelling in enumerate(labellings(name)):
            article = articles[labelling.article]
            day = 12 if user == 3 and task % 2 else 5
            body = {
                "id": 1000 * user + task,
                "completed_by": user,
                "created_at": f"2031-05-{day:02}T10:00:00Z",
                "result": write_results(page, article, labelling),
            }
            found.append(Pulled(task, 1000 * user + task, article.id, article.sha256, msgspec.json.encode(body)))
    return found


def numbers(done: Agreement) -> dict[tuple[str, str], float | None]:
    return {(each.layer, each.measure): each.value for each in done.results}


def test_the_store_is_measured_by_story_and_says_so(labelled: Workspace) -> None:
    done = agree.run(labelled, how=QUICK, gamma=False)
    assert (done.documents, done.annotators) == (28, 2)
    assert numbers(done)["events", "span_f1_exact"] == pytest.approx(0.933, abs=0.0005)
    assert done.warnings == [FEW]
    for each in done.results:
        if each.interval is not None:
            assert each.interval.method.endswith("stories")
            assert "percentile-story-50-seed0" in each.signature


def test_what_goes_out_as_json_comes_back(labelled: Workspace) -> None:
    done = agree.run(
        labelled, how=NO_INTERVAL, gamma=False, asked=Asked(by="annotator", disagreements=3, gates=("events.span_f1_exact>0.5",))
    )
    assert msgspec.json.decode(msgspec.json.encode(done), type=Agreement) == done


def test_by_annotator(labelled: Workspace) -> None:
    done = agree.run(labelled, how=NO_INTERVAL, gamma=False, asked=Asked(layer="stances", by="annotator"))
    assert {each.category for each in done.breakdown} == set(PEOPLE.values())
    assert {each.layer for each in done.breakdown} == {"stances", "stances.type", "stances.strength"}
    against = [each.value for each in done.breakdown if each.measure == "span_f1_exact_against_rest"]
    assert against == [pytest.approx(numbers(done)["stances", "span_f1_exact"])] * 2, "of two annotators each is the other's rest"


def test_by_week(labelled: Workspace) -> None:
    done = agree.run(labelled, how=NO_INTERVAL, gamma=False, asked=Asked(layer="events.type", by="week"))
    units = {each.category: each.units for each in done.breakdown if each.measure == "krippendorff_alpha"}
    assert list(units) == ["2031-W19", "2031-W20"]
    (alpha,) = [each for each in done.results if each.measure == "krippendorff_alpha"]
    assert sum(units.values()) == alpha.units


def test_by_document(labelled: Workspace) -> None:
    done = agree.run(labelled, how=NO_INTERVAL, asked=Asked(layer="stances", by="document"))
    measures = Counter(each.measure for each in done.breakdown)
    assert measures == {"span_f1_exact": 28, "gamma": 28, "gamma_cat": 28}
    assert len({each.category for each in done.breakdown}) == 28


def test_by_type_shows_types_with_their_support(labelled: Workspace) -> None:
    done = agree.run(labelled, how=NO_INTERVAL, gamma=False, asked=Asked(layer="stances", by="type"))
    text = agree.show(done)
    (exact,) = [each for each in done.results if each.measure == "span_f1_exact"]
    for part in exact.by:
        assert any(part.category in line and f"n {part.units}" in line for line in text.splitlines())


def test_disagreements_are_ranked_tallied_and_of_the_layer(labelled: Workspace) -> None:
    done = agree.run(labelled, how=NO_INTERVAL, gamma=False, asked=Asked(layer="stances.type", disagreements=5))
    assert len(done.disagreements) == 5
    assert {each.layer for each in done.disagreements} == {"stances"}
    weights = [each.weight for each in done.disagreements]
    assert weights == sorted(weights, reverse=True)
    assert sum(each.count for each in done.tally) >= 5
    text = agree.show(done)
    for each in done.disagreements:
        assert f"⟦{each.marked}⟧" in text


def test_more_documents_are_asked_for_where_the_interval_is_wide(labelled: Workspace) -> None:
    done = agree.run(labelled, how=QUICK, gamma=False, asked=Asked(layer="document.author_on_diplomacy"))
    (size,) = done.sample_sizes
    assert size.more is not None
    assert size.more > 28
    assert f"{size.more} more documents for ±0.05" in agree.show(done)


def test_gates_name_what_was_found(labelled: Workspace) -> None:
    gates = ("stances.krippendorff_alpha>=0.9", "document.author_on_diplomacy.krippendorff_alpha>=0.9")
    done = agree.run(labelled, how=NO_INTERVAL, gamma=False, asked=Asked(gates=gates))
    assert [each.met for each in done.gates] == [True, False]
    assert done.gates[1].found == pytest.approx(0.689, abs=0.0005)


def test_phases_are_apart_in_numbers_and_words(labelled: Workspace) -> None:
    """Who did an article in another phase than its other reader is compared with nobody."""
    phases = replace(labelled.settings.agreement, phases={"pilot": date(2031, 5, 10)})
    workspace = replace(labelled, settings=replace(labelled.settings, agreement=phases))
    done = agree.run(workspace, how=NO_INTERVAL, gamma=False, asked=Asked(layer="events"))
    exact = {each.phase: each for each in done.results if each.measure == "span_f1_exact"}
    assert list(exact) == ["pilot", "production"]
    assert exact["pilot"].value is not None
    assert (exact["production"].value, exact["production"].reason) == (None, "no document read by two")
    text = agree.show(done)
    assert "— pilot, guidelines event-stance@1.0.0 —" in text
    assert "— production, guidelines event-stance@1.0.0 —" in text


def test_csv_has_breakdowns_too(labelled: Workspace) -> None:
    done = agree.run(labelled, how=NO_INTERVAL, gamma=False, asked=Asked(layer="document.genre", by="annotator"))
    rows = list(csv.DictReader(agree.show_csv(done).splitlines()))
    assert {row["category"] for row in rows if row["measure"] == "cohen_kappa_against_rest"} == set(PEOPLE.values())
    assert {row["guidelines"] for row in rows if not row["category"]} == {"event-stance@1.0.0"}


def test_an_unknown_layer_is_refused(labelled: Workspace) -> None:
    with pytest.raises(UsageProblem, match="no layer 'stanzas'; one of mentions, events, stances"):
        agree.run(labelled, asked=Asked(layer="stanzas"))


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    init.run(tmp_path, "stance-only")
    done = agree.run(find_workspace(tmp_path, {}), asked=Asked(by="annotator", disagreements=3))
    assert all(each.value is None and each.reason for each in done.results)
    assert "annotate pull" in agree.show(done)
