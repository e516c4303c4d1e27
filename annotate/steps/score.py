"""`annotate score`: a system's predictions against a release's gold."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.agreement.intervals import Intervals
from annotate.agreement.results import FEW_DOCUMENTS, Result
from annotate.agreement.text import FEW
from annotate.errors import BadInput
from annotate.release.predictions import Predictions, read_gold, read_predictions
from annotate.release.score import Difference, compare_systems, score
from annotate.schema import Schema, load_schema

# What is said in words; --json has every number.
SHOWN = (
    *("span_f1_exact", "span_f1_clitic", "span_f1_overlap", "span_f1_token"),
    *("frame_anchor_f1", "frame_type_agreement", "frame_argument_f1", "frame_argument_role_f1", "frame_f1_whole", "link_f1"),
    *("accuracy", "percent_agreement", "krippendorff_alpha"),
)


class Scored(Struct, frozen=True):
    """``missing``: documents of the split without a prediction, which count as predicted empty; by file, the other system's last."""

    split: str
    documents: int
    missing: list[int]
    results: list[Result]
    against: list[Result]
    differences: list[Difference]
    warnings: list[str]


def run(
    folder: Path,
    predictions: Path,
    *,
    split: str = "test",
    labels: Path | None = None,
    against: Path | None = None,
    how: Intervals = Intervals(),
) -> Scored:
    """Score a file, and against another system's file where one is given. Raises BadInput, which names every bad line."""
    schema = release_schema(folder)
    gold = read_gold(folder, schema, split, labels)
    first = read_predictions(predictions, schema, gold)
    second = read_predictions(against, schema, gold) if against else None
    return Scored(
        split=split,
        documents=len(gold.labellings),
        missing=[len(gold.labellings) - len(each.labellings) for each in (first, second) if each is not None],
        results=score(schema, gold, first, how),
        against=score(schema, gold, second, how) if second else [],
        differences=compare_systems(schema, gold, first, second, how) if second else [],
        warnings=_warnings(len(gold.labellings), first, second),
    )


def release_schema(folder: Path) -> Schema:
    path = folder / "schema" / "schema.yaml"
    if not path.is_file():
        raise BadInput(f"{path}: no such file; name the folder of a release")
    return load_schema(path)


def _warnings(documents: int, *systems: Predictions | None) -> list[str]:
    missing = [documents - len(each.labellings) for each in systems if each is not None]
    found = [f"{number} documents have no prediction; they count as predicted empty" for number in missing if number]
    return found + ([FEW] if documents < FEW_DOCUMENTS else [])


def show(done: Scored) -> str:
    lines = [f"{done.documents} documents of {done.split}"]
    lines += ["", *(line_of(each) for each in done.results if each.measure in SHOWN)]
    if done.differences:
        lines += ["", "against the other system (paired bootstrap):"]
        lines += [_compared(each) for each in done.differences if each.measure in SHOWN]
    return "\n".join(lines + [f"\n{each}" for each in done.warnings])


def line_of(result: Result) -> str:
    """``events  span_f1_exact  0.412 [0.310, 0.498]  P 0.5 R 0.35``"""
    name = f"{result.layer:28} {result.measure:26}"
    if result.value is None:
        return f"{name} undefined: {result.reason}"
    found = result.interval
    bounds = f" [{found.low:.3f}, {found.high:.3f}]" if found else ""
    parts = [f"{key} {value:.3f}" for key, value in result.details.items() if key in ("precision", "recall") and value is not None]
    return f"{name} {result.value:.3f}{bounds}  {', '.join(parts)}".rstrip()


def _compared(each: Difference) -> str:
    name = f"{each.layer:28} {each.measure:26}"
    if each.difference is None:
        return f"{name} {each.reason}"
    bounds = f" [{each.interval.low:+.3f}, {each.interval.high:+.3f}]" if each.interval else ""
    p = f"  p = {each.p:.3f}" if each.p is not None else ""
    return f"{name} {each.first:.3f} and {each.second:.3f}: {each.difference:+.3f}{bounds}{p}"
