"""`annotate baseline`: plain models trained on a release's train, scored on its test, beside the annotators' own agreement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from annotate.agreement.intervals import Intervals
from annotate.agreement.results import FEW_DOCUMENTS, Interval, Result
from annotate.agreement.text import FEW
from annotate.corpus.sentences import sentences
from annotate.errors import BadInput
from annotate.release.baseline import as_record, learn_and_predict
from annotate.release.lines import write_lines
from annotate.release.predictions import Predictions, read_gold
from annotate.release.score import score
from annotate.schema import Schema
from annotate.steps.score import release_schema

TEXT, SPANS = "text", "gold spans"
SHOWN = ("span_f1_exact", "span_f1_overlap", "frame_anchor_f1", "accuracy")
ALPHA = "krippendorff_alpha"


class Line(Struct, frozen=True):
    """A score of the baseline, given the text alone or gold's spans, and the annotators' agreement by the same measure."""

    layer: str
    measure: str
    given: str
    result: Result
    human: float | None
    human_interval: Interval | None


class Learnt(Struct, frozen=True):
    """``predictions``: where they were written."""

    train: int
    test: int
    lines: list[Line]
    results: list[Result]
    predictions: str | None
    warnings: list[str]


def run(folder: Path, *, out: Path | None = None, labels: Path | None = None, how: Intervals = Intervals()) -> Learnt:
    """Raises BadInput where the release has no texts, or nothing to learn from."""
    import sklearn  # type: ignore[import-untyped]  # noqa: F401  # the extra is named before a release is read

    schema = release_schema(folder)
    train, test = read_gold(folder, schema, "train"), read_gold(folder, schema, "test", labels)
    if not train.texts or not test.texts:
        raise BadInput(f"{folder}: has no texts to learn from; `annotate rehydrate` turns it back")
    cut = {name: list(sentences(text)) for name, text in (train.texts | test.texts).items()}
    found = learn_and_predict(schema, train, test, cut)
    layers = [layer.name for layer in schema.layers]
    results = score(schema, test, Predictions(found.predicted, layers), how)
    typed = score(schema, test, Predictions(found.typed, list(schema.span_layers)), how)
    if out is not None:
        write_lines(out, (as_record(schema, found.predicted[name]) for name in sorted(found.predicted)))
    return Learnt(
        train=len(train.texts),
        test=len(test.texts),
        lines=list(_lines(schema, results, typed, _human(folder))),
        results=results,
        predictions=str(out) if out else None,
        warnings=[FEW] if len(test.texts) < FEW_DOCUMENTS else [],
    )


def _lines(schema: Schema, results: list[Result], typed: list[Result], human: dict[tuple[str, str], Result]) -> Iterator[Line]:
    chosen = [(TEXT, each) for each in results if each.measure in SHOWN]
    chosen += [(TEXT, each) for each in results if each.measure == ALPHA and each.layer.partition(".")[0] not in schema.span_layers]
    chosen += [(SPANS, each) for each in typed if each.measure in ("percent_agreement", ALPHA) and each.layer.endswith(".type")]
    for given, result in chosen:
        beside = human.get((result.layer, "percent_agreement" if result.measure == "accuracy" else result.measure))
        yield Line(result.layer, result.measure, given, result, beside.value if beside else None, beside.interval if beside else None)


def _human(folder: Path) -> dict[tuple[str, str], Result]:
    """(layer, measure) → agreement, of the part of the labelling that was begun last."""
    path = folder / "agreement.json"
    try:
        plain = msgspec.json.decode(path.read_bytes())["results"] if path.is_file() else []
        results = msgspec.convert(plain, list[Result])
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{path}: no agreement file; `annotate verify` says what is wrong with the release") from None
    return {(each.layer, each.measure): each for each in results}


def show(done: Learnt) -> str:
    lines = [f"learnt from {done.train} documents, scored on {done.test}; in brackets 95% intervals", ""]
    lines.append(f"{'layer':34} {'measure':20} {'given':11} {'baseline':22} annotators")
    for each in done.lines:
        score_, human = _value(each.result.value, each.result.interval), _value(each.human, each.human_interval)
        lines.append(f"{each.layer:34} {each.measure:20} {each.given:11} {score_:22} {human}")
    lines += [f"\npredictions: {done.predictions}"] if done.predictions else []
    return "\n".join(lines + [f"\n{each}" for each in done.warnings])


def _value(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:.3f}" + (f" [{interval.low:.3f}, {interval.high:.3f}]" if interval else "")
