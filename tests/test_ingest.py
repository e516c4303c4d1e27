"""Ingest: every kind of input, text kept to the character, ids, languages and dates, and the same id again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import structs

from annotate.errors import BadInput
from annotate.records import Article, Date, Locked, Paragraph, Source, SplitLock, Zone, text_digest
from annotate.steps import ingest
from annotate.steps.ingest import Ingested
from annotate.store import Store
from annotate.workspace import Workspace
from tests.articles import only, stored, write

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
    "syndicator": "Tasrin TV",
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
    source=Source("Tasrin Post", "VNA", "https://tasrin-post.example/1", "CC-BY-4.0", "Tasrin TV"),
    date=Date(2024, 11, 5, "day", "metadata"),
    zones=(Zone(0, 13, "title"), Zone(14, 19, "body")),
    duplicates="copy-1",
    story="signing",
    paragraphs=(Paragraph(0, 13, "en"), Paragraph(14, 19, "en")),
)


def test_jsonl_with_every_field(workspace: Workspace, tmp_path: Path) -> None:
    assert ingest.run(workspace, [write(tmp_path, "a.jsonl", jsonl(FIELDS | {"of_no_interest": 5}))]).new == ["v1"]
    assert only(workspace) == READ


def test_syndicator_and_paragraphs_languages_from_the_text(workspace: Workspace, tmp_path: Path) -> None:
    lines = ("فيلمورا توقع", "وقعت فيلمورا الاتفاق في تسرين.", "  The minister said that it was late.", "هذا المحتوى مقدم من قناة الشرفة")
    text = "\n\n".join(lines) + "\n"
    ingest.run(workspace, [write(tmp_path, "a.txt", text)])
    article = only(workspace)
    assert article.source.syndicator == "قناة الشرفة"
    found = [(text[each.start : each.end], each.lang) for each in article.paragraphs]
    assert found == [(line.strip(), "en" if "The" in line else "ar") for line in lines]
    assert article.lang == "ar"


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


@pytest.mark.parametrize(
    ("text", "lang"),
    [("أعلنت فيلمورا", "ar"), ("Velmora said", "en"), ("12 + 5 😀", "und"), ("قال: Velmora said on Monday that it will sign", "en")],
)
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


def test_what_a_row_says_anew_of_a_stored_article_is_told(workspace: Workspace, tmp_path: Path) -> None:
    row = {"id": "a", "text": "2031-05-04\nVelmora sailed."}
    first = write(tmp_path, "a.jsonl", jsonl(row | {"rights": "CC0", "title": "Sails", "date": "2031-05-03"}))
    assert ingest.run(workspace, [first]).new == ["a"]
    assert ingest.run(workspace, [write(tmp_path, "silent.jsonl", jsonl(row))]).warnings == []
    second = write(tmp_path, "b.jsonl", jsonl(row | {"rights": "CC0", "duplicates": "sails", "date": "2031-05-02"}))
    (told,) = ingest.run(workspace, [second]).warnings
    assert told.message == "'a' is stored with another duplicates, date, and stays so; --replace takes what this row says"
    ingest.run(workspace, [second], replace=True)
    article = only(workspace)
    assert (article.duplicates, article.date.day, article.source.rights) == ("sails", 2, "CC0")
    assert ingest.run(workspace, [second]).warnings == []


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


def test_copies_are_found_and_named_by_group(workspace: Workspace, tmp_path: Path) -> None:
    """A group that somebody named keeps its name; who joins later gets it."""
    body = " ".join(f"word{number} of the talks" for number in range(40))
    rows = [{"id": name, "text": f"Talks {name}\n\n{body}, said {name} on the day after the talks had ended."} for name in ("b", "a")]
    rows += [
        {"id": "alone", "text": "Harvest\n\nThe barley of Karesh was brought in early this year, and the granaries by the river are full."}
    ]
    path = write(tmp_path, "rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    done = ingest.run(workspace, [path])
    assert done.duplicates == [["a", "b"]]
    assert "2 articles are copies of one another, in 1 groups; the largest: a, b" in ingest.show(done)
    assert groups(workspace) == {"a": "a", "b": "a", "alone": None}
    named = write(tmp_path, "named.jsonl", json.dumps({"id": "c", "text": f"Talks\n\n{body}.", "duplicates": "wire"}))
    ingest.run(workspace, [named])
    assert groups(workspace) == {"a": "wire", "b": "wire", "c": "wire", "alone": None}


def test_replacing_an_article_keeps_its_story_group_and_weight(workspace: Workspace, tmp_path: Path) -> None:
    """Others have decided on them: a person, the search for copies, the draw of a sample."""
    rows = write(tmp_path, "rows.jsonl", json.dumps({"id": "a", "text": "The barley of Karesh was brought in early."}))
    ingest.run(workspace, [rows])
    with Store(workspace.store_path) as store:
        (article,) = store.articles()
        store.put_articles([structs.replace(article, story="harvest", duplicates="wire", weight=4.0)])
    assert ingest.run(workspace, [rows], replace=True).unchanged == 1
    mended = write(tmp_path, "mended.jsonl", json.dumps({"id": "a", "text": "The barley of Karesh was brought in late."}))
    assert ingest.run(workspace, [mended], replace=True).replaced == ["a"]
    found = only(workspace)
    assert (found.story, found.weight) == ("harvest", 4.0)
    assert found.duplicates is None, "another text is a copy of something else, or of nothing"


def groups(workspace: Workspace) -> dict[str, str | None]:
    with Store(workspace.store_path) as store:
        return {article.id: article.duplicates for article in store.articles()}


def test_a_doubtful_date_is_a_warning(workspace: Workspace, tmp_path: Path) -> None:
    text = "Bridge opens\n\nThursday 19 September 2024\n\nThe bridge over the Sarmal was opened today, Saturday, by the mayor of Orsel."
    done = ingest.run(workspace, [write(tmp_path, "a.txt", text)])
    assert [each for each in done.warnings if "its date is doubtful" in each.message]
    assert only(workspace).date.basis == "scrape"
    assert only(workspace).date_span is not None


# Lines of the page that no rule knows


def of_outlet(number: int, publisher: str = "Tasrin Post", line: str = "Our river, our voice") -> dict[str, str]:
    """A line between two paragraphs."""
    body = f"The harbour of Tasrin took in {number} ships on Monday, said the office of the harbour master there."
    text = f"Ships, part {number}\n{body}\n{line}\nNo ship had to wait outside, and none had to be turned away by the pilots."
    return {"id": f"h{number}", "title": f"Ships, part {number}", "text": text, "publisher": publisher}


def line_labels(workspace: Workspace) -> dict[str, str]:
    return {each.id: each.zones[2].label for each in stored(workspace).values()}


def test_lines_that_an_outlet_repeats_are_boilerplate_in_articles_that_were_there_too(workspace: Workspace, tmp_path: Path) -> None:
    first, later = jsonl(of_outlet(1), of_outlet(2), of_outlet(9, "Qadria Times")), jsonl(of_outlet(3))
    ingest.run(workspace, [write(tmp_path, "first.jsonl", first)])
    assert line_labels(workspace) == dict.fromkeys(("h1", "h2", "h9"), "body")
    ingest.run(workspace, [write(tmp_path, "later.jsonl", later)])
    assert line_labels(workspace) == dict.fromkeys(("h1", "h2", "h3"), "boilerplate") | {"h9": "body"}
    again = ingest.run(workspace, [str(tmp_path / "first.jsonl"), str(tmp_path / "later.jsonl")], replace=True)
    assert (again.replaced, again.unchanged) == ([], 4)


def test_what_somebody_may_have_seen_keeps_its_zones(workspace: Workspace, tmp_path: Path) -> None:
    ingest.run(workspace, [write(tmp_path, "first.jsonl", jsonl(of_outlet(1), of_outlet(2)))])
    with Store(workspace.store_path) as store:
        store.put_split_lock(SplitLock(articles=(Locked("h1", "train", "h1"),)))
    ingest.run(workspace, [write(tmp_path, "later.jsonl", jsonl(of_outlet(3), of_outlet(4)))])
    assert line_labels(workspace) == {"h1": "body"} | dict.fromkeys(("h2", "h3", "h4"), "boilerplate")


def test_an_article_is_dated_anew_when_its_date_stood_in_a_line_of_the_page(workspace: Workspace, tmp_path: Path) -> None:
    rows = [{**of_outlet(number), "text": f"Ships, part {number}\nTide of 3 March 2031\nNo ship had to wait."} for number in range(3)]
    ingest.run(workspace, [write(tmp_path, "a.jsonl", jsonl(*rows[:2]))])
    assert {each.date.day for each in stored(workspace).values()} == {3}
    ingest.run(workspace, [write(tmp_path, "b.jsonl", jsonl(*rows[2:]))])
    assert {(each.zones[1].label, each.date, each.date_span) for each in stored(workspace).values()} == {("boilerplate", Date(), None)}
