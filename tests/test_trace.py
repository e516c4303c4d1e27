"""`annotate trace` and `annotate discuss` on articles that two labelled and a third adjudicated."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotate.cli import app
from annotate.errors import BadInput, UsageProblem
from annotate.gold.discussion import discussion
from annotate.gold.discussion_page import html_page, markdown_page
from annotate.records import Adjudication, Pulled, Verdict
from annotate.steps import discuss, trace
from annotate.store import Store
from annotate.workspace import Workspace, find_workspace
from tests.handmade import SCHEMA, event, labelling
from tests.releases import ADJUDICATOR, ANNOTATORS, SERVER, annotate, label_all, new_workspace, write_articles

EVERYBODY = {*ANNOTATORS.values(), ADJUDICATOR}


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("trace")
    workspace = new_workspace(folder / "work", write_articles(folder / "articles.jsonl"))
    annotate(workspace, label_all)
    return workspace


def one_of(workspace: Workspace, *, test: bool) -> str:
    """An article of the test split, or of another."""
    with Store(workspace.store_path) as store:
        return min(article for article, (split, _) in store.splits().items() if (split == "test") is test)


def test_an_answer_goes_back_to_annotation_versions(decided: Workspace) -> None:
    found = trace.run(decided, one_of(decided, test=True), "stances-1")
    (answer,) = found.answers
    assert (answer.id, answer.layer, answer.text) == ("stances-1", "stances", "condemned the")
    assert {each.annotator for each in answer.marked} == EVERYBODY
    strength = next(each for each in answer.decisions if each.decision == "attribute strength")
    assert (strength.how, strength.outcome, strength.adjudicators) == ("adjudicated", "verbal", (ADJUDICATOR,))
    assert {ballot.value: ballot.annotators for ballot in strength.ballots} == {
        "verbal": (ANNOTATORS["first"],),
        "concern": (ANNOTATORS["second"],),
    }
    with Store(decided.store_path) as store:
        kept = {(each.project, each.task, each.annotation) for each in [*store.annotations(), *store.annotations("adjudication")]}
    assert {each.annotator for each in found.origins} == EVERYBODY
    assert {(each.project, each.task, each.annotation) for each in found.origins} <= kept
    assert {(each.server, each.version, each.of, each.deleted) for each in found.origins} == {(SERVER, 1, 1, False)}
    assert {each.purpose for each in found.origins if each.annotator == ADJUDICATOR} == {"adjudication"}


def test_everything_of_an_article(decided: Workspace) -> None:
    found = trace.run(decided, one_of(decided, test=False))
    assert {"mentions-1", "events-3", "stances-1", "genre"} <= {each.id for each in found.answers}
    assert (found.adjudicators, {each.annotator for each in found.origins}) == ([], set(ANNOTATORS.values()))
    shown = trace.show(found)
    assert re.search(r"answer genre: no answer \(tie, 1 of 2; strategy majority\)", shown)
    assert "together: " in shown


def test_a_question_by_its_name(decided: Workspace) -> None:
    (answer,) = trace.run(decided, one_of(decided, test=True), "genre").answers
    assert [(each.outcome, each.how) for each in answer.decisions] == [("news", "adjudicated")]


def test_an_annotation_that_got_a_deleted_ones_number_is_another(decided: Workspace, tmp_path: Path) -> None:
    shutil.copytree(decided.folder, tmp_path / "work")
    workspace, article = find_workspace(tmp_path / "work", {}), one_of(decided, test=False)
    with Store(workspace.store_path) as store:
        old = next(each for each in store.annotations() if each.article == article)
        body = json.loads(old.body) | {"created_at": "2025-01-03T00:00:00Z", "updated_at": "2025-01-03T00:00:00Z"}
        again = Pulled(old.task, old.annotation, article, old.article_sha256, json.dumps(body).encode())
        store.record_pull(SERVER, 1, old.schema, "2025-01-04T00:00:00Z", [again], complete=False)
    own = [each for each in trace.run(workspace, article).origins if each.annotation == old.annotation]
    assert [(each.submitted, each.version, each.of, each.deleted) for each in own] == [
        ("2025-01-01T00:00:00Z", 1, 2, False),
        (None, 2, 2, True),
        ("2025-01-03T00:00:00Z", 1, 1, False),
    ]


def test_what_cannot_be_traced(decided: Workspace) -> None:
    with pytest.raises(UsageProblem, match="no article 'velmora-9'"):
        trace.run(decided, "velmora-9")
    with pytest.raises(UsageProblem, match="no gold answer 'events-9'; it has mentions-1, "):
        trace.run(decided, "v-5", "events-9")


def test_an_article_without_gold(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    with pytest.raises(BadInput, match="v-5 has no gold; run `annotate gold`"):
        trace.run(workspace, "v-5")


def test_the_command_prints_json(decided: Workspace) -> None:
    done = CliRunner().invoke(app, ["trace", one_of(decided, test=True), "genre", "--workspace", str(decided.folder), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["answers"][0]["decisions"][0]["outcome"] == "news"


# The page for a meeting


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


@pytest.mark.parametrize("name", ["meeting.md", "meeting.html"])
def test_the_page_tells_what_differs_and_why(decided: Workspace, tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(app, ["discuss", str(tmp_path / name), "--examples", "2", "--workspace", str(decided.folder)])
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / name).read_text("utf-8")
    assert 'dir="rtl"' in page
    assert page.count("<b>condemned the</b>") == 2
    assert "strength: concern ↔ verbal" in page
    assert "ملتبس حقًا" in page
    assert not any(who in page for who in EVERYBODY)


def test_a_reason_counts_once_for_each_contested_item(decided: Workspace, tmp_path: Path) -> None:
    """Two articles of test, each with two candidates on its stance."""
    done = discuss.run(decided, tmp_path / "meeting.md", 0)
    assert done.reasons == {"truly ambiguous": 2}
    assert done.disagreements == {"stances: attribute": 8, "document: answer": 8}


def test_whatever_stands_in_an_article_stays_text(tmp_path: Path) -> None:
    text = "<script>|*Velmora*| `fell`\n# [Sadra](http://velmora.example)"
    two = [labelling("a", event("e", (0, 30))), labelling("b", event("e", (0, 40), "DIE"))]
    verdict = Verdict("events", 0, 30, "DIE", ("b",), "take", "e", "text error", "see <b>*this*</b>")
    decided = Adjudication("velmora-1", "judge", "2031-05-20", SCHEMA.id, "b", two[1], (verdict,))
    found = discussion(SCHEMA, two, [decided], {"velmora-1": text}, 3)
    page = Tags()
    page.feed(html_page(SCHEMA, found))
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.texts}
    assert any("<script>|*Velmora*|" in data for _, data in page.texts)
    markdown = markdown_page(SCHEMA, found)
    assert "<script" not in markdown
    assert "*Velmora*" not in markdown
    assert "\n# [" not in markdown
    assert "&#60;b&#62;&#42;this" in markdown


def test_nothing_to_discuss() -> None:
    found = discussion(SCHEMA, [labelling("a", event()), labelling("b", event())], [], {"velmora-1": "Velmora fell."}, 3)
    assert (found.articles, found.annotators, found.topics, found.reasons) == (1, 2, (), ())
    assert "لا خلاف بين الموسِّمين" in markdown_page(SCHEMA, found)


@pytest.mark.parametrize(("name", "error"), [("meeting.txt", UsageProblem), ("nowhere/meeting.md", BadInput)])
def test_where_the_page_cannot_be(decided: Workspace, tmp_path: Path, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        discuss.run(decided, tmp_path / name, 3)
