"""The file of spans that anybody can bring, and its texts: what is read, and what is refused, by line and with the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from annotate.agreement.files import SpanFile, overlapping, read_spans, read_texts
from annotate.agreement.results import Span
from annotate.errors import BadInput
from tests.files import jsonl, written


def spans_refused(folder: Path, *rows: Mapping[str, object], texts: dict[str, str] | None = None) -> list[str]:
    path = written(folder, jsonl(*rows), "spans.jsonl")
    with pytest.raises(BadInput) as caught:
        read_spans(path, texts)
    return str(caught.value).replace(f"{path}", path.name).splitlines()


def span(start: object = 0, end: object = 3, label: object = "X", **more: object) -> dict[str, object]:
    return {"document": "d", "annotator": "a", "start": start, "end": end, "label": label} | more


def test_spans_by_layer(tmp_path: Path) -> None:
    rows = [
        span(),
        span(2, 6, "Y", annotator=7),
        span(None, None, None, annotator="c"),
        {"document": 5, "annotator": "a", "start": None},
        span(layer="events"),
    ]
    found = read_spans(written(tmp_path, jsonl(*rows), "spans.jsonl"), {"d": "سلام ❤", "5": ""})
    assert found == {
        "events": SpanFile([Span("d", "a", 0, 3, "X")], [5], [("d", "a")], ["X"]),
        "spans": SpanFile(
            [Span("d", "a", 0, 3, "X"), Span("d", "7", 2, 6, "Y")],
            [1, 2],
            [("5", "a"), ("d", "7"), ("d", "a"), ("d", "c")],
            ["X", "Y"],
        ),
    }


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (span(3, 3), "a span from 3 to 3; offsets are code points from 0, the end is after the start and not part of the span"),
        (span(3, 1), "a span from 3 to 1; offsets are code points from 0, the end is after the start and not part of the span"),
        (span(-1, 1), "a span from -1 to 1; offsets are code points from 0, the end is after the start and not part of the span"),
        (span(4, 7), "the span ends at 7, the text of 'd' at 6; offsets are code points"),
        (span(end=None), "a span without an end or a label; give both, or a null start for a document without spans"),
        (span(label=None), "a span without an end or a label; give both, or a null start for a document without spans"),
        (span(document="e"), "document 'e' has no text; add it to the texts, or leave the texts out"),
        (span(None, document="e"), "document 'e' has no text; add it to the texts, or leave the texts out"),
        (span(1.5), "Expected `int | null`, got `float` - at `$.start`; a row has document, annotator, start, end, label"),
        (span("1"), "Expected `int | null`, got `str` - at `$.start`; a row has document, annotator, start, end, label"),
        ({"document": "d", "annotator": "a"}, "Object missing required field `start`; a row has document, annotator, start, end, label"),
    ],
)
def test_spans_that_are_refused(tmp_path: Path, row: dict[str, object], told: str) -> None:
    assert spans_refused(tmp_path, span(), row, texts={"d": "سلام ❤"}) == [f"spans.jsonl:2: {told}"]


def test_every_bad_span_is_named(tmp_path: Path) -> None:
    lines = spans_refused(tmp_path, *[span(number, 0) for number in range(25)])
    assert len(lines) == 21
    assert lines[-1] == "and 5 more like these"


def test_a_file_without_spans(tmp_path: Path) -> None:
    assert spans_refused(tmp_path) == ["spans.jsonl: empty; it has one JSON object a line"]
    with pytest.raises(BadInput, match="No such file"):
        read_spans(tmp_path / "missing.jsonl")


def test_texts(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"document": "d", "text": "سلام"}, {"document": 5, "text": ""}, {"document": "d", "text": "سلام"}]
    assert read_texts(written(tmp_path, jsonl(*rows), "texts.jsonl")) == {"d": "سلام", "5": ""}
    path = written(tmp_path, jsonl(*rows, {"document": "d", "text": "!"}, {"document": "e"}), "texts.jsonl")
    with pytest.raises(BadInput) as caught:
        read_texts(path)
    assert str(caught.value).replace(f"{path}", "t").splitlines() == [
        "t:4: another text of document 'd' came before; keep one of the two",
        "t:5: Object missing required field `text`; a row has document and text",
    ]


def test_overlapping_spans_of_one_annotator_are_named_by_line(tmp_path: Path) -> None:
    """They are no fault of the file, but some measures are null for them."""
    rows = [span(0, 9), span(2, 5, "Y"), span(9, 12), span(3, 6, annotator="b"), span(8, 10), span(1, 2, document="e")]
    path = written(tmp_path, jsonl(*rows), "spans.jsonl")
    told = overlapping(path, read_spans(path)["spans"])
    assert [each.partition(" overlaps")[0] for each in told] == [f"{path}:2: 2–5 Y", f"{path}:5: 8–10 X", f"{path}:3: 9–12 X"]
    assert "the span in line 1, of the same annotator" in told[0]
    assert "the span in line 5" in told[2]
    many = written(tmp_path, jsonl(*(span(0, end) for end in range(2, 9))), "many.jsonl")
    assert overlapping(many, read_spans(many)["spans"])[3:] == ["and 3 more like these"]
