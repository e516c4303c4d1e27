"""Ingest of what is hostile or strange: folders that lead elsewhere, files that change, text that hides, rows behind a broken quote."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.corpus.csv_rows import csv_rows
from annotate.corpus.files import reading
from annotate.corpus.hidden import hidden_text
from annotate.corpus.read import read_articles
from annotate.errors import Problem
from annotate.records import Article
from annotate.steps import ingest
from annotate.workspace import Workspace
from tests.articles import only, stored, write
from tests.ratings import few


def jsonl(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def problems(folder: Path) -> dict[str, str]:
    """By its path inside the folder, what is wrong with each that is refused."""
    found = read_articles([str(folder)])
    return {os.path.relpath(each.place, folder): each.message for _, each in found if isinstance(each, Problem)}


def ids(folder: Path) -> list[str]:
    return [each.id for _, each in read_articles([str(folder)]) if isinstance(each, Article)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good article, beside one that holds another."""
    write(tmp_path, "in/good.txt", "Velmora")
    write(tmp_path, "out/secret.txt", "Qadria")
    return tmp_path / "in"


# Folders


LINKS = {
    "a file outside": ("away.txt", "../out/secret.txt", "a symlink out of the folder"),
    "an absolute path outside": ("away.txt", "/dev/null", "a symlink out of the folder, to /dev/null"),
    "a folder outside": ("away", "../out", "a symlink out of the folder"),
    "the folder around": ("around", "..", "a symlink out of the folder"),
    "itself": ("self.txt", "self.txt", "a symlink that leads back to itself"),
    "itself, of another kind": ("self", "self", "a symlink that leads back to itself"),
    "its own folder": ("here", ".", "a symlink to a folder that it lies in itself"),
    "nothing": ("nothing.jsonl", "none.jsonl", "No such file"),
}


@pytest.mark.parametrize("kind", LINKS)
def test_a_symlink_that_leads_nowhere_good(folder: Path, kind: str) -> None:
    name, target, words = LINKS[kind]
    (folder / name).symlink_to(target)
    assert ids(folder) == ["good"]
    found = problems(folder)
    assert list(found) == [name]
    assert words in found[name]


@pytest.mark.parametrize(
    ("name", "target"), [("notes.md", "../out/secret.txt"), ("old.lock", "none"), ("deep", "sub"), ("sub/more", "../deep")]
)
def test_a_symlink_to_what_is_not_read_anyhow(folder: Path, name: str, target: str) -> None:
    write(folder, "sub/inner.txt", "Tasrin")
    write(folder, "deep/inner2.txt", "Sadra")
    (folder / "deep2").symlink_to("deep")
    assert problems(folder) == {}
    assert ids(folder) == ["inner2", "good", "inner"]
    if name != "deep":
        (folder / name).symlink_to(target)
        assert (problems(folder), ids(folder)) == ({}, ["inner2", "good", "inner"])


def test_a_symlink_to_a_file_inside_is_a_file(folder: Path) -> None:
    (folder / "again.txt").symlink_to("good.txt")
    assert (problems(folder), ids(folder)) == ({}, ["again", "good"])


def test_what_the_user_names_may_be_a_symlink(folder: Path) -> None:
    (folder / "away.txt").symlink_to("../out/secret.txt")
    (folder.parent / "link").symlink_to("in")
    assert ids(folder / "away.txt") == ["away"]
    assert problems(folder.parent / "link").keys() == {"away.txt"}
    assert ids(folder.parent / "link") == ["good"]


def test_pipes_and_sockets_in_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    os.mkfifo("pipe.jsonl")
    os.mkfifo("of_no_interest")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.txt")
        assert ids(folder) == ["good"]
        found = problems(folder)
    assert found.keys() == {"pipe.jsonl", "socket.txt"}
    assert all("a pipe or device" in message for message in found.values())


def test_a_device_that_the_user_names() -> None:
    ((place, found),) = read_articles(["/dev/zero"])
    assert isinstance(found, Problem)
    assert (place, "a pipe or device" in found.message) == ("/dev/zero", True)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    path = str(tmp_path / ("a" * 300 + ".txt"))
    found = list(read_articles([path, write(tmp_path, "good.txt", "Velmora")]))
    assert str(found[0][1]).startswith(f"{path}: File name too long; ")
    assert isinstance(found[1][1], Article)


