"""The file of ratings that anybody can bring: what is read from CSV and JSONL, and what is refused, by line and with the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.agreement.categories.ratings import MISSING, Ratings
from annotate.agreement.files import read_ratings
from annotate.errors import BadInput
from tests.files import jsonl, written
from tests.ratings import few

HEAD = "unit,annotator,value\n"


def only(path: Path, level: str = "nominal", categories: list[str] | None = None) -> Ratings:
    found = read_ratings(path, level, categories)
    assert list(found) == ["ratings"]
    return found["ratings"]


def refused(path: Path, level: str = "nominal", categories: list[str] | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        read_ratings(path, level, categories)
    return str(caught.value).replace(f"{path}", path.name)


# Ratings that are read


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(HEAD + "u,a,x\nu,b,y\nv,a,x\n", id="plain"),
        pytest.param(HEAD.replace("\n", "\r\n") + "u,a,x\r\nu,b,y\r\nv,a,x\r\n", id="lines of Windows"),
        pytest.param(b"\xef\xbb\xbf" + (HEAD + "u,a,x\nu,b,y\nv,a,x").encode(), id="byte order mark, no last line end"),
        pytest.param(HEAD + "\nu,a,x\n\n\nu,b,y\nv,a,x\n\n", id="blank lines"),
        pytest.param("note,value,annotator,unit\nwell,x,a,u\n,y,b,u\n,x,a,v\n", id="other order, other columns"),
        pytest.param(HEAD + '"u","a","x"\nu,b,"y"\nv,a,x\nv,b,\n', id="quotes, and a missing value"),
    ],
)
def test_tables_in_csv(tmp_path: Path, body: str | bytes) -> None:
    rated = only(written(tmp_path, body))
    assert (rated.categories, rated.annotators, rated.units, rated.documents) == (["x", "y"], ["a", "b"], 2, 2)
    assert rated.codes.tolist() == [[0, 0], [1, MISSING]]


def test_values_are_kept_as_written(tmp_path: Path) -> None:
    rated = only(written(tmp_path, HEAD + '1,a,"x, y"\n1,b,"say ""no"""\n01,a,نعم\n01,b,NA\n'))
    assert rated.categories == ["NA", 'say "no"', "x, y", "نعم"]
    assert rated.units == 2


def test_rows_in_jsonl(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"unit": 10, "annotator": 1, "value": "x"},
        {"unit": "10", "annotator": "2", "value": "لا"},
        {"unit": 9, "annotator": 1, "value": None, "more": [1]},
    ]
    rated = only(written(tmp_path, "\ufeff" + jsonl(*rows).replace("\n", "\r\n\r\n"), "ratings.jsonl"))
    assert (rated.categories, rated.annotators, rated.units) == (["x", "لا"], ["1", "2"], 2)
    assert rated.codes.tolist() == [[0, MISSING], [1, MISSING]]


def test_numbers_and_truth_values_in_jsonl(tmp_path: Path) -> None:
    """1 and 1.0 are one number in JSON; true is none."""
    values = [1, 1.0, True, "1", 2.5]
    rows = [{"unit": "u", "annotator": number, "value": value} for number, value in enumerate(values)]
    rated = only(written(tmp_path, jsonl(*rows), "ratings.jsonl"))
    assert rated.categories == ["1", "2.5", "true"]
    assert rated.codes[:, 0].tolist() == [0, 0, 2, 0, 1]


def test_sets_of_labels_in_jsonl(tmp_path: Path) -> None:
    """A label beside sets is a set of one; the order and repetition of labels mean nothing."""
    values: list[object] = [["x", "y"], ["y", "x", "y"], "x", ["x"], [], None]
    rows = [{"unit": "u", "annotator": number, "value": value} for number, value in enumerate(values)]
    path = written(tmp_path, jsonl(*rows), "ratings.jsonl")
    rated = only(path)
    assert rated.categories == [frozenset(), frozenset("x"), frozenset("xy")]
    assert rated.codes[:, 0].tolist() == [2, 2, 1, 1, 0, MISSING]
    assert only(path, categories=["x", "y", "z"]).categories == rated.categories
    assert refused(path, categories=["x", "z"]) == "\n".join(
        f"ratings.jsonl:{line}: the label 'y' is not one of x, z; correct it, or declare it" for line in (1, 2)
    )
    assert refused(path, "ordinal") == "ratings.jsonl: sets of labels have no order; use --level nominal"
    assert refused(path, "interval").startswith("ratings.jsonl:1: the value ['x', 'y'] is not a number")


def test_layers_are_apart(tmp_path: Path) -> None:
    csv = written(tmp_path, "layer,unit,annotator,value\nstance,u,a,for\ntopic,u,a,war\nstance,u,b,against\n")
    rows = [("stance", "a", "for"), ("topic", "a", "war"), ("stance", "b", "against")]
    lines = [{"layer": layer, "unit": "u", "annotator": annotator, "value": value} for layer, annotator, value in rows]
    for path in (csv, written(tmp_path, jsonl(*lines), "ratings.jsonl")):
        found = read_ratings(path, "nominal")
        assert {layer: each.categories for layer, each in found.items()} == {"stance": ["against", "for"], "topic": ["war"]}
        assert list(found) == ["stance", "topic"]


