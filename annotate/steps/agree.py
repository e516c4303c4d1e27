"""`annotate agree`: agreement between the annotators, layer by layer; of the workspace, or of a file of anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct, structs

from annotate.agreement.annotators import Confusion, against_the_rest, confusions, spans_against_the_rest
from annotate.agreement.categories.measure import MOST_CATEGORIES, MOST_PAIRED, marginals_of, measure_ratings
from annotate.agreement.categories.ratings import Ratings
from annotate.agreement.disagreements import Disagreement, Tally, disagreements, tally
from annotate.agreement.files import overlapping, read_ratings, read_spans, read_texts
from annotate.agreement.gate import Gate, check_gate
from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import (
    Part,
    by_week,
    measure_labellings,
    measure_parts,
    parts_of,
    rated_layers,
    spans_of,
    usable_labellings,
)
from annotate.agreement.results import FEW_DOCUMENTS, Marginal, Result, folded
from annotate.agreement.sample_size import SampleSize, how_much_more
from annotate.agreement.spans.f1 import measure_spans, span_f1_by_label
from annotate.agreement.spans.gamma import gamma_by_document, measure_gamma
from annotate.agreement.spans.unitizing import measure_unitizing
from annotate.agreement.text import FEW, HEADLINE, csv_of, disagreement, tables
from annotate.agreement.text import how_much_more as in_words
from annotate.errors import Problem, UsageProblem
from annotate.records import Labelling
from annotate.schema import Schema, load_schema
from annotate.steps.stored import articles_by_id, first_labellings, stored_labellings, stories_of
from annotate.store import Store
from annotate.workspace import Workspace

By = Literal["annotator", "type", "week", "document"]


MOST_TALLIED = 15


class Asked(Struct, frozen=True):
    """What is wanted beside the results: one layer, a breakdown, the first disagreements, gates."""

    layer: str | None = None
    by: By | None = None
    disagreements: int = 0
    gates: tuple[str, ...] = ()
    half_width: float = 0.05


class Agreement(Struct, frozen=True):
    """``documents`` and ``annotators``: how many the results rest on. ``breakdown``: results whose category is what it is by.

    marginals, confusions, breakdown, disagreements, tally and sample sizes are of the part (phase, guidelines) that was begun last.
    """

    documents: int
    annotators: int
    results: list[Result]
    marginals: list[Marginal]
    confusions: list[Confusion]
    breakdown: list[Result]
    disagreements: list[Disagreement]
    tally: list[Tally]
    sample_sizes: list[SampleSize]
    gates: list[Gate]
    problems: list[Problem]
    warnings: list[str]
    asked: Asked


def run(
    workspace: Workspace,
    *,
    how: Intervals = Intervals(),
    asked: Asked = Asked(),
    latest: bool = False,
    gamma: bool = True,
    as_of: str | None = None,
) -> Agreement:
    """Agreement on what each annotator first submitted (``latest``: on what stands now), each phase and guideline version apart.

    as_of: from the annotations of that time, or after that pull

    Gates look at the part that was begun last. Raises UsageProblem for a layer or gate that nothing is called.
    """
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        articles = articles_by_id(store)
        reading = stored_labellings(store, schema, as_of) if latest else first_labellings(store, schema, as_of)
    _require_layer(schema, asked.layer)
    parts = parts_of(reading.labellings, workspace.settings.agreement.phases) or [Part(None, None, [])]
    texts = {name: article.text for name, article in articles.items()}
    by_story = structs.replace(how, stories=stories_of(articles))
    results = measure_parts(schema, parts, texts=texts, how=by_story, gamma=gamma, only=asked.layer)
    last = usable_labellings(parts[-1].labellings)
    questions = list(rated_layers(schema, last, asked.layer))
    differing = _disagreements(schema, parts[-1].labellings, texts, asked.layer) if asked.disagreements else []
    documents = len({each.article for each in reading.labellings})
    return Agreement(
        documents=documents,
        annotators=len({each.annotator for each in reading.labellings}),
        results=results,
        marginals=[each for rated in questions for each in marginals_of(rated.name, rated.ratings)],
        confusions=[each for rated in questions for each in confusions(rated.name, rated.ratings)],
        breakdown=_breakdown(schema, last, texts, how, asked),
        disagreements=differing[: asked.disagreements],
        tally=tally(differing),
        sample_sizes=[how_much_more(rated.name, rated.level, rated.ratings, asked.half_width, how) for rated in questions],
        gates=[check_gate(gate, [each for each in results if _part(each) == _part(results[-1])]) for gate in asked.gates],
        problems=reading.problems if not latest else [],
        warnings=_warnings(documents),
        asked=asked,
    )


def run_ratings(
    path: Path,
    level: str,
    categories: Sequence[str] | None,
    *,
    how: Intervals = Intervals(),
    asked: Asked = Asked(),
) -> Agreement:
    """Every coefficient of a file of ratings. Raises BadInput, which names the rows."""
    layers = read_ratings(path, level, categories)
    _require_known(asked.layer, list(layers))
    chosen = {name: ratings for name, ratings in layers.items() if asked.layer in (None, name)}
    results = folded(result for name, ratings in chosen.items() for result in measure_ratings(name, level, ratings, how=how))
    documents = max((ratings.documents for ratings in chosen.values()), default=0)
    return Agreement(
        documents=documents,
        annotators=len({name for ratings in chosen.values() for name in ratings.annotators}),
        results=results,
        marginals=[each for name, ratings in chosen.items() for each in marginals_of(name, ratings)],
        confusions=[each for name, ratings in chosen.items() if _few(ratings) for each in confusions(name, ratings)],
        breakdown=[each for name, ratings in chosen.items() for each in against_the_rest(name, level, ratings, how=how)]
        if asked.by == "annotator"
        else [],
        disagreements=[],
        tally=[],
        sample_sizes=[how_much_more(name, level, ratings, asked.half_width, how) for name, ratings in chosen.items()],
        gates=[check_gate(gate, results) for gate in asked.gates],
        problems=[],
        warnings=_warnings(documents),
        asked=asked,
    )


def run_spans(path: Path, texts: Path | None, *, how: Intervals = Intervals(), asked: Asked = Asked()) -> Agreement:
    """Every measure of a file of spans. ``texts``: the documents' texts, for what needs words. Raises BadInput, which names the rows."""
    known = read_texts(texts) if texts else None
    layers = read_spans(path, known)
    _require_known(asked.layer, list(layers))
    lengths = None if known is None else {document: len(text) for document, text in known.items()}
    found: list[Result] = []
    breakdown: list[Result] = []
    chosen = {name: file for name, file in layers.items() if asked.layer in (None, name)}
    for name, (spans, _, read, labels) in chosen.items():
        found += measure_spans(name, spans, read, texts=known, how=how)
        found += span_f1_by_label(name, spans, read, how=how)
        found += measure_unitizing(name, labels, spans, read, lengths=lengths, how=how)
        found += measure_gamma(name, spans, read, lengths=lengths, how=how)
        breakdown += spans_against_the_rest(name, spans, read, how=how) if asked.by == "annotator" else []
    results = folded(found)
    documents = len({document for file in chosen.values() for document, _ in file.read})
    return Agreement(
        documents=documents,
        annotators=len({annotator for file in chosen.values() for _, annotator in file.read}),
        results=results,
        marginals=[],
        confusions=[],
        breakdown=breakdown,
        disagreements=[],
        tally=[],
        sample_sizes=[],
        gates=[check_gate(gate, results) for gate in asked.gates],
        problems=[],
        warnings=[*(line for file in chosen.values() for line in overlapping(path, file)), *_warnings(documents)],
        asked=asked,
    )