def test_folders_deeper_than_python_recurses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for depth in range(1, 1_101):
        Path("d/" * depth).mkdir()
    Path("d/" * 1_100 + "deep.txt").write_text("Velmora", encoding="utf-8")
    try:
        assert ids(Path("d")) == ["deep"]
    finally:
        # pytest's own tidying up recurses.
        for level in range(1_100, 0, -1):
            shutil.rmtree("d/" * level)


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder that everybody may read, and no right to more than that for the time of the test, root or not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(("refused", "mode"), [("shut", 0o000), ("shut", 0o444), ("bad.txt", 0o000)])
def test_what_may_not_be_read(nobody: Path, refused: str, mode: int) -> None:
    write(nobody, "shut/inner.txt", "Qadria")
    write(nobody, "bad.txt", "Tasrin")
    write(nobody, "good.txt", "Velmora")
    (nobody / refused).chmod(mode)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        found, good = problems(nobody), ids(nobody)
        named = list(read_articles([str(nobody / "shut" / "inner.txt")]))
    finally:
        if is_root:
            os.seteuid(0)
        (nobody / refused).chmod(0o755)
    assert "good" in good
    assert isinstance(named[0][1], Problem if refused == "shut" else Article)
    assert [name.partition("/")[0] for name in found] == [refused]
    assert all("Permission denied" in message and "permissions" in message for message in found.values())


def test_a_file_name_that_could_disturb_the_screen(tmp_path: Path) -> None:
    write(tmp_path, "a\x1b[31m\n\u202eb.txt", "Velmora")
    found = problems(tmp_path)
    assert list(found) == ["a\\x1b[31m\\n\\u202eb.txt"]
    assert "U+001B in the file's name, which becomes the article's id; rename the file" in found["a\\x1b[31m\\n\\u202eb.txt"]


# Files that change


@pytest.mark.parametrize("kind", ["longer", "shorter", "another", "gone", "as long"])
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, suffix: str, kind: str) -> None:
    rows = {"jsonl": jsonl({"id": "a", "text": "Velmora"}, {"id": "b", "text": "Qadria"}), "csv": "id,text\na,Velmora\nb,Qadria\n"}[suffix]
    path = Path(write(tmp_path, f"in.{suffix}", rows))
    found = read_articles([str(path), write(tmp_path, "good.txt", "Tasrin")])
    _, first = next(found)
    assert isinstance(first, Article)
    match kind:
        case "longer":
            path.write_text(rows + rows)
        case "shorter":
            path.write_text(rows[:-3])
        case "another":
            Path(write(tmp_path, "new", rows)).replace(path)
        case "gone":
            path.unlink()
        case _:
            os.utime(path, ns=(0, 0))
    (_, refused), (_, good) = found
    assert str(refused) == f"{path}: changed while it was read; run ingest again"
    assert isinstance(good, Article)


def test_a_file_that_stays_as_it_is(tmp_path: Path) -> None:
    path = Path(write(tmp_path, "a.txt", "Velmora"))
    with path.open("rb") as file:
        now = reading(path, file)
        file.read()
        assert not now.changed
        write(tmp_path, "a.txt", "Velmora and Qadria")
        assert now.changed


# Size


def test_a_line_of_ten_megabytes(workspace: Workspace, tmp_path: Path) -> None:
    long = "Velmora " * 1_250_000
    path = write(
        tmp_path, "a.jsonl", jsonl({"id": "a", "text": "b"}, {"id": "long", "text": long}) + long + "\n" + jsonl({"id": "c", "text": "d"})
    )
    done = ingest.run(workspace, [path])
    assert done.new == ["a", "c"]
    assert [each.place for each in done.problems] == [f"{path}:2", f"{path}:3"]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_line_longer_than_is_held(tmp_path: Path, suffix: str) -> None:
    first, last = {"jsonl": ('{"id": "a", "text": "b"}\n', '{"id": "c", "text": "d"}\n'), "csv": ("id,text\na,b\n", "c,d\n")}[suffix]
    path = tmp_path / f"a.{suffix}"
    with path.open("wb") as file:
        file.write(first.encode())
        file.seek(70_000_000)
        file.write(b"\n" + last.encode())
    assert ids(path) == ["a", "c"]
    assert len(problems(path)) == 1


@pytest.mark.parametrize("text", ["ف", "x", "7", "؟", "😀"])
def test_an_article_of_one_character(workspace: Workspace, tmp_path: Path, text: str) -> None:
    assert ingest.run(workspace, [write(tmp_path, "a.txt", text)]).new == ["a"]
    assert only(workspace).text == text


@pytest.mark.parametrize("text", ["Velmora 1 ", "فيلمورا، .", "منذ ساعة 1", "5 ago 2024", "\n1.\n\n\n(ab)"])
def test_ten_characters_a_hundred_thousand_times(workspace: Workspace, tmp_path: Path, text: str) -> None:
    assert len(text) == 10
    assert ingest.run(workspace, [write(tmp_path, "a.txt", text * 100_000)]).problems == []
    assert only(workspace).text == text * 100_000


@pytest.mark.parametrize("number", ["9" * 5_000, "1e999", "-0", "1.5"])
def test_a_number_as_id_that_is_none(tmp_path: Path, number: str) -> None:
    path = write(tmp_path, "a.jsonl", f'{{"id": {number}, "text": "Velmora"}}\n' + jsonl({"id": "b", "text": "Qadria"}))
    found = list(read_articles([path]))
    assert [place for place, _ in found] == [f"{path}:1", f"{path}:2"]
    assert ids(Path(path))[-1] == "b"