def test_documents_are_the_clusters(tmp_path: Path) -> None:
    csv = written(tmp_path, "document,unit,annotator,value\n7,1,a,x\n7,2,a,y\n8,1,a,x\n")
    lines = [
        {"document": document, "unit": unit, "annotator": "a", "value": value}
        for document, unit, value in ((7, 1, "x"), ("7", 2, "y"), (8, 1, "x"))
    ]
    for path in (csv, written(tmp_path, jsonl(*lines), "ratings.jsonl")):
        rated = only(path)
        assert rated.document_of is not None
        assert (rated.document_of.tolist(), rated.documents, rated.units) == ([0, 0, 1], 2, 3)


@pytest.mark.parametrize(
    ("level", "values", "categories", "expected"),
    [
        ("ordinal", ["10", "9", "2.5"], None, ["2.5", "9", "10"]),
        ("ordinal", ["low", "high"], ["low", "middle", "high"], ["low", "middle", "high"]),
        ("nominal", ["b", "a"], ["c", "b", "a"], ["c", "b", "a"]),
        ("interval", ["10", "-9", "1e1", "10.0"], None, [-9.0, 10.0]),
        ("interval", ["2", "1"], ["1", "2", "3"], [1.0, 2.0, 3.0]),
        ("ratio", ["0", "0.5"], None, [0.0, 0.5]),
    ],
)
def test_scales_by_level(tmp_path: Path, level: str, values: list[str], categories: list[str] | None, expected: list[object]) -> None:
    path = written(tmp_path, HEAD + "".join(f"u{number},a,{value}\n" for number, value in enumerate(values)))
    rated = only(path, level, categories)
    assert rated.categories == expected
    found = [expected[code] for code in rated.codes[0]]
    assert found == ([float(value) for value in values] if level in ("interval", "ratio") else values)


@few
@given(
    rows=st.dictionaries(
        st.tuples(st.text("uv ,\"'\n1é", min_size=1, max_size=3), st.sampled_from("abc")),
        st.one_of(st.none(), st.text("xyع,\"' ", min_size=1, max_size=3)),
        min_size=1,
        max_size=8,
    )
)
def test_csv_and_jsonl_say_the_same(tmp_path_factory: pytest.TempPathFactory, rows: dict[tuple[str, str], str | None]) -> None:
    folder = tmp_path_factory.mktemp("same")
    quoted = ['"' + '","'.join(field.replace('"', '""') for field in (unit, who, value or "")) + '"' for (unit, who), value in rows.items()]
    csv = only(written(folder, HEAD + "\n".join(quoted) + "\n"))
    lines = [{"unit": unit, "annotator": who, "value": value} for (unit, who), value in rows.items()]
    other = only(written(folder, jsonl(*lines), "ratings.ndjson"))
    assert (csv.categories, csv.annotators, csv.units) == (other.categories, other.annotators, other.units)
    assert np.array_equal(csv.codes, other.codes)


# Ratings that are refused

TWICE = "a rated unit u before, in {0}:{1}; keep one of the two, or name the second annotator apart"
NAMES = "the first line names the columns: unit, annotator, value"
EVERY_ROW = "every row names its unit and annotator"
NO_NUMBER = "is not a number, which the level interval needs; correct it"
LEAVE_OUT = "or leave the column out"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("", f": empty; {NAMES}", id="empty"),
        pytest.param("\n\n", f": empty; {NAMES}", id="blank"),
        pytest.param("unit,value\nu,x\n", f": no column annotator; {NAMES}", id="no annotator"),
        pytest.param("unit;annotator;value\nu;a;x\n", f": no column unit, annotator, value; {NAMES}", id="semicolons"),
        pytest.param(
            "unit,unit,annotator,value\nu,v,a,x\n", ":1: two columns are named unit; rename the one that is not meant", id="column twice"
        ),
        pytest.param(HEAD + "u,a,x\n\nu,a,y\n", ":4: " + TWICE.format("ratings.csv", 2), id="rated twice"),
        pytest.param(HEAD + "u,a,x\n,b,x\nv,,x\n", f":3: no unit; {EVERY_ROW}", id="no unit"),
        pytest.param(HEAD + "u,a,x\nv,,x\n", f":3: no annotator; {EVERY_ROW}", id="no annotator named"),
        pytest.param(
            "document," + HEAD + "d,u,a,x\n,u,b,x\n", f":3: no document; give every row its document, {LEAVE_OUT}", id="no document"
        ),
        pytest.param("layer," + HEAD + "l,u,a,x\n,u,b,x\n", f":3: no layer; give every row its layer, {LEAVE_OUT}", id="no layer"),
        pytest.param(
            HEAD + "u,a,x,y\nu,b,x\n",
            ":2: more fields than the first line has columns; quote a field that holds a comma",
            id="too many fields at first",
        ),
        pytest.param(HEAD.encode() + b"u,a,caf\xe9\n", ": not UTF-8 at byte 28; save it as UTF-8", id="Latin-1"),
    ],
)
def test_csv_that_is_refused(tmp_path: Path, body: str | bytes, told: str) -> None:
    assert refused(written(tmp_path, body)) == f"ratings.csv{told}"


