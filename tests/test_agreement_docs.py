"""docs/agreement.md says what the code does: its examples are run, and its numbers are those of the code."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotate.agreement.annotators import confusions
from annotate.agreement.disagreements import WEIGHTS
from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.rated import rated_layers
from annotate.agreement.results import Result
from annotate.agreement.sample_size import how_much_more
from annotate.agreement.spans.gamma import FEWEST_SAMPLES, MOST_SAMPLES, PRECISION, SAMPLES
from annotate.cli import app
from annotate.demo.corpus import labellings
from annotate.demo.expect import demo_articles
from annotate.schema import Schema
from annotate.steps.stored import stories_of

DOCUMENT = (Path(__file__).parent.parent / "docs" / "agreement.md").read_text(encoding="utf-8")
WORDS = " ".join(DOCUMENT.split())
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)```$", DOCUMENT, re.M | re.S))
COMMANDS = re.findall(r"^```console\n\$ (.*?)\n(.*?)```$", DOCUMENT, re.M | re.S)
PARTS = dict(re.findall(r"^## \d+\. (.*?)\n(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S))
VARIANT = re.compile(r"_(linear|quadratic|untyped)$")

TABLES = re.findall(r"^\| layer \| (.*) \|\n.*\n((?:\|.*\n)+)", DOCUMENT, re.M)
NUMBERS = {  # (layer, measure) → what the document tells
    (row.split(" | ")[0].lstrip("| "), measure): told
    for header, rows in TABLES
    for row in rows.splitlines()
    for measure, told in zip(header.split(" | "), row.removesuffix(" |").split(" | ")[1:], strict=True)
}

Results = dict[tuple[str, str], Result]  # by layer and measure


@pytest.fixture(scope="module")
def demo(schema: Schema) -> Results:
    articles = demo_articles()
    texts, how = {each.id: each.text for each in articles.values()}, Intervals(stories=stories_of(articles))
    results = measure_labellings(schema, [*labellings("first"), *labellings("second")], texts=texts, how=how)
    return {(each.layer, each.measure): each for each in results}


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_document_shows(command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, shlex.split(command)[1:])
    assert found.exit_code == 0, found.output
    pattern = r"[^\n]*\n".join(map(re.escape, output.split("…\n")))  # a line that is left out
    assert re.fullmatch(pattern, found.stdout), found.stdout


def test_both_kinds_of_file_are_shown() -> None:
    assert [re.findall(r"--(\w+) ([\w.]+)", command) for command, _ in COMMANDS] == [
        [("ratings", "ratings.csv")],
        [("spans", "spans.jsonl"), ("texts", "texts.jsonl")],
    ]
    assert set(FILES) == {"ratings.csv", "spans.jsonl", "texts.jsonl"}


def test_the_python_example_gives_what_it_says() -> None:
    (code,) = re.findall(r"^```python\n(.*?)```$", DOCUMENT, re.M | re.S)
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(doctest.DocTestParser().get_doctest(code, {}, "docs/agreement.md", None, None), out=told.append)
    assert (runner.failures, runner.tries > 10) == (0, True), "".join(told)


@pytest.mark.parametrize(("layer", "measure", "told"), [(*key, told) for key, told in NUMBERS.items()])
def test_numbers_of_the_demo_are_measured(layer: str, measure: str, told: str, demo: Results) -> None:
    assert told == in_words(demo[layer, measure])


def in_words(found: Result) -> str:
    if found.value is None:
        return "–"
    assert found.interval is not None
    decimals = 2 if found.measure == "gamma" else 3  # its chance term is sampled
    value, low, high = (f"{each:.{decimals}f}".removeprefix("0") for each in (found.value, found.interval.low, found.interval.high))
    return f"{value} ({low}–{high})"


def test_numbers_in_the_prose_stand_in_the_tables() -> None:
    said = re.findall(r"(?<![\d±])\.\d+\b", PARTS["Worked on the demo"].split("How to read it:")[1])
    assert len(said) > 10
    assert set(said) <= {each for told in NUMBERS.values() for each in re.findall(r"\.\d+", told)}


def test_what_is_said_of_coverage_stands_in_its_table() -> None:
    rows = re.findall(r"^\| `.*` [\d.]+ \| (\w+) \| (.*) \|$", PARTS["Intervals"], re.M)
    by_size = [
        (method, [float(each) for each in re.findall(r"[\d.]+", cell)], at)
        for method, row in rows
        for at, cell in enumerate(row.split(" | "))
    ]
    few = {method: sorted(each for own, both, at in by_size if (own, at) == (method, 0) for each in both) for method, _ in rows}
    assert f"Here it was {few['percentile'][1]} to {few['percentile'][-1]}, and {few['percentile'][0]} for the F1" in WORDS
    assert f"BCa ({few['bca'][0]} to {few['bca'][-1]})" in WORDS
    worst, *many = sorted(each for _, both, at in by_size if at > 2 for each in both)
    assert f"with one unit a document ({worst})" in WORDS
    assert 93 <= many[0] <= many[-1] <= 96


def test_the_paradox_is_worked_on_the_demos_own_counts(schema: Schema) -> None:
    polarity = next(rated_layers(schema, [*labellings("first"), *labellings("second")], "events.polarity"))
    counts = {(each.first, each.second): each.count for each in confusions("events", polarity.ratings) if each.first_annotator}
    rows = re.findall(r"^\| first: (\w+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.M)
    assert {
        (first, second): int(count) for first, *both in rows for second, count in zip(("positive", "negative"), both, strict=True)
    } == counts


def test_how_much_more_is_asked_of_the_demo(schema: Schema) -> None:
    diplomacy = next(rated_layers(schema, [*labellings("first"), *labellings("second")], "document.author_on_diplomacy"))
    needed = how_much_more(diplomacy.name, diplomacy.level, diplomacy.ratings, 0.05).documents_needed
    assert needed is not None
    assert f"some {round(needed, -2):,} articles would be needed" in WORDS


def test_coverage_is_the_part_of_the_text_that_is_told(demo: Results) -> None:
    coverage = demo["stances", "cu_alpha"].details["coverage"]
    assert coverage is not None
    assert f"on {coverage:.0%} of the text" in WORDS


def test_every_measure_is_explained(demo: Results) -> None:
    measures = {VARIANT.sub("", measure) for _, measure in demo}
    assert "gwet_ac1" in measures
    assert [each for each in sorted(measures) if f"`{each}" not in DOCUMENT] == []


def test_the_weights_of_disagreements_are_the_codes() -> None:
    rows = re.findall(r"^\| ([a-z ,]+) \| ([\d.]+) \| (.*) \|$", PARTS["Who and where"], re.M)
    told = {kind: float(weight) for kinds, weight, _ in rows for kind in kinds.split(", ")}
    assert told | {"missed mention": float(re.findall(r"a mention: (\d)", DOCUMENT)[0])} == WEIGHTS


def test_the_samples_of_gamma_are_the_codes() -> None:
    assert f"{SAMPLES} between the documents, at least {FEWEST_SAMPLES} of each, and more (up to {MOST_SAMPLES:,} of each)" in WORDS
    assert f"is not known to {PRECISION:.0%};" in WORDS


def test_lines_are_short() -> None:
    assert [line for line in DOCUMENT.splitlines() if len(line) > 160] == []
