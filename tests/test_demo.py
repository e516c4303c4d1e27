"""The bundled corpus, the simulated annotators, and `annotate demo` against the real Label Studio."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from annotate.demo.corpus import labellings
from annotate.demo.expect import EXPECTED, FIRST_SEED, demo_articles, headline_values, simulated_corpus, simulated_values
from annotate.errors import UsageProblem
from annotate.records import Labelling
from annotate.release.verify.folder import verify
from annotate.schema import Schema
from annotate.steps import demo, init
from annotate.steps.demo import SEED
from annotate.studio.results import page_of, read_results, write_results
from annotate.studio.server import down, running
from annotate.studio.server import status as server_status

Expectation = dict[str, dict[str, float]]
FEWER = 20  # corpora that the test simulates anew


@pytest.fixture(scope="module")
def expected() -> Expectation:
    found: Expectation = json.loads(EXPECTED.read_text("utf-8"))
    return found


def test_the_corpus_is_what_it_says() -> None:
    articles = demo_articles()
    assert len(articles) >= 24
    assert Counter(article.lang for article in articles.values())["ar"] >= 18
    assert all(150 <= len(article.text.split()) <= 500 for article in articles.values())
    stories = Counter(article.story for article in articles.values())
    assert sum(count > 1 for count in stories.values()) >= 4
    copies = Counter(article.duplicates for article in articles.values() if article.duplicates)
    assert all(count == 2 for count in copies.values())
    assert len(copies) >= 3
    texts = "".join(article.text for article in articles.values())
    for needed in ("\u200d", "\u00a0", "\U0001f680", "\u064e"):  # joined emoji, no-break space, rocket, fatha
        assert needed in texts
    assert {"boilerplate", "byline", "caption", "title", "body"} <= {zone.label for each in articles.values() for zone in each.zones}


@pytest.mark.parametrize("name", ["gold", "first", "second"])
def test_every_labelling_is_legal(schema: Schema, name: str) -> None:
    articles, page = demo_articles(), page_of(schema)
    for labelling in labellings(name):
        article = articles[labelling.article]
        _, misfits = read_results(page, article, name, write_results(page, article, labelling))
        assert misfits == []
        for item in labelling.items:
            text = article.text[item.start : item.end]
            assert text == text.strip()


def test_the_gold_covers_the_schema(schema: Schema) -> None:
    gold = labellings("gold")
    used = {(layer, item.type) for each in gold for layer in schema.span_layers for item in each.of_layer(layer)}
    assert used == {(name, each.name) for name, layer in schema.span_layers.items() for each in layer.types}
    for layer in schema.frame_layers:
        frames = [frame for each in gold for frame in each.frames if frame.layer == layer.name]
        assert {argument.role for frame in frames for argument in frame.arguments} == {role.name for role in layer.roles}
        used_values = {(each.name, frame.attributes[each.name]) for each in layer.attributes for frame in frames}
        assert used_values >= {(each.name, value.name) for each in layer.attributes for value in each.values}
        modes = {(frame.type, frame.attributes.get("mode")) for frame in frames}
        assert modes >= {(kind, value.name) for each in layer.attributes for value in each.values for kind in value.types or ()}
    events = sum(len(each.of_layer("events")) for each in gold) / len(gold)
    stances = sum(len(each.of_layer("stances")) for each in gold) / len(gold)
    assert events >= 6
    assert stances >= 3


def test_the_readme_reports_the_agreement_of_the_two_labellings(schema: Schema) -> None:
    readme = (EXPECTED.parent / "README.md").read_text("utf-8")
    found = headline_values(schema, demo_articles(), labellings("first") + labellings("second"))
    assert len(found) > 60
    for name, value in found.items():
        layer, measure = name.split()
        assert f"| {layer} | {measure} | {value:.3f} |" in readme


def test_expectations_are_in_step_with_the_simulation(schema: Schema, expected: Expectation) -> None:
    values = simulated_values(schema, range(FIRST_SEED, FIRST_SEED + FEWER))
    assert values.keys() >= expected.keys()
    assert len(expected) > 60
    for name in expected:
        found = values[name]
        mean, sd, corpora = (expected[name][key] for key in ("mean", "sd", "corpora"))
        assert corpora >= 1000
        assert sum(found) / len(found) == pytest.approx(mean, abs=4 * sd / FEWER**0.5 + 1e-9), name


def test_simulation_is_seeded(schema: Schema) -> None:
    articles, gold = demo_articles(), labellings("gold")[:3]
    once, again = (simulated_corpus(schema, articles, gold, SEED) for _ in range(2))
    assert once == again
    assert once != simulated_corpus(schema, articles, gold, SEED + 1)


@pytest.fixture(scope="module")
def killed_and_run_again(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """(workspace, exports) of a demo that was killed while its annotators were labelling, and run again."""
    folder = tmp_path_factory.mktemp("demo")
    workspace, exports = folder / "work", folder / "exports"
    with subprocess.Popen(
        [sys.executable, "-m", "annotate", "demo", str(workspace), "--exports", str(exports)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "average labels" in line:
                os.kill(process.pid, signal.SIGKILL)
    assert running(workspace / "studio") is not None, "the server outlives the killed demo, and the next run finds it"
    demo.run(workspace, exports)
    yield workspace, exports
    down(workspace / "studio")


def test_a_killed_demo_goes_on(killed_and_run_again: tuple[Path, Path]) -> None:
    workspace, exports = killed_and_run_again
    release = exports / "demo-1.0.0"
    assert verify(release) == []
    assert len((release / "annotations.jsonl").read_text("utf-8").splitlines()) == 3 * 28
    assert not server_status(workspace / "studio").running


def test_a_second_demo_repeats_nothing(killed_and_run_again: tuple[Path, Path]) -> None:
    workspace, exports = killed_and_run_again
    before = _digests(exports)
    done = demo.run(workspace, exports)
    assert (done.submitted, done.release_is_new, done.left_out) == (0, False, 0)
    assert _digests(exports) == before
    assert "verified, not rewritten" in demo.show(done)


def test_the_demo_says_that_annotators_are_simulated_and_what_is_next(killed_and_run_again: tuple[Path, Path]) -> None:
    said = demo.show(demo.run(*killed_and_run_again))
    assert "SIMULATED" in said
    assert "next:" in said


def test_every_dispute_on_the_test_articles_was_adjudicated(killed_and_run_again: tuple[Path, Path]) -> None:
    workspace, exports = killed_and_run_again
    done = demo.run(workspace, exports)
    records = {
        split: [json.loads(line) for line in (exports / "demo-1.0.0" / f"{split}.jsonl").read_text("utf-8").splitlines()]
        for split in ("train", "test")
    }
    assert done.adjudicated == len(records["test"]) >= 5
    assert all(each["provenance"]["adjudicator"] for each in records["test"])
    assert not any(each["provenance"]["adjudicator"] for each in records["train"])
    settled = {"adjudicated", "dependent", "duplicate"}
    assert {one["how"] for each in records["test"] for one in each["provenance"]["decisions"]} <= settled


def test_the_demo_agrees_as_was_known_beforehand(killed_and_run_again: tuple[Path, Path], expected: Expectation) -> None:
    _, exports = killed_and_run_again
    results = json.loads((exports / "demo-1.0.0" / "agreement.json").read_text("utf-8"))["results"]
    values = {f"{each['layer']} {each['measure']}": each["value"] for each in results}
    for name, known in expected.items():
        assert values[name] == pytest.approx(known["mean"], abs=4 * known["sd"] + 1e-6), name


def test_what_comes_back_from_the_server_is_what_was_simulated(killed_and_run_again: tuple[Path, Path], schema: Schema) -> None:
    _, exports = killed_and_run_again
    lines = [json.loads(line) for line in (exports / "demo-1.0.0" / "annotations.jsonl").read_text("utf-8").splitlines()]
    released = Counter(
        (line["article"], layer, item["type"], item["start"], item["end"])
        for line in lines
        for layer in schema.span_layers
        for item in line[layer]
    )
    simulated: list[Labelling] = simulated_corpus(schema, demo_articles(), labellings("gold"), SEED)
    assert released == Counter((each.article, item.layer, item.type, item.start, item.end) for each in simulated for item in each.items)


def _digests(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_demo_leaves_a_workspace_of_ones_own_alone(tmp_path: Path) -> None:
    init.run(tmp_path, "stance-only")
    before = (tmp_path / "annotate.toml").read_text("utf-8")
    with pytest.raises(UsageProblem, match="another folder"):
        demo.run(tmp_path, tmp_path / "exports")
    assert (tmp_path / "annotate.toml").read_text("utf-8") == before