@pytest.mark.parametrize("rows", ["u,a,x\nu,b,x,y\n", 'u,a,"x\nu,b,y\n'])
def test_what_is_no_table_says_where(tmp_path: Path, rows: str) -> None:
    told = refused(written(tmp_path, HEAD + rows))
    assert told.startswith("ratings.csv: not a table in CSV (Error tokenizing data.")
    assert told.endswith("); quote a field that holds a comma")
    assert "\n" not in told


def test_every_bad_row_is_named_and_of_many_the_first(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "".join(f"u{number},a,{'x' if number % 2 else number}\n" for number in range(60)))
    lines = refused(path, "interval").splitlines()
    assert len(lines) == 21
    assert (
        lines[0]
        == "ratings.csv:3: the value 'x' is not a number, which the level interval needs; correct it, or use --level ordinal or nominal"
    )
    assert lines[1].startswith("ratings.csv:5: ")
    assert lines[-1] == "and 10 more like these"


@pytest.mark.parametrize(
    ("level", "categories", "value", "told"),
    [
        ("interval", None, "NA", f"ratings.csv:3: the value 'NA' {NO_NUMBER}, or use --level ordinal or nominal"),
        ("interval", None, "inf", f"ratings.csv:3: the value 'inf' {NO_NUMBER}, or use --level ordinal or nominal"),
        (
            "ratio",
            None,
            "-2",
            "ratings.csv:3: the value -2 is negative, and the level ratio has a true zero; correct it, or use --level interval",
        ),
        ("interval", ["1", "2"], "3", "ratings.csv:3: the value 3.0 is not one of 1.0, 2.0; correct it, or declare it"),
        ("interval", ["low", "1"], "1", f"the category 'low' {NO_NUMBER}"),
        ("nominal", ["1", "2"], "3", "ratings.csv:3: the value '3' is not one of 1, 2; correct it, or declare it"),
        ("nominal", ["1", "3", "1"], "3", "the category 1 is declared twice; declare each once"),
        ("ordinal", None, "high", "ratings.csv: the order of 1, high is not known; give it: --categories low,middle,high"),
        ("ordinal", ["1", "2"], "high", "ratings.csv:3: the value 'high' is not one of 1, 2; correct it, or declare it"),
    ],
)
def test_values_that_do_not_fit_the_level(tmp_path: Path, level: str, categories: list[str] | None, value: str, told: str) -> None:
    assert refused(written(tmp_path, HEAD + f"u,a,1\nu,b,{value}\n"), level, categories) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"unit": "u", "annotator": "a"}', "Object missing required field `value`"),
        ('{"unit": null, "annotator": "a", "value": 1}', "Expected `int | str`, got `null` - at `$.unit`"),
        ('{"unit": "u", "annotator": 1.5, "value": 1}', "Expected `int | str`, got `float` - at `$.annotator`"),
        ('{"unit": "u", "annotator": "a", "value": {}}', "got `object` - at `$.value`"),
        ("[1]", "Expected `object`, got `array`"),
        ('{"unit": "u"', "Input data was truncated"),
    ],
)
def test_jsonl_that_is_refused(tmp_path: Path, line: str, told: str) -> None:
    good = '{"unit": "u", "annotator": "b", "value": 1}'
    found = refused(written(tmp_path, f"{good}\n\n{line}\n", "ratings.jsonl"))
    assert found.startswith("ratings.jsonl:3: ")
    assert told in found
    assert found.endswith("; a row has unit, annotator, value")


def test_jsonl_as_a_whole(tmp_path: Path) -> None:
    row = {"unit": "u", "annotator": "a", "value": "x"}
    assert refused(written(tmp_path, "\n \n", "r.jsonl")) == "r.jsonl: empty; it has one JSON object a line"
    assert refused(written(tmp_path, jsonl(row) + jsonl(row), "r.jsonl")) == "r.jsonl:2: " + TWICE.format("r.jsonl", 1)
    assert refused(written(tmp_path, jsonl(row | {"layer": "l"}, row | {"unit": "v"}), "r.jsonl")).startswith("r.jsonl:2: no layer;")
    assert refused(written(tmp_path, jsonl(row | {"document": 1}, row | {"unit": "v"}), "r.jsonl")).startswith("r.jsonl:2: no document;")
    latin = b'{"unit": "u", "annotator": "a", "value": "caf\xe9"}\n'
    assert refused(written(tmp_path, latin, "r.jsonl")) == "r.jsonl:1: not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("name", ["missing.csv", "missing.jsonl", "."])
def test_files_that_are_not_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert refused(path).lower().removeprefix(path.name).removeprefix(": ") in (
        "no such file",
        "no such file or directory",
        "is a directory",
    )
