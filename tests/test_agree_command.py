"""`annotate agree` as a user types it: the worked numbers through the two files, streams, exit codes, the demo's breakdowns."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from annotate.agreement.categories.ratings import MISSING
from annotate.cli import app, main
from annotate.errors import AnnotateError
from tests.rating_cases import CASES, Case
from tests.test_gamma import FIXTURES, marked
from tests.test_unitizing import CASES_1995, CASES_2016

# A number of the file as it is: weights of one's own, distances between single sets and values by category have no place in it.
NUMBERS = [
    case
    for case in CASES
    if isinstance(case.expected, float | int) and not case.disagreements and not case.pairs and case.measure != "alpha_fleiss_identity"
]
NO_INTERVALS = ("--interval", "none", "--json")


def run(*words: str) -> Any:
    """What the command prints as JSON."""
    done = CliRunner().invoke(app, ["agree", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def values(found: Any) -> dict[str, float | None]:
    return {each["measure"]: each["value"] for each in found["results"]}


def ratings_file(case: Case, folder: Path) -> Path:
    """Every rating of the case as a row: CSV, but for sets of labels, which only JSON can write."""
    rated = case.rated
    rows = [
        {"unit": f"u{unit}", "annotator": f"a{annotator}", "value": None if code == MISSING else case.categories[code]}
        for annotator, codes in enumerate(rated.codes.tolist())
        for unit, code in enumerate(codes)
    ]
    if any(isinstance(each, list) for each in case.categories):
        path = folder / "ratings.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        path = folder / "ratings.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["unit", "annotator", "value"])
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: case.name)
def test_worked_ratings(case: Case, tmp_path: Path) -> None:
    words = ["--ratings", str(ratings_file(case, tmp_path)), "--level", case.level, *NO_INTERVALS]
    if not any(isinstance(each, list) for each in case.categories):
        words += ["--categories", ",".join(str(each) for each in case.categories)]
    assert values(run(*words))[case.measure] == pytest.approx(case.number, abs=case.tolerance)


def test_kappas_of_categories_are_under_the_whole(tmp_path: Path) -> None:
    case = next(each for each in CASES if each.name == "fleiss_1971_category_kappa")
    found = run("--ratings", str(ratings_file(case, tmp_path)), *NO_INTERVALS)
    (fleiss,) = [each for each in found["results"] if each["measure"] == "fleiss_kappa"]
    assert {each["category"]: each["value"] for each in fleiss["by"]} == pytest.approx(case.named, abs=case.tolerance)


def spans_file(marks: dict[str, list[tuple[int, int, str]]], folder: Path, length: int | None = None) -> list[str]:
    """The words that name a file of one document's spans, and its text where its length matters."""
    rows = [
        {"document": "d", "annotator": annotator, "start": start, "end": end, "label": label}
        for annotator, places in marks.items()
        for start, end, label in places
    ]
    rows += [{"document": "d", "annotator": annotator, "start": None} for annotator, places in marks.items() if not places]
    path = folder / "spans.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if length is None:
        return ["--spans", str(path)]
    texts = folder / "texts.jsonl"
    texts.write_text(json.dumps({"document": "d", "text": "x" * length}) + "\n", encoding="utf-8")
    return ["--spans", str(path), "--texts", str(texts)]


@pytest.mark.parametrize(("length", "scale", "first", "second", "value", "tolerance", "ref"), CASES_1995)
def test_worked_unitizing_of_1995(
    length: int, scale: int, first: list[Any], second: list[Any], value: float, tolerance: float, ref: object, tmp_path: Path
) -> None:
    marks = {name: [(scale * start, scale * end, "A") for start, end in places] for name, places in (("0", first), ("1", second))}
    found = run(*spans_file(marks, tmp_path, scale * length), *NO_INTERVALS)
    assert values(found)["krippendorff_alpha_u"] == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize(("marks", "u", "binary", "cu", "ku"), CASES_2016)
def test_worked_unitizing_of_2016(marks: Any, u: float, binary: float, cu: tuple[float, float], ku: Any, tmp_path: Path) -> None:
    found = run(*spans_file(marks, tmp_path, 60), *NO_INTERVALS)
    assert [values(found)[name] for name in ("u_alpha", "u_alpha_binary", "cu_alpha")] == pytest.approx([u, binary, cu[0]], abs=1e-5)
    (by_type,) = [each["by"] for each in found["results"] if each["measure"] == "ku_alpha"]
    assert {each["category"]: each["value"] for each in by_type} == pytest.approx(
        {name: value for name, (value, _) in ku.items()}, abs=1e-5
    )


@pytest.mark.parametrize(("coders", "weights", "disorder", "gamma"), [each for each in FIXTURES if each[1] == (1.0, 1.0, 1.0)])
def test_worked_gamma(coders: dict[str, str], weights: object, disorder: float, gamma: float, tmp_path: Path) -> None:
    found = run(*spans_file(marked(coders)["d"], tmp_path), *NO_INTERVALS)
    assert values(found)["gamma"] == pytest.approx(gamma, abs=0.12)


