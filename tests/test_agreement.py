"""Agreement of whole labellings: every layer is measured, attributes on aligned spans, unusable articles not read."""

from __future__ import annotations

import pytest

from annotate.agreement.labellings import measure_labellings
from annotate.demo.corpus import labellings
from annotate.records import Answer, Frame, Labelling
from annotate.schema import FrameLayer, Schema
from tests.ratings import MEASURES, SPAN_MEASURES, number


def asked(schema: Schema) -> list[tuple[str, str]]:
    """(layer, measure) of everything that the schema asks for."""
    wanted: list[tuple[str, str]] = []
    for layer in schema.span_layers.values():
        wanted += [(layer.name, measure) for measure in SPAN_MEASURES]
        questions = ["type", *(each.name for each in layer.attributes)] if isinstance(layer, FrameLayer) else ["type"]
        wanted += [(f"{layer.name}.{question}", measure) for question in questions for measure in MEASURES]
    for choices in schema.choice_layers:
        wanted += [(f"{choices.name}.{question.name}", measure) for question in choices.questions for measure in MEASURES]
    return wanted


def test_the_demos_two_labellings_are_measured_in_every_layer(schema: Schema) -> None:
    results = measure_labellings(schema, [*labellings("first"), *labellings("second")], replicates=50)
    assert [(each.layer, each.measure) for each in results] == asked(schema)
    for each in results:
        assert 0 < number(each) <= 1, each
        assert each.annotators == 2
        assert 0 < each.pairable <= each.units
        assert each.interval is not None
        assert each.interval.low <= number(each) <= each.interval.high
    levels = {each.layer: each.signature for each in results if each.measure == "krippendorff_alpha"}
    assert "|level:ordinal|" in levels["stances.strength"]
    assert "|level:nominal|" in levels["events.mode"]


def test_a_schema_with_nothing_labelled_is_null_throughout(stance_only: Schema) -> None:
    results = measure_labellings(stance_only, [])
    assert [(each.layer, each.measure) for each in results] == asked(stance_only)
    assert all(each.value is None and each.reason for each in results)


def raid(start: int, kind: str = "ASSAULT", **attributes: str | None) -> Frame:
    return Frame(f"e{start}", "events", kind, start, start + 5, attributes)


def test_attributes_are_compared_on_aligned_spans(schema: Schema) -> None:
    first = Labelling("velmora-1", "a", frames=(raid(0, mode="drone"), raid(10, mode="war"), raid(20, mode="war"), raid(30, mode="war")))
    second = Labelling("velmora-1", "b", frames=(raid(1, mode="aerial"), raid(11, mode="war"), raid(20, "DIE", mode=None)))
    results = {(each.layer, each.measure): each for each in measure_labellings(schema, [first, second], replicates=0)}
    overlap, kinds, modes = (
        results[key] for key in [("events", "span_f1_overlap"), *((f"events.{x}", MEASURES[0]) for x in ("type", "mode"))]
    )
    assert number(overlap) == pytest.approx(2 * 2 / 7)  # the third pair differs in type, the fourth event is in one labelling only
    assert (number(kinds), number(modes)) == pytest.approx((2 / 3, 1 / 2))
    assert (kinds.units, kinds.pairable, modes.units, modes.pairable) == (3, 3, 3, 2)


def test_an_article_called_unusable_is_not_read(schema: Schema) -> None:
    news = (Answer("document", "genre", "news"),)
    submitted = [
        Labelling("velmora-1", "a", frames=(raid(0),), answers=news),
        Labelling("velmora-1", "b", frames=(raid(0),), answers=news),
        Labelling("velmora-2", "a", frames=(raid(0),), answers=news),
        Labelling("velmora-2", "b", unusable="garbled"),
    ]
    results = {(each.layer, each.measure): each for each in measure_labellings(schema, submitted, replicates=0)}
    exact, genre = results["events", "span_f1_exact"], results["document.genre", "percent_agreement"]
    assert (exact.value, exact.units, exact.pairable) == (1, 3, 2)
    assert (genre.value, genre.units, genre.pairable) == (1, 2, 1)