# Text that hides


HIDING = {
    "an override": ("pay \u202eerom\u202c now", 4),
    "an override in Arabic": ("وقعت\u202d123\u202c", 4),
    "an embedding left open": ("قال \u202bVelmora", 4),
    "an isolate left open": ("قال \u2067Velmora\nand \u2069", 4),
    "closed on the next line": ("\u202bVelmora\n\u202c", 0),
    "closed without being open": ("Velmora\u202c", 7),
    "closed in the wrong order": ("\u202b\u2067a\u202c\u2069", 0),
    "an isolate in a title": ("Velmora", None),
}


@pytest.mark.parametrize("kind", HIDING)
def test_text_that_hides_goes_in_and_is_reported(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    text, offset = HIDING[kind]
    path = write(tmp_path, "a.jsonl", jsonl({"id": "a", "text": text, "title": None if offset is not None else "Vel\u2066mora"}))
    done = ingest.run(workspace, [path])
    assert (done.new, done.problems) == (["a"], [])
    assert only(workspace).text == text
    (warning,) = done.warnings
    assert warning.place == f"{path}:1"
    assert (f"at {offset} of its text" if offset is not None else "at 3 of its title") in warning.message
    assert ingest.show(done).splitlines()[1:] == ["To look at, though in as it is:", f"  {warning}"]


@pytest.mark.parametrize(
    "text",
    [
        "قال \u200fVelmora\u200e و\u061cنعم",
        "قال \u202bVelmora\u202c و\u202aQadria\u202c",
        "قال \u2067\u2068Velmora\u2069\u2069\nو\u2066Qadria\u2069",
        "\u2067\u202bVelmora\u202c\u2069",
        "co\u00adop می\u200cخواهم 👩\u200d🚀 \ufeff",
        "",
    ],
)
def test_harmless_marks_are_not_reported(text: str) -> None:
    assert hidden_text("a.txt", Article("a", None, text, "ar")) is None


def test_what_is_there_already_is_not_reported_again(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "\u202eVelmora")
    assert len(ingest.run(workspace, [path]).warnings) == 1
    assert ingest.run(workspace, [path]).warnings == []


@few
@given(text=st.text("ab\n\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f", max_size=30))
def test_each_line_is_judged_by_itself(text: str) -> None:
    hides = [hidden_text("", Article("a", None, each, "ar")) is not None for each in (text, *text.split("\n"))]
    assert hides[0] == any(hides[1:])


# Broken quotes


BROKEN = {
    "never closed": 'a,"Velmora\nb,Qadria\nc,Tasrin\n',
    "never closed, over many lines": 'a,"Velmora\nwent home, it said.\n\nAnd stayed\nb,Qadria\nc,Tasrin\n',
    "words behind the quote": 'a,"Velmora" went\nb,Qadria\nc,Tasrin\n',
    "a quote inside, over lines": 'a,"Velmora\nsaid "no", they say\nand left"\nb,Qadria\nc,Tasrin\n',
    "closed by the next row's": 'a,"Velmora\nb,"Qadria"\nc,Tasrin\n',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_rows_behind_a_broken_quote_go_in(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, "a.csv", "id,text\nfirst,Sadra\n" + BROKEN[kind])
    done = ingest.run(workspace, [path])
    assert done.new == ["first", "b", "c"]
    assert {each.id: each.text for each in stored(workspace).values()} == {"first": "Sadra", "b": "Qadria", "c": "Tasrin"}
    (problem,) = done.problems
    assert problem.place == f"{path}:3"
    assert "quote" in problem.message


def test_a_broken_row_says_how_far_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'id,text\na,"Velmora\nwent home, it said.\nb,Qadria\nc,"Tasrin\n')
    found = [each for _, each in read_articles([path]) if isinstance(each, Problem)]
    assert [each.place for each in found] == [f"{path}:2", f"{path}:5"]
    assert "lines 2 to 3, which were left out" in found[0].message
    assert "mend this row" in found[1].message


@pytest.mark.parametrize("line", ['a","\n', '"\n', 'a,"""\n', '"a""\n', ',"\n', '""\n'])
def test_a_file_of_broken_quotes_ends(line: str) -> None:
    """300,000 characters; what read all the rest again for each line would take hours."""
    rows = list(csv_rows(["id,text\n", *[line] * (300_000 // len(line))]))
    assert all(row.first <= row.last < following.first for row, following in pairwise(rows))


cells = st.text('ab ,"\n،\r', max_size=8).map(lambda text: text.replace("\r", ""))


@few
@given(table=st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8))
def test_sound_tables_are_read_as_they_were_written(table: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text"], *table])
    with path.open(newline="", encoding="utf-8") as file:
        assert [row.cells for row in csv_rows(file)] == [["id", "text"], *table]
