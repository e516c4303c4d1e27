"""Ingest of what is bad: one problem for each bad line, row or file, named by its place, while the rest goes in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from annotate.steps import ingest
from annotate.workspace import Workspace
from tests.articles import only, stored, write

LIMIT = 1_000_000

GOOD = [b'{"id": "first", "text": "Velmora"}', b'{"id": "last", "text": "Qadria"}']
BAD_LINES = {
    "bad UTF-8": (b'{"id": "a", "text": "Velm\xff"}', "UTF-8"),
    "bad UTF-8 in another field": (b'{"id": "a", "title": "Velm\xff", "text": "b"}', "UTF-8"),
    "empty text": (b'{"id": "a", "text": ""}', "empty text"),
    "blank text": ('{"id": "a", "text": " \\n\u00a0\ufeff"}'.encode(), "empty text"),
    "NUL": (b'{"id": "a", "text": "Vel\\u0000mora"}', "a NUL character at 3 of its text"),
    "NUL in the title": (b'{"id": "a", "title": "Vel\\u0000mora", "text": "b"}', "a NUL character at 3 of its title"),
    "lone surrogate": (b'{"id": "a", "text": "Velm\\ud800"}', "UTF-8"),
    "lone surrogate before more": (b'{"id": "a", "text": "Velm\\ud800ora"}', "UTF-8"),
    "broken JSON": (b'{"id": "a", "text": "Velmora"', "not a JSON object"),
    "two objects": (b'{"id": "a", "text": "b"} {"id": "c", "text": "d"}', "not a JSON object"),
    "nested beyond reading": (b"[" * 100_000, "not a JSON object"),
    "a list": (b'["a", "Velmora"]', "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "no text": (b'{"id": "a", "title": "Velmora"}', "missing required field `text`"),
    "text that is a list": (b'{"id": "a", "text": ["Velmora"]}', "`$.text`"),
    "text that is null": (b'{"id": "a", "text": null}', "`$.text`"),
    "title that is a number": (b'{"id": "a", "text": "b", "title": 5}', "`$.title`"),
    "id that is true": (b'{"id": true, "text": "b"}', "`$.id`"),
    "date that is a fraction": (b'{"id": "a", "text": "b", "date": 2024.5}', "`$.date`"),
    "month 13": (b'{"id": "a", "text": "b", "date": "2024-13"}', "date '2024-13'"),
    "date in words": (b'{"id": "a", "text": "b", "date": "last Monday"}', "date 'last Monday'"),
    "too long": (b'{"id": "a", "text": "' + b"x" * (LIMIT + 1) + b'"}', "longer than 1,000,000 characters"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_LINES)
def test_a_bad_jsonl_line(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    line, words = BAD_LINES[kind]
    path = write(tmp_path, "a.jsonl", b"\n".join([GOOD[0], line, GOOD[1]]))
    done = ingest.run(workspace, [path])
    assert done.new == list(stored(workspace)) == ["first", "last"]
    (problem,) = done.problems
    assert problem.place == f"{path}:2"
    assert words in problem.message
    assert "\n" not in str(problem)


BAD_ROWS = {
    "bad UTF-8": (b"a,t,Velm\xff\n", "not UTF-8: a broken character at 4 of its text"),
    "bad UTF-8 in another cell": (b"a,t\xff,Velmora\n", "not UTF-8: a broken character at 1 of its title"),
    "empty text": (b"a,t,\n", "text"),
    "blank text": (b'a,t," "\n', "empty text"),
    "NUL": (b"a,t,Vel\0mora\n", "a NUL character at 3"),
    "a cell too few": (b"a,t\n", "cells"),
    "a cell too many": (b"a,t,Velmora,again\n", "cells"),
    "words after a quote": (b'a,t,"Velmora" signed\n', "quote"),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_csv_row(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    row, words = BAD_ROWS[kind]
    path = write(tmp_path, "a.csv", b'id,title,text\nfirst,t,"Velmora\nand\nQadria"\n' + row + b"last,t,Qadria\n")
    done = ingest.run(workspace, [path])
    assert done.new == list(stored(workspace)) == ["first", "last"]
    (problem,) = done.problems
    assert problem.place == f"{path}:5"
    assert words in problem.message


@pytest.mark.parametrize("content", ["", "id,body\na,Velmora\n", "Velmora,Qadria\n", 'id,"text\na,Velmora\n'])
def test_a_csv_without_a_text_column(workspace: Workspace, tmp_path: Path, content: str) -> None:
    path, good = write(tmp_path, "a.csv", content), write(tmp_path, "good.txt", "Velmora")
    done = ingest.run(workspace, [path, good])
    assert done.new == ["good"]
    assert [problem.place for problem in done.problems] == [f"{path}:1"]
    assert "no column `text`" in done.problems[0].message


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_cells_that_are_not_parted_by_commas(workspace: Workspace, tmp_path: Path, mark: str, name: str) -> None:
    path = write(tmp_path, "a.csv", f"id{mark}text\na{mark}Velmora\n")
    (problem,) = ingest.run(workspace, [path]).problems
    assert (problem.place, problem.message) == (f"{path}:1", f"its cells are parted by {name}; save it with commas between them")


BAD_FILES = {
    "bad UTF-8": ("a.txt", b"Velm\xff", "not UTF-8 at byte 4"),
    "another encoding": ("a.txt", "فيلمورا".encode("cp1256"), "not UTF-8 at byte 0"),
    "UTF-16": ("a.txt", "Velmora".encode("utf-16"), "not UTF-8 at byte 0"),
    "empty": ("a.txt", b"", "empty text"),
    "blank": ("a.txt", b" \r\n\t\n", "empty text"),
    "a byte order mark alone": ("a.txt", b"\xef\xbb\xbf", "empty text"),
    "NUL": ("a.txt", b"Vel\0mora", "a NUL character at 3"),
    "one character too long": ("a.txt", b"x" * (LIMIT + 1), "longer than 1,000,000 characters"),
    "unknown suffix": ("a.docx", b"Velmora", "not one of .txt, .jsonl, .csv"),
    "no suffix": ("a", b"Velmora", "not one of .txt, .jsonl, .csv"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    name, content, words = BAD_FILES[kind]
    path, good = write(tmp_path, name, content), write(tmp_path, "good.txt", "Velmora")
    done = ingest.run(workspace, [path, good])
    assert done.new == list(stored(workspace)) == ["good"]
    (problem,) = done.problems
    assert problem.place == path
    assert words in problem.message


def test_an_article_of_50_megabytes(workspace: Workspace, tmp_path: Path) -> None:
    path, good = tmp_path / "a.txt", write(tmp_path, "good.txt", "Velmora")
    with path.open("wb") as file:
        file.truncate(50_000_000)
    done = ingest.run(workspace, [str(path), good])
    assert done.new == ["good"]
    assert [(problem.place, "longer than 1,000,000 characters" in problem.message) for problem in done.problems] == [(str(path), True)]


def test_the_longest_article_goes_in(workspace: Workspace, tmp_path: Path) -> None:
    text = "ف" * LIMIT
    assert ingest.run(workspace, [write(tmp_path, "a.txt", text)]).problems == []
    assert only(workspace).text == text


@pytest.mark.parametrize("name", ["none", "none.txt", "none.jsonl", "none.csv"])
def test_a_missing_path(workspace: Workspace, tmp_path: Path, name: str) -> None:
    path, good = str(tmp_path / name), write(tmp_path, "good.txt", "Velmora")
    done = ingest.run(workspace, [path, good])
    assert done.new == ["good"]
    assert [(problem.place, problem.message.partition(";")[0]) for problem in done.problems] == [(path, "No such file or directory")]


def test_an_empty_folder(workspace: Workspace, tmp_path: Path) -> None:
    empty, good = tmp_path / "empty", write(tmp_path, "good.txt", "Velmora")
    empty.mkdir()
    done = ingest.run(workspace, [str(empty), good])
    assert done.new == ["good"]
    assert [str(problem) for problem in done.problems] == [f"{empty}: no .txt, .jsonl, .csv, .html, .htm files in this folder"]


def test_a_file_whose_name_is_not_utf8(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "good.txt", "Velmora")
    (folder / os.fsdecode(b"bad\xff.txt")).write_text("Qadria", encoding="utf-8")
    done = ingest.run(workspace, [str(folder)])
    assert done.new == ["good"]
    assert [problem.place for problem in done.problems] == [f"{folder}/bad\ufffd.txt"]
    assert "not UTF-8" in ingest.show(done)
