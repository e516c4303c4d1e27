"""Ingest: every kind of input, text kept to the character, one problem for each bad article while the rest goes in; zones and sentences."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotate.corpus.sentences import sentences
from annotate.corpus.zones import zones
from annotate.errors import BadInput
from annotate.records import Article, Date, Source, Zone, text_digest
from annotate.steps import ingest
from annotate.steps.ingest import Ingested
from annotate.store import Store
from annotate.workspace import Workspace

LIMIT = 1_000_000

# What a careless reader changes: a byte order mark, no-break and double spaces, joined emoji, vowel marks, direction marks, decomposed
# letters, a lone CR, other line separators, blanks and blank lines at the end.
TEXTS = {
    "byte order mark inside": "Velmora\ufeff signed.",
    "no-break spaces": "أعلنت\u00a0فيلمورا\u202f2024",
    "double spaces": "  Velmora  and   Qadria  ",
    "emoji": "😀 👩‍👩‍👧‍👦 🇺🇳 a👍🏽",
    "vowel marks": "وَقَّعَتْ فِيلْمُورَا ٱلِٱتِّفَاقَ",
    "mixed directions": "قال \u200fVelmora\u200e و\u202bQadria\u202c",
    "decomposed": "e\u0301 é أ ا\u0654",
    "line separators": "a\rb\u2028c\u0085d\x0be",
    "blank end": "Velmora\n\n \n",
    "quotes": 'a "quoted", b; c\n"d"',
}


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace]) -> Workspace:
    return make_workspace()


def stored(workspace: Workspace) -> dict[str, Article]:
    with Store(workspace.store_path) as store:
        return {article.id: article for article in store.articles()}


def only(workspace: Workspace) -> Article:
    (article,) = stored(workspace).values()
    return article


def write(folder: Path, name: str, content: bytes | str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def jsonl(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


# Every kind of input


def test_text_file(workspace: Workspace, tmp_path: Path) -> None:
    done = ingest.run(workspace, [write(tmp_path, "velmora-talks.txt", "Talks open\nIn Tasrin.\n")])
    assert done == Ingested(["velmora-talks"], [], 0, [])
    article = only(workspace)
    assert (article.id, article.original_id, article.text, article.lang) == ("velmora-talks", None, "Talks open\nIn Tasrin.\n", "en")
    assert article.zones == (Zone(0, 10, "title"), Zone(11, 21, "body"))


def test_folder_with_folders_inside(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path, "in/b.txt", "b")
    write(tmp_path, "in/deep/a.TXT", "a")
    write(tmp_path, "in/deep/rows.jsonl", jsonl({"id": "row", "text": "c"}))
    write(tmp_path, "in/cells.csv", "id,text\ncell,d\n")
    write(tmp_path, "in/notes.md", "not an article")
    assert ingest.run(workspace, [str(tmp_path / "in")]).problems == []
    assert {each.id: each.text for each in stored(workspace).values()} == {"a": "a", "b": "b", "row": "c", "cell": "d"}


FIELDS = {
    "id": "v1",
    "text": "Velmora signs\nBody.",
    "title": "Velmora signs",
    "date": "2024-11-05",
    "publisher": "Tasrin Post",
    "agency": "VNA",
    "url": "https://tasrin-post.example/1",
    "rights": "CC-BY-4.0",
    "lang": "en",
    "story": "signing",
    "duplicates": "copy-1",
}
READ = Article(
    id="v1",
    original_id=None,
    text="Velmora signs\nBody.",
    lang="en",
    title="Velmora signs",
    source=Source("Tasrin Post", "VNA", "https://tasrin-post.example/1", "CC-BY-4.0"),
    date=Date(2024, 11, 5, "day", "metadata"),
    zones=(Zone(0, 13, "title"), Zone(14, 19, "body")),
    duplicates="copy-1",
    story="signing",
)


def test_jsonl_with_every_field(workspace: Workspace, tmp_path: Path) -> None:
    assert ingest.run(workspace, [write(tmp_path, "a.jsonl", jsonl(FIELDS | {"of_no_interest": 5}))]).new == ["v1"]
    assert only(workspace) == READ


def test_csv_with_every_field(workspace: Workspace, tmp_path: Path) -> None:
    rows = ",".join([*FIELDS, "of_no_interest"]) + "\n" + ",".join([*map(csv_cell, FIELDS.values()), "5"]) + "\n"
    assert ingest.run(workspace, [write(tmp_path, "a.csv", rows)]).new == ["v1"]
    assert only(workspace) == READ


def test_csv_with_empty_cells_and_blank_rows(workspace: Workspace, tmp_path: Path) -> None:
    assert ingest.run(workspace, [write(tmp_path, "a.csv", "\ufeffid,title,date,text\n\nv1,,,Velmora\n\n")]).problems == []
    assert (only(workspace).title, only(workspace).date) == (None, Date())


def test_jsonl_with_a_byte_order_mark_and_windows_line_ends(workspace: Workspace, tmp_path: Path) -> None:
    content = "\ufeff" + jsonl({"id": "v1", "text": "a"}, {"id": "v2", "text": "b"}).replace("\n", "\r\n")
    assert ingest.run(workspace, [write(tmp_path, "a.jsonl", content)]) == Ingested(["v1", "v2"], [], 0, [])


def test_standard_input_is_jsonl(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    content = jsonl({"id": "v1", "text": "فيلمورا"}) + "broken\n"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content.encode())))
    done = ingest.run(workspace, ["-"])
    assert done.new == ["v1"]
    assert [problem.place for problem in done.problems] == ["standard input:2"]
    assert only(workspace).text == "فيلمورا"


def test_several_paths_at_once(workspace: Workspace, tmp_path: Path) -> None:
    paths = [write(tmp_path, "a.txt", "a"), str(tmp_path / "none.txt"), write(tmp_path, "b.jsonl", jsonl({"id": "b", "text": "b"}))]
    done = ingest.run(workspace, paths)
    assert done.new == ["a", "b"]
    assert [problem.place for problem in done.problems] == [paths[1]]


def test_no_path_at_all_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="no articles named"):
        ingest.run(workspace, [])


def test_more_articles_than_one_batch(workspace: Workspace, tmp_path: Path) -> None:
    rows = jsonl(*({"id": f"v{number}", "text": f"Velmora {number}"} for number in range(ingest.BATCH + 1)))
    assert len(ingest.run(workspace, [write(tmp_path, "a.jsonl", rows)]).new) == ingest.BATCH + 1
    assert len(stored(workspace)) == ingest.BATCH + 1


# Text is kept


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("suffix", ["txt", "jsonl", "csv"])
def test_text_is_kept_to_the_character(workspace: Workspace, tmp_path: Path, suffix: str, kind: str) -> None:
    text = TEXTS[kind]
    content = {"txt": text, "jsonl": jsonl({"id": "a", "text": text}), "csv": f"id,text\na,{csv_cell(text)}\n"}[suffix]
    assert ingest.run(workspace, [write(tmp_path, f"a.{suffix}", content)]).problems == []
    assert only(workspace).text == text


@pytest.mark.parametrize("suffix", ["txt", "jsonl", "csv"])
def test_only_cr_lf_becomes_lf(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    text = "one\r\ntwo\rthree\n\rfour\r\n\r\n"
    content = {"txt": text, "jsonl": jsonl({"id": "a", "text": text}), "csv": f"id,text\r\na,{csv_cell(text)}\r\n"}[suffix]
    assert ingest.run(workspace, [write(tmp_path, f"a.{suffix}", content)]).problems == []
    assert only(workspace).text == "one\ntwo\rthree\n\rfour\n\n"


# Ids, languages, dates


@pytest.mark.parametrize(
    "given",
    ["17", "007", "-3", "1.5", "1e5", "1_000", "1,000", "0x1F", "١٧", "-inf", "Infinity", "nan", "NaN", "null", "NULL", "None", "N/A",
     "<NA>", "#N/A", "~", "true", "No", "off", "10:30", "5/11/2024", "2024-11-05", "2024-11-05T10:30:00Z", "2024-11-05T10:30:00+03:00"],
)  # fmt: skip
def test_an_id_that_reads_as_something_else_is_prefixed(workspace: Workspace, tmp_path: Path, given: str) -> None:
    assert ingest.run(workspace, [write(tmp_path, "a.jsonl", jsonl({"id": given, "text": "a"}))]).new == [f"article-{given}"]
    assert only(workspace).original_id == given


@pytest.mark.parametrize(
    "given", ["a1", "velmora-17", "000_5dc7ba50f3641af5", "2024-11-05-talks", "article-17", "خبر", "nano", "none-of-it"]
)
def test_any_other_id_is_kept(workspace: Workspace, tmp_path: Path, given: str) -> None:
    assert ingest.run(workspace, [write(tmp_path, "a.jsonl", jsonl({"id": given, "text": "a"}))]).new == [given]
    assert only(workspace).original_id is None


def test_a_number_as_id_and_a_file_named_as_one(workspace: Workspace, tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "a.jsonl", jsonl({"id": 17, "text": "a"})),
        write(tmp_path, "0042.txt", "b"),
        write(tmp_path, "b.csv", "id,text\n5,c\n"),
    ]
    assert ingest.run(workspace, paths).new == ["article-17", "article-0042", "article-5"]
    assert [article.original_id for article in stored(workspace).values()] == ["0042", "17", "5"]


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ""}, {"id": "  "}])
def test_a_missing_id_is_made_from_the_content(workspace: Workspace, tmp_path: Path, row: dict[str, str | None]) -> None:
    path = write(tmp_path, "a.jsonl", jsonl(row | {"text": "Velmora"}, row | {"text": "Qadria"}))
    assert ingest.run(workspace, [path]).new == [f"article-{text_digest(text)[:12]}" for text in ("Velmora", "Qadria")]
    assert ingest.run(workspace, [path]) == Ingested([], [], 2, [])


@pytest.mark.parametrize(("text", "lang"), [("أعلنت فيلمورا", "ar"), ("Velmora said", "en"), ("12 + 5 😀", "und"), ("قال Velm", "en")])
def test_a_missing_language_is_told_from_the_letters(workspace: Workspace, tmp_path: Path, text: str, lang: str) -> None:
    ingest.run(workspace, [write(tmp_path, "a.txt", text)])
    assert only(workspace).lang == lang


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ("2024", Date(2024, None, None, "year", "metadata")),
        ("2024-11", Date(2024, 11, None, "month", "metadata")),
        ("2024-11-05T10:30:00Z", Date(2024, 11, 5, "day", "metadata")),
        ({"year": 2024, "precision": "year", "basis": "byline"}, Date(2024, None, None, "year", "byline")),
        (None, Date()),
    ],
)
def test_a_date_is_known_as_far_as_it_is_given(workspace: Workspace, tmp_path: Path, given: object, date: Date) -> None:
    ingest.run(workspace, [write(tmp_path, "a.jsonl", jsonl({"id": "a", "text": "a", "date": given}))])
    assert only(workspace).date == date


# What is bad is named, and the rest goes in

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
    "date that is a number": (b'{"id": "a", "text": "b", "date": 2024}', "`$.date`"),
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


def test_an_unbalanced_quote_swallows_no_article_unsaid(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'id,text\nfirst,Velmora\na,"unbalanced\nb,Qadria\nc,Tasrin\n')
    done = ingest.run(workspace, [path])
    assert done.new == list(stored(workspace)) == ["first"]
    assert [problem.place for problem in done.problems] == [f"{path}:3"]


@pytest.mark.parametrize("content", ["", "id,body\na,Velmora\n", "Velmora,Qadria\n", 'id,"text\na,Velmora\n'])
def test_a_csv_without_a_text_column(workspace: Workspace, tmp_path: Path, content: str) -> None:
    path, good = write(tmp_path, "a.csv", content), write(tmp_path, "good.txt", "Velmora")
    done = ingest.run(workspace, [path, good])
    assert done.new == ["good"]
    assert [problem.place for problem in done.problems] == [f"{path}:1"]
    assert "no column `text`" in done.problems[0].message


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
    assert [str(problem) for problem in done.problems] == [f"{empty}: no .txt, .jsonl, .csv files in this folder"]


def test_a_file_whose_name_is_not_utf8(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "good.txt", "Velmora")
    (folder / os.fsdecode(b"bad\xff.txt")).write_text("Qadria", encoding="utf-8")
    done = ingest.run(workspace, [str(folder)])
    assert done.new == ["good"]
    assert [problem.place for problem in done.problems] == [f"{folder}/bad\ufffd.txt"]
    assert "not UTF-8" in ingest.show(done)


# The same id again


def test_the_same_again_is_there_already(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", jsonl({"id": "a", "text": "Velmora"}, {"id": "a", "text": "Velmora"}))
    assert ingest.run(workspace, [path]) == Ingested(["a"], [], 1, [])
    assert ingest.run(workspace, [path]) == Ingested([], [], 2, [])


@pytest.mark.parametrize("replace", [False, True])
def test_one_id_for_two_texts_in_one_run(workspace: Workspace, tmp_path: Path, replace: bool) -> None:
    path = write(tmp_path, "a.jsonl", jsonl({"id": "a", "text": "Velmora"}, {"id": "a", "text": "Qadria"}, {"id": "b", "text": "Tasrin"}))
    done = ingest.run(workspace, [path], replace=replace)
    assert done.new == ["a", "b"]
    assert [str(problem) for problem in done.problems] == [
        f"{path}:2: id 'a' with another text stands at {path}:1 too; give one of them another id"
    ]
    assert stored(workspace)["a"].text == "Velmora"


def test_an_id_and_one_that_becomes_it_by_its_prefix(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", jsonl({"id": 17, "text": "Velmora"}, {"id": "article-17", "text": "Qadria"}))
    done = ingest.run(workspace, [path])
    assert (done.new, [problem.place for problem in done.problems]) == (["article-17"], [f"{path}:2"])


def test_one_id_for_two_texts_across_runs(workspace: Workspace, tmp_path: Path) -> None:
    ingest.run(workspace, [write(tmp_path, "a.txt", "Velmora")])
    path, good = write(tmp_path, "a.jsonl", jsonl({"id": "a", "text": "Qadria"})), write(tmp_path, "good.txt", "Tasrin")
    done = ingest.run(workspace, [path, good])
    assert done.new == ["good"]
    assert [problem.place for problem in done.problems] == [f"{path}:1"]
    assert "--replace" in done.problems[0].message
    assert stored(workspace)["a"].text == "Velmora"


def test_replace_puts_the_new_text_in_the_olds_place(workspace: Workspace, tmp_path: Path) -> None:
    ingest.run(workspace, [write(tmp_path, "a.txt", "Velmora"), write(tmp_path, "b.txt", "Tasrin")])
    paths = [write(tmp_path, "a.txt", "Qadria\nsigned"), str(tmp_path / "b.txt"), write(tmp_path, "c.txt", "new")]
    assert ingest.run(workspace, paths, replace=True) == Ingested(["c"], ["a"], 1, [])
    assert stored(workspace)["a"].text == "Qadria\nsigned"
    assert stored(workspace)["a"].zones == (Zone(0, 6, "title"), Zone(7, 13, "body"))


def test_what_was_done_is_shown(workspace: Workspace, tmp_path: Path) -> None:
    done = ingest.run(workspace, [write(tmp_path, "a.txt", "Velmora"), str(tmp_path / "none.txt")])
    first, second = ingest.show(done).splitlines()
    assert first == "1 articles in, 0 replaced, 0 there already, 1 refused"
    assert second.startswith(f"  {tmp_path}/none.txt: ")


# Zones

LINES = {
    "boilerplate": (
        "يرجى تفعيل جافا سكريبت في متصفحك لمشاهدة الموقع",
        "يرجى تشغيل الجافاسكربت",
        "Please enable JavaScript to read the Velmora Post.",
        "Site icon تسرين اليوم",
        "أيقونة الموقع",
        "اقرأ المزيد: فيلمورا توقع",
        "Read more: Velmora signs",
        "شارك الخبر",
        "المزيد من الأخبار",
        "طباعة",
        "منذ ساعتين",
        "السياسة منذ 3 أيام",
        "World 2 hours ago",
        "المحتوى مقدم من وكالة تسرين",
    ),
    "byline": (
        "(وكالات)",
        "المصدر: وكالة تسرين",
        "Source: Tasrin Post",
        "كتب نادر قصوان",
        "بقلم: ليلى مرداس",
        "By Leila Mardas",
        "تسرين - وكالة فيلمورا",
        "الخميس، 7 نوفمبر 2024",
        "Thursday, 7 November 2024",
    ),
    "caption": (
        "جنود من فيلمورا عند الجسر (أ ف ب)",
        "مبنى البرلمان في تسرين (صورة: تسرين اليوم)",
        "Ships in the harbour of Tasrin (photo: Tasrin Post)",
    ),
    "body": (
        "أعلنت فيلمورا، الخميس، توقيع اتفاق مع قادريا في تسرين بحضور وزيري الخارجية.",
        "Velmora signed an accord with Qadria on Thursday, its foreign ministry said.",
        "وقال المتحدث: «لن نوقع».",
        "😀",
    ),
}


@pytest.mark.parametrize(("label", "line"), [(label, line) for label, lines in LINES.items() for line in lines])
def test_a_line_is_marked_for_what_it_is(label: str, line: str) -> None:
    assert zones(f"Velmora signs\n{line}", "Velmora signs") == (
        Zone(0, 13, "title"),
        Zone(14, 14 + len(line), label),
    )


def labelled(text: str, title: str | None) -> list[tuple[str, str]]:
    return [(text[zone.start : zone.end], zone.label) for zone in zones(text, title)]


def test_the_title_is_the_line_that_equals_it() -> None:
    text = "Velmora news\n\n  Velmora signs \nBody."
    assert labelled(text, "Velmora signs") == [("Velmora news", "body"), ("Velmora signs", "title"), ("Body.", "body")]


@pytest.mark.parametrize("title", [None, "Qadria signs"])
def test_else_it_is_the_first_line_that_no_rule_knows(title: str | None) -> None:
    text = "Site icon\nBy Leila Mardas\nVelmora signs\nBody."
    assert labelled(text, title) == [
        ("Site icon", "boilerplate"),
        ("By Leila Mardas", "byline"),
        ("Velmora signs", "title"),
        ("Body.", "body"),
    ]


def test_where_rules_know_every_line_there_is_no_title() -> None:
    assert labelled("Site icon\nRead more", None) == [("Site icon", "boilerplate"), ("Read more", "boilerplate")]


LAID_OUT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(' \n\t\r\u00a0\u2028\u200f.!؟…»"أبa')))


@given(LAID_OUT, st.one_of(st.none(), LAID_OUT))
@settings(max_examples=300, deadline=None)
def test_zones_are_exactly_the_lines_that_are_not_blank(text: str, title: str | None) -> None:
    found = zones(text, title)
    assert [text[zone.start : zone.end] for zone in found] == [line.strip() for line in text.split("\n") if line.strip()]
    assert all(0 <= zone.start < zone.end <= len(text) for zone in found)
    assert all(before.end < after.start for before, after in pairwise(found))
    assert [zone.label for zone in found].count("title") <= 1


# Sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Velmora signed. Qadria did not!", ["Velmora signed.", "Qadria did not!"]),
        ("هل توقّع قادريا؟ نعم… ربما.", ["هل توقّع قادريا؟", "نعم…", "ربما."]),
        ("قال: «لن نوقع.» ثم غادر.", ["قال: «لن نوقع.»", "ثم غادر."]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("ذكرت أ. ف. ب. في تسرين.", ["ذكرت أ. ف. ب. في تسرين."]),
        ("It grew 2.5 points at velmora.example today.", ["It grew 2.5 points at velmora.example today."]),
        ("A title\n\n  Body without a mark \nlast", ["A title", "Body without a mark", "last"]),
        ("What?! Really... yes", ["What?!", "Really...", "yes"]),
        (" \n\u00a0", []),
        ("." * 100_000 + "x" + " " * 100_000 + "y", ["." * 100_000 + "x" + " " * 100_000 + "y"]),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(LAID_OUT)
@example("! \n.")
@settings(max_examples=300, deadline=None)
def test_sentences_cover_every_word_and_cross_no_line(text: str) -> None:
    found = list(sentences(text))
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    inside = {place for start, end in found for place in range(start, end)}
    assert all(place in inside for place, character in enumerate(text) if not character.isspace())
    assert all("\n" not in text[start:end] for start, end in found)
    assert all(text[start:end] == text[start:end].strip() for start, end in found)
