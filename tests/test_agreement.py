"""Agreement of whole labellings: every layer is measured, attributes on aligned spans, unusable articles not read."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.results import Result
from annotate.demo.corpus import labellings
from annotate.demo.expect import demo_articles
from annotate.records import Answer, Frame, Labelling
from annotate.schema import FrameLayer, Schema
from tests.ratings import NO_INTERVAL, number


def numbers(schema: Schema, labellings: list[Labelling]) -> dict[tuple[str, str], Result]:
    return {(each.layer, each.measure): each for each in measure_labellings(schema, labellings, how=NO_INTERVAL, gamma=False)}


def asked(schema: Schema) -> list[str]:
    """The names under which everything that the schema asks for is measured."""
    wanted = [*schema.span_layers, *(each.name for each in schema.link_layers)]
    for layer in schema.span_layers.values():
        questions = ["type", *(each.name for each in layer.attributes)] if isinstance(layer, FrameLayer) else ["type"]
        wanted += [f"{layer.name}.{question}" for question in questions]
    return wanted + [f"{choices.name}.{question.name}" for choices in schema.choice_layers for question in choices.questions]


def test_the_demos_two_labellings_are_measured_in_every_layer(schema: Schema) -> None:
    texts = {name: article.text for name, article in demo_articles().items()}
    results = measure_labellings(schema, [*labellings("first"), *labellings("second")], texts=texts, how=Intervals(replicates=50))
    assert len({(each.layer, each.measure) for each in results}) == len(results)
    assert sorted({each.layer for each in results}) == sorted(asked(schema))
    for each in results:
        assert each.category is None
        assert each.annotators == 2
        assert 0 < each.pairable <= each.units
        assert (each.value is None or each.interval is None) == (each.reason is not None)
        if each.value is not None and each.interval is not None:
            assert 0 < each.value <= 1
            assert each.interval.low <= each.value <= each.interval.high
    nested = {each.measure for each in results if each.layer == "mentions" and each.value is None}
    assert nested == {"u_alpha", "u_alpha_binary", "cu_alpha", "ku_alpha"}, "mentions nest, so one continuum cannot hold all types"
    signatures = {each.layer: each.signature for each in results if each.measure == "krippendorff_alpha"}
    assert "|level:ordinal|" in signatures["stances.strength"]
    assert "|level:nominal|" in signatures["events.mode"]


def test_single_types_are_folded_in_with_their_support(schema: Schema) -> None:
    results = numbers(schema, [*labellings("first"), *labellings("second")])
    exact, roles, polarity = (
        {part.category: part for part in results[key].by}
        for key in [("stances", "span_f1_exact"), ("events", "frame_argument_role_f1"), ("events.polarity", "fleiss_kappa")]
    )
    assert list(exact) == ["against", "favor", "neutral"]
    assert sum(part.units for part in exact.values()) == results["stances", "span_f1_exact"].units
    assert {"actor", "recipient", "content"} <= set(roles)
    assert polarity["negative"].value == pytest.approx(polarity["positive"].value)
    for part in [part for result in results.values() for part in result.by]:
        assert part.value is not None or part.reason


def test_a_type_that_is_too_rare_has_no_value_of_its_own(schema: Schema) -> None:
    pair = [Labelling("velmora-1", name, frames=tuple(raid(start) for start in range(0, 40, 10))) for name in "ab"]
    results = numbers(schema, pair)
    (only,) = results["events", "span_f1_exact"].by
    assert (only.category, only.value, only.units) == ("ASSAULT", 1, 8)
    (rare,) = numbers(schema, [replace(each, frames=each.frames[:2]) for each in pair])["events", "span_f1_exact"].by
    assert (rare.value, rare.reason, rare.units) == (None, "fewer than 5 spans", 4)


def test_a_schema_with_nothing_labelled_is_null_throughout(stance_only: Schema) -> None:
    results = measure_labellings(stance_only, [])
    assert sorted({each.layer for each in results}) == sorted(asked(stance_only))
    assert all(each.value is None and each.reason for each in results)


@pytest.mark.parametrize(
    ("only", "layers"),
    [
        ("events.mode", {"events.mode"}),
        ("same_as", {"same_as"}),
        ("stances", {"stances", "stances.type", "stances.strength"}),
        ("mentions.type", {"mentions.type"}),
    ],
)
def test_one_layer_can_be_had_alone(schema: Schema, only: str, layers: set[str]) -> None:
    both = [*labellings("first"), *labellings("second")]
    results = measure_labellings(schema, both, how=NO_INTERVAL, gamma=False, only=only)
    assert {each.layer for each in results} == layers
    everything = numbers(schema, both)
    assert all(each == everything[each.layer, each.measure] for each in results)


def test_values_of_an_interval_scale_are_their_numbers(stance_only: Schema) -> None:
    """1, 2 and 10 apart: Krippendorff's metric sees how far."""
    layer = stance_only.choice_layers[0]
    (question, *rest) = layer.questions
    three = [replace(question.values[0], name=name) for name in ("low", "middle", "high")]
    values = tuple(replace(each, number=number) for each, number in zip(three, (1.0, 2.0, 10.0), strict=True))
    scaled = replace(question, level="interval", values=values)
    schema = replace(
        stance_only, layers=(*(each for each in stance_only.layers if each != layer), replace(layer, questions=(scaled, *rest)))
    )
    said = [("one", 0, 1), ("two", 0, 0), ("three", 2, 1)]
    pair = [
        Labelling(article, annotator, answers=(Answer(layer.name, question.name, values[value].name),))
        for article, *both in said
        for annotator, value in zip("ab", both, strict=True)
    ]
    alpha = numbers(schema, pair)[f"{layer.name}.{question.name}", "krippendorff_alpha"]
    assert number(alpha) == pytest.approx(krippendorff_alpha([[1, 1, 10], [2, 1, 2]], "interval"))


def raid(start: int, kind: str = "ASSAULT", **attributes: str | None) -> Frame:
    return Frame(f"e{start}", "events", kind, start, start + 5, attributes)


def test_attributes_are_compared_on_aligned_spans(schema: Schema) -> None:
    first = Labelling("velmora-1", "a", frames=(raid(0, mode="drone"), raid(10, mode="war"), raid(20, mode="war"), raid(30, mode="war")))
    second = Labelling("velmora-1", "b", frames=(raid(1, mode="aerial"), raid(11, mode="war"), raid(20, "DIE", mode=None)))
    results = numbers(schema, [first, second])
    overlap, kinds, modes = (
        results[key] for key in [("events", "span_f1_overlap"), *((f"events.{x}", "percent_agreement") for x in ("type", "mode"))]
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
    results = numbers(schema, submitted)
    exact, genre = results["events", "span_f1_exact"], results["document.genre", "percent_agreement"]
    assert (exact.value, exact.units, exact.pairable) == (1, 3, 2)
    assert (genre.value, genre.units, genre.pairable) == (1, 2, 1)