def _disagreements(schema: Schema, labellings: list[Labelling], texts: dict[str, str], layer: str | None) -> list[Disagreement]:
    """The gravest first; of one layer where one is asked for."""
    of_layer = None if layer is None else layer.partition(".")[0]
    return [each for each in disagreements(schema, labellings, texts) if of_layer in (None, each.layer)]


def _part(result: Result) -> tuple[str | None, str | None]:
    return result.phase, result.guidelines


def _breakdown(schema: Schema, usable: list[Labelling], texts: dict[str, str], how: Intervals, asked: Asked) -> list[Result]:
    if asked.by == "week":
        return [
            structs.replace(result, category=week, by=[])
            for week, own in by_week(usable).items()
            for result in measure_labellings(schema, own, texts=texts, how=how, gamma=False, only=asked.layer)
            if result.measure in HEADLINE
        ]
    if asked.by == "document":
        return _by_document(schema, usable, texts, asked.layer)
    if asked.by != "annotator":
        return []
    found: list[Result] = []
    for layer in schema.span_layers:
        if asked.layer in (None, layer):
            spans, read = spans_of(layer, usable)
            found += spans_against_the_rest(layer, spans, read, how=how)
    for rated in rated_layers(schema, usable, asked.layer):
        found += against_the_rest(rated.name, rated.level, rated.ratings, how=how)
    return found