def test_every_measure_of_the_contract_is_there(tmp_path: Path) -> None:
    kappas = ["cohen_kappa", "scott_pi", "fleiss_kappa", "conger_kappa", "brennan_prediger"]
    path = tmp_path / "ratings.csv"
    path.write_text("unit,annotator,value\nu1,a,1\nu1,b,1\nu2,a,2\nu2,b,3\nu3,a,3\nu3,b,3\n", encoding="utf-8")
    nominal = ["percent_agreement", *kappas, "gwet_ac1", "krippendorff_alpha"]
    assert list(values(run("--ratings", str(path), "--json"))) == nominal
    weighted = [f"{name}_{kind}" for kind in ("linear", "quadratic") for name in (*kappas, "gwet_ac2")]
    for level in ("ordinal", "interval", "ratio"):
        assert set(values(run("--ratings", str(path), "--level", level, "--json"))) == {*nominal, *weighted}
    spans = ["exact", "clitic", "overlap", "token"]
    names = {f"span_f1_{name}" for name in spans} | {f"span_f1_{name}_untyped" for name in spans}
    names |= {"krippendorff_alpha_u", "u_alpha", "u_alpha_binary", "cu_alpha", "ku_alpha", "gamma", "gamma_cat"}
    marks = {"a": [(0, 4, "X")], "b": [(1, 4, "X"), (6, 9, "Y")]}
    assert set(values(run(*spans_file(marks, tmp_path, 20), "--json"))) == names


def test_a_result_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    rows = "".join(f"u{number},{name},{'x' if number % 3 else 'y'}\n" for number in range(12) for name in "ab")
    path = tmp_path / "ratings.csv"
    path.write_text("unit,annotator,value\n" + rows, encoding="utf-8")
    found = run("--ratings", str(path), "--json")
    for result in found["results"]:
        assert set(result) >= {"layer", "measure", "value", "reason", "interval", "units", "pairable", "annotators", "signature", "pairs"}
        assert set(result["interval"]) == {"level", "low", "high", "method"}
        assert result["signature"].startswith(f"m:{result['measure']}|")
    (cohen,) = [each for each in found["results"] if each["measure"] == "cohen_kappa"]
    assert cohen["pairs"] == [{"annotators": ["a", "b"], "value": 1.0, "reason": None, "units": 12}]


def failed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """(exit code, what it says on standard error)."""
    monkeypatch.setattr("sys.argv", ["annotate", "agree", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    said = capsys.readouterr()
    assert said.out == ""
    assert isinstance(caught.value.code, int)
    return caught.value.code, said.err


def test_bad_rows_are_named_and_nothing_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("unit,annotator,value\nu1,a,1\nu1,b,high\nu2,a,-1\n", encoding="utf-8")
    code, said = failed(capsys, monkeypatch, "--ratings", str(path), "--level", "ratio")
    assert code == AnnotateError.exit_code + 2
    assert f"{path}:3: the value 'high' is not a number" in said
    assert f"{path}:4: the value -1 is negative" in said


def test_two_files_at_once_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = failed(capsys, monkeypatch, "--ratings", "a.csv", "--spans", "b.jsonl")
    assert (code, "one at a time" in said) == (2, True)


def test_a_gate_unmet_exits_1_and_says_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("unit,annotator,value\nu1,a,x\nu1,b,x\nu2,a,y\nu2,b,x\nu3,a,y\nu3,b,y\n", encoding="utf-8")
    words = ["agree", "--ratings", str(path), "--gate", "ratings.percent_agreement>=0.9", "--gate", "ratings.percent_agreement>=0.6"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "gate ratings.percent_agreement>=0.9: not met (0.6666666666666666)" in done.stdout
    assert "gate ratings.percent_agreement>=0.6: met" in done.stdout


def test_layers_are_measured_apart(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("layer,unit,annotator,value\nعاطفة,u1,a,مع\nعاطفة,u1,b,مع\ngenre,u1,a,x\ngenre,u1,b,y\n", encoding="utf-8")
    found = run("--ratings", str(path), *NO_INTERVALS)
    assert {each["layer"]: each["value"] for each in found["results"] if each["measure"] == "percent_agreement"} == {"genre": 0, "عاطفة": 1}
    assert {each["layer"] for each in run("--ratings", str(path), "--layer", "genre", *NO_INTERVALS)["results"]} == {"genre"}


def test_layers_that_nobody_judged_twice_take_a_line(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("layer,unit,annotator,value\ntone,u1,a,x\nmood,u1,a,x\ngenre,u1,a,x\ngenre,u1,b,y\n", encoding="utf-8")
    words = ["agree", "--ratings", str(path)]
    blocks = dict(each.strip().partition("\n")[::2] for each in CliRunner().invoke(app, words).stdout.split("\n\n"))
    assert [said.strip() for head, said in blocks.items() if head.startswith(("tone", "mood"))] == [
        "nothing to measure: no unit has two ratings\n  given: x 1 (100%)"
    ] * 2
    more = blocks["how much more, for Krippendorff's alpha:"].splitlines()
    assert more[-1] == "  mood, tone: cannot be told: no unit has two ratings"
    assert "krippendorff_alpha" in CliRunner().invoke(app, [*words, "--layer", "tone"]).stdout  # who asks for it sees all of it


@pytest.mark.parametrize("interval", ["percentile", "bca", "jackknife", "analytic", "none"])
def test_intervals_by_every_method(interval: str, tmp_path: Path) -> None:
    rows = "".join(f"d{unit // 2},u{unit},{name},{'xyx'[unit * (1 + (name == 'b')) % 3]}\n" for unit in range(40) for name in "ab")
    path = tmp_path / "ratings.csv"
    path.write_text("document,unit,annotator,value\n" + rows, encoding="utf-8")
    found = run("--ratings", str(path), "--interval", interval, "--json")
    (alpha,) = [each for each in found["results"] if each["measure"] == "krippendorff_alpha"]
    if interval == "none":
        assert alpha["interval"] is None
    else:
        assert alpha["interval"]["low"] < alpha["value"] < alpha["interval"]["high"]
        assert alpha["interval"]["method"].startswith(interval)
        assert "20 documents" in alpha["interval"]["method"]
        assert f"|ci:{interval}" in alpha["signature"]
