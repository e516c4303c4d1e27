"""verify: formats/ of a release is written again from its documents; people's addresses and names are looked for in it too."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from annotate.release.formats import FORMATS
from annotate.release.verify.folder import verify
from annotate.steps import export
from annotate.steps import verify as step
from tests.planting import ADDRESS, NAMES, Plant, added, new_file, remove, replaced, resum, void, whole
from tests.releases import annotate, label_all, new_workspace, text_of, write_articles

OWN = "desk@velmora.example"  # in an article's own text


@pytest.fixture(scope="module")
def formatted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in every format, of which one article's text has an address."""
    folder = tmp_path_factory.mktemp("formatted")
    rows = [json.loads(line) for line in write_articles(folder / "articles.jsonl").read_text().splitlines()]
    rows[4]["text"] = text_of(4) + f"\nWrite to {OWN}."
    (folder / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    workspace = new_workspace(folder / "work", folder / "articles.jsonl")
    annotate(workspace, label_all)
    return Path(export.run(workspace, "1.0.0", formats=FORMATS).folder)


def names_file(folder: Path) -> Path:
    (folder / "names.txt").write_text("\n".join(NAMES))
    return folder / "names.txt"


def test_a_sound_one_is_sound_with_an_address_of_an_articles_own(formatted: Path, tmp_path: Path) -> None:
    done = step.run(formatted, names_file(tmp_path))
    assert (done.problems, done.past) == ([], [])


def test_every_format_has_room_for_a_split_without_documents(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl", count=2))
    annotate(workspace, label_all)
    folder = Path(export.run(workspace, "1.0.0", formats=FORMATS).folder)
    assert (folder / "train.jsonl").stat().st_size == 0
    assert step.run(folder).problems == []


BIO, BRAT, DYGIE, PARQUET, SPACY = (f"formats/{name}" for name in ("bio", "brat", "dygie", "parquet", "spacy"))
FAULTS: dict[str, tuple[Plant, str, str]] = {
    "a label": (replaced(f"{BIO}/mentions/train.conll", b"B-GOV", b"B-LOC"), f"{BIO}/mentions/train.conll:1?[0-9]+", "B-LOC"),
    "a word": (replaced(f"{DYGIE}/events/train.json", b"Velmora", b"Velmorb"), f"{DYGIE}/events/train.json:1", "Velmorb"),
    "a count of losses": (
        replaced(f"{BIO}/loss.json", b'"documents": 8', b'"documents": 9'),
        f"{BIO}/loss.json:3",
        "made from the release's",
    ),
    "a file missing": (remove(f"{BIO}/mentions/dev.conll"), f"{BIO}/mentions/dev.conll", "missing"),
    "a file more": (new_file(f"{BRAT}/notes.txt"), f"{BRAT}/notes.txt", "is no file of the format brat"),
    "no format": (new_file("formats/xml/x.xml"), "formats/xml/x.xml", "is of no format"),
    "a table of another split": (
        lambda folder: void(shutil.copy(folder / PARQUET / "dev.parquet", folder / PARQUET / "test.parquet")),
        f"{PARQUET}/test.parquet",
        "does not hold what the release's documents make it",
    ),
    "a broken table": (whole(f"{PARQUET}/dev.parquet", lambda _: b"PAR1"), f"{PARQUET}/dev.parquet", "cannot be read"),
    "docs of another split": (
        lambda folder: void(shutil.copy(folder / SPACY / "dev/0001.spacy", folder / SPACY / "test/0001.spacy")),
        f"{SPACY}/test/0001.spacy",
        "does not hold what the release's documents make it",
    ),
    "broken docs": (whole(f"{SPACY}/dev/0001.spacy", lambda _: b"x"), f"{SPACY}/dev/0001.spacy", "cannot be read"),
    "an address": (added(f"{BRAT}/annotation.conf", f"# {ADDRESS}\n".encode()), f"{BRAT}/annotation.conf:[0-9]+", "an e-mail address"),
    "a name": (added(f"{BIO}/LOSS.md", f"By {NAMES[0]}.\n".encode()), f"{BIO}/LOSS.md:[0-9]+", "an annotator's name"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_just_the_planted_fault_is_reported(formatted: Path, tmp_path: Path, fault: str) -> None:
    plant, place, says = FAULTS[fault]
    folder = Path(shutil.copytree(formatted, tmp_path / "release"))
    plant(folder)
    resum(folder)
    (problem,) = step.run(folder, names_file(tmp_path)).problems
    assert re.fullmatch(place, problem.place)
    assert says in problem.message


def test_the_same_table_in_other_bytes_is_the_same(formatted: Path, tmp_path: Path) -> None:
    """Another version of its library may compress it otherwise."""
    from pyarrow import parquet

    folder = Path(shutil.copytree(formatted, tmp_path / "release"))
    path = folder / PARQUET / "train.parquet"
    before = path.read_bytes()
    parquet.write_table(parquet.ParquetFile(path).read(), path, compression="gzip")
    assert path.read_bytes() != before
    resum(folder)
    assert step.run(folder).problems == []


def test_what_was_not_looked_at_is_said(formatted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    done = step.run(formatted)
    assert (done.problems, done.past) == ([], ["spacy"])
    assert step.show(done).splitlines()[1] == "formats/spacy was not looked at: a library that it needs is not installed"
    assert verify(formatted) == []