def _by_document(schema: Schema, usable: list[Labelling], texts: dict[str, str], layer: str | None) -> list[Result]:
    """Exact F1 and gamma of each article; one article has no interval."""
    lengths = {name: len(text) for name, text in texts.items()}
    found: list[Result] = []
    for name in schema.span_layers:
        if layer not in (None, name):
            continue
        spans, read = spans_of(name, usable)
        for document, gammas in gamma_by_document(name, spans, read, lengths={each: lengths[each] for each, _ in read}).items():
            own = [each for each in spans if each.document == document]
            f1 = measure_spans(name, own, [each for each in read if each[0] == document], how=Intervals("none"))[:1]
            found += [structs.replace(each, category=document) for each in (*f1, *gammas)]
    return found


def _require_layer(schema: Schema, layer: str | None) -> None:
    names = [each.name for each in schema.layers]
    for each in schema.layers:
        asked = getattr(each, "attributes", ()) or getattr(each, "questions", ())
        names += [f"{each.name}.{one.name}" for one in asked]
        names += [f"{each.name}.type"] if hasattr(each, "types") else []
    _require_known(layer, names)


def _require_known(layer: str | None, names: list[str]) -> None:
    if layer is not None and layer not in names:
        raise UsageProblem(f"no layer {layer!r}; one of {', '.join(names)}")


def _few(ratings: Ratings) -> bool:
    """Whether a table of them can be read: every pair of annotators has one."""
    return len(ratings.annotators) <= MOST_PAIRED and len(ratings.categories) <= MOST_CATEGORIES


def _warnings(documents: int) -> list[str]:
    if not documents:
        return ["there is nothing to measure yet; `annotate pull` brings annotations"]
    return [FEW] if documents < FEW_DOCUMENTS else []


def show(done: Agreement) -> str:
    everything, by_category = done.asked.layer is not None, done.asked.by == "type"
    lines = [f"{done.documents} documents, {done.annotators} annotators"]
    parts = list(dict.fromkeys(_part(each) for each in done.results))
    for number, (phase, guidelines) in enumerate(parts):
        own = [each for each in done.results if _part(each) == (phase, guidelines)]
        if len(parts) > 1:
            lines += ["", f"— {phase or 'all phases'}, guidelines {guidelines} —"]
        given = done.marginals if number == len(parts) - 1 else []
        confused = done.confusions if number == len(parts) - 1 else []
        lines += tables(own, given, confused, everything=everything, by_category=by_category)
    if done.breakdown:
        lines += ["", f"by {done.asked.by}:"]
        for category in sorted({each.category or "" for each in done.breakdown}):
            own = [each for each in done.breakdown if each.category == category]
            lines += ["", f"{category}:", *tables(own, [], everything=True)]
    if done.disagreements:
        lines += [
            "",
            "how often, by pairs of annotators:",
            *(f"  {each.layer} {each.kind}: {each.what} {each.count}" for each in done.tally[:MOST_TALLIED]),
        ]
        lines += ["", "disagreements, the gravest first:", *(line for each in done.disagreements for line in disagreement(each))]
    if done.sample_sizes:
        lines += ["", "how much more, for Krippendorff's alpha:", *in_words(done.sample_sizes)]
    lines += (
        ["", *(f"gate {each.gate}: {'met' if each.met else 'not met'} ({each.reason or each.found})" for each in done.gates)]
        if done.gates
        else []
    )
    lines += ["", f"left out ({len(done.problems)}):", *(f"  {each}" for each in done.problems)] if done.problems else []
    return "\n".join(lines + [f"\n{each}" for each in done.warnings])


def show_csv(done: Agreement) -> str:
    return csv_of([*done.results, *done.breakdown]).rstrip("\n")
