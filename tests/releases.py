"""Releases made without a server: annotations go into the store as a pull would bring them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from annotate.demo.corpus import labellings
from annotate.records import Answer, Argument, Article, Frame, Labelling, Link, Mention, Pulled
from annotate.schema import load_schema
from annotate.steps import export, gold, ingest, init, split
from annotate.steps.adjudicate import wanted_sheets
from annotate.steps.stored import articles_by_id, stored_decisions, stored_sheets
from annotate.store import Store
from annotate.studio.results import page_of, write_results
from annotate.workspace import Workspace, find_workspace
from tests.adjudicating import decide

SPLITS = ("train", "dev", "test")
SERVER = "http://127.0.0.1:9"
ADJUDICATOR = "salma.wadi@adjudicator.example"
ANNOTATORS = {"first": "nadira.tawil@annotator.example", "second": "omran.dahesh@annotator.example"}
QUESTIONS = ("genre", "author_on_sanctions", "author_on_military_action", "author_on_diplomacy")
TEXT = "2025-03-04\nVelmora sent ships to Sadra on 2025-03-04.\nThey sailed at dawn 👩‍🚀. Karsenia condemned the sailing, says {}."

Record = dict[str, Any]
Label = Callable[[Article, str], Labelling]


def new_workspace(folder: Path, articles: Path, **environment: str) -> Workspace:
    """A workspace called ``sample`` with its articles, split."""
    init.run(folder, "event-stance")
    workspace = find_workspace(folder, {"ANNOTATE_EXPORT_NAME": "sample", **environment})
    assert ingest.run(workspace, [str(articles)]).problems == []
    split.run(workspace)
    return workspace


def annotate(workspace: Workspace, label: Label, *, backwards: bool = False) -> None:
    """Both annotators submit every article, as a pull would bring it; an adjudicator decides on the test split; then gold."""
    page = page_of(load_schema(workspace.schema_path))
    with Store(workspace.store_path) as store:
        store.set_meta("salt", "salt")
        work = [(number, article, who) for article in store.articles() for number, who in enumerate(ANNOTATORS, 1)]
        pulled = []
        for number, (user, article, who) in enumerate(work[::-1] if backwards else work, 1):
            body = {
                "id": number,
                "completed_by": {"id": user, "email": ANNOTATORS[who]},
                "was_cancelled": False,
                "created_at": "2025-01-01T00:00:00Z",
                "updated_at": "2025-01-01T00:00:00Z",
                "result": write_results(page, article, label(article, who)),
            }
            pulled.append(Pulled(number, number, article.id, article.sha256, json.dumps(body).encode()))
        store.record_pull(SERVER, 1, "event-stance@1.0.0", "2025-01-02T00:00:00Z", pulled, complete=True)
    adjudicate(workspace)
    gold.run(workspace)


def adjudicate(workspace: Workspace) -> None:
    """An adjudicator takes what the first annotator said of everything that is disputed in the test split, as a pull would bring it."""
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        articles, splits = articles_by_id(store), store.splits()
        wanted = wanted_sheets(store, schema, workspace.settings, stored_sheets(store, schema))
        sheets = [each for each in wanted if splits.get(each.article, ("",))[0] == "test"]
        known = {(each.article, each.round) for each in stored_sheets(store, schema)}
        store.put_sheets(
            (each.article, each.round, each.basis, msgspec.json.encode(each)) for each in sheets if (each.article, each.round) not in known
        )
        store.put_rounds(SERVER, 2, {number: each.round for number, each in enumerate(sheets, 1)})
        pulled = []
        for number, sheet in enumerate(sheets, 1):
            article = articles[sheet.article]
            body = {
                "id": number,
                "completed_by": {"id": 9, "email": ADJUDICATOR},
                "was_cancelled": False,
                "created_at": "2025-01-03T00:00:00Z",
                "updated_at": "2025-01-03T00:00:00Z",
                "result": decide(sheet, ANNOTATORS["first"], reason="truly ambiguous", article=article),
            }
            pulled.append(Pulled(number, number, article.id, article.sha256, json.dumps(body).encode()))
        store.record_pull(SERVER, 2, schema.id, "2025-01-04T00:00:00Z", pulled, complete=True, purpose="adjudication")
        assert stored_decisions(store, schema).problems == []


@functools.cache
def demo_labellings(name: str) -> dict[str, Labelling]:
    return {each.article: each for each in labellings(name)}


def demo_label(article: Article, who: str) -> Labelling:
    return demo_labellings(who)[article.id]


def label_all(article: Article, who: str) -> Labelling:
    """Both mark the same; they differ on the genre and on the stance's strength."""

    def at(words: str, after: int = 0) -> tuple[int, int]:
        start = article.text.index(words, after)
        return start, start + len(words)

    strength, genre = ("verbal", "news") if who == "first" else ("concern", "opinion")
    return Labelling(
        article=article.id,
        annotator=who,
        mentions=(
            Mention("m1", "mentions", "GOV", *at("Velmora")),
            Mention("m2", "mentions", "LOC", *at("Sadra"), entity="port of Sadra"),
            Mention("m3", "mentions", "TIME", *at("2025-03-04", after=10)),
            Mention("m4", "mentions", "GOV", *at("Karsenia"), unsure=who == "second"),
        ),
        frames=(
            Frame("e1", "events", "TRANSFER", *at("sent"), {}, (Argument("actor", "m1"), Argument("place", "m2"), Argument("time", "m3"))),
            Frame("e2", "events", "TRANSFER", *at("sailed")),
            Frame("e3", "events", "ACCUSE", *at("condemned"), {"mode": "disapprove"}, (Argument("actor", "m4"), Argument("cause", "e1"))),
            Frame("s1", "stances", "against", *at("condemned the"), {"strength": strength}, (Argument("target", "e1"),)),
        ),
        links=(Link("same_as", "e1", "e2"),),
        answers=(Answer("document", "genre", genre), *(Answer("document", name, "absent") for name in QUESTIONS[1:])),
    )


def label_mentions(article: Article, who: str) -> Labelling:
    full = label_all(article, who)
    return Labelling(full.article, who, full.mentions, answers=full.answers)


def label_nothing(article: Article, who: str) -> Labelling:
    return Labelling(article.id, who)


def text_of(number: int) -> str:
    """An article's text, with enough of its own that it is nobody's copy."""
    return TEXT.format(f"outlet {number}") + "\n" + " ".join(f"tide{number}x{word}" for word in range(60)) + " fell."


def write_articles(path: Path, count: int = 8, **keys: str) -> Path:
    """Articles of which the first two are one story, and whose ids and titles look like numbers and dates here and there."""
    ids = ["v-1", "v-2", "20250304", "2025-03-05", *(f"v-{number}" for number in range(5, count + 1))][:count]
    rows = [
        {"id": name, "text": text_of(n), "title": "2025-03-04" if n == 2 else f"Ships {n}", "rights": "CC0-1.0"}
        | ({"story": "ships"} if n < 2 else {})
        | keys
        for n, name in enumerate(ids)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def small_release(folder: Path, label: Label = label_all, count: int = 8, **environment: str) -> Path:
    """The release of a few articles about ships."""
    folder.mkdir(exist_ok=True)
    workspace = new_workspace(folder / "work", write_articles(folder / "articles.jsonl", count), **environment)
    annotate(workspace, label)
    return Path(export.run(workspace, "1.0.0").folder)


def records(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def gold_of(folder: Path) -> list[Record]:
    return [record for name in SPLITS for record in records(folder / f"{name}.jsonl")]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
