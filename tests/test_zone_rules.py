"""What decides on a line beside the bundled rules: its outlet's other articles, and rules of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.zones.lines import short_lines, unknown_lines
from annotate.corpus.zones.mark import zones
from annotate.corpus.zones.recurring import recurring_lines
from annotate.corpus.zones.rules import bundled_rules, fold, fold_lines, is_plain, load_rules
from annotate.errors import BadInput
from annotate.records import Article, Source
from annotate.steps import ingest, init, pool
from annotate.store import Store
from annotate.workspace import find_workspace
from tests.test_zones import PARAGRAPHS, TITLE

# Lines that recur


def article(number: int, *lines: str, title: str | None = None) -> Article:
    title = title or f"Velmora signs accord {number}"
    return Article(f"v{number}", None, "\n".join([title, *lines]), "en", title, Source("Tasrin Post"))


def test_an_outlets_recurring_lines_are_boilerplate_but_its_paragraphs_are_not() -> None:
    background = "Velmora and Qadria have quarrelled over the river for twenty years and fought two short wars for it."
    several = [
        article(n, f"Day {n} of the talks ended late, and nobody said a word.", "Our river, our voice", background) for n in range(3)
    ]
    recurring = recurring_lines(several)
    assert recurring == {"Tasrin Post": frozenset({"our river, our voice"})}
    text = several[0].text
    assert [zone.label for zone in zones(text, several[0].title)] == ["title", "body", "body", "body"]
    assert [zone.label for zone in zones(text, several[0].title, recurring=recurring["Tasrin Post"])] == [
        "title",
        "body",
        "boilerplate",
        "body",
    ]


def test_copies_of_one_article_make_no_line_recur() -> None:
    assert recurring_lines(article(n, "Our river, our voice", title="Velmora signs") for n in range(5)) == {"Tasrin Post": frozenset()}


# Rules of one's own


CONSENT = "By continuing to use this site you accept that it keeps cookies on the device with which you read it."
SEVERAL = st.lists(
    st.sampled_from([*PARAGRAPHS, CONSENT, TITLE, "(رويترز)", "شارك", "TASRIN (AFP) —", "Our river, our voice", "Tasrin Post"]),
    min_size=1,
    max_size=12,
)


@given(SEVERAL, st.data(), st.sampled_from([TITLE, None]))
@settings(max_examples=150, deadline=None)
def test_what_is_known_of_an_article_from_before_changes_no_zone(lines: list[str], data: st.DataObject, title: str | None) -> None:
    text = "\n".join(lines)
    recurring = frozenset(map(fold, data.draw(st.lists(st.sampled_from(lines)))))
    short = dict(short_lines(text))
    unknown = {zone.start for zone in zones(text, title) if zone.label == "body" and zone.start not in short}
    unknown |= data.draw(st.sets(st.sampled_from([*dict(unknown_lines(text, bundled_rules(), fold("Tasrin Post"))), -1])))
    again = zones(text, title, publisher="Tasrin Post", recurring=recurring)
    assert zones(text, title, publisher="Tasrin Post", recurring=recurring, unknown=unknown) == again


@given(st.lists(st.text(alphabet="aBأةْـ \t\u00a0\u200f\u2003'`İΣ٣-•.|", max_size=30), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_lines_are_folded_together_as_one_by_one(lines: list[str]) -> None:
    folded = [fold(line) for line in lines]
    assert list(fold_lines(lines)) == folded
    assert list(fold_lines(lines, is_plain("\n".join(lines)))) == folded


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_ones_own_adds_rules_and_goes_before_the_bundled_ones(tmp_path: Path) -> None:
    own = "[line]\nbyline = ['شارك الخبر']\nboilerplate = ['إبحارٌ سعيد']\n[words]\nbuttons = ['Ahoy']\n"
    rules = load_rules([written(tmp_path / "own.toml", own)])
    text = "Velmora signs\nشارك الخبر\nأبحار سعيد\nAHOY"
    assert [zone.label for zone in zones(text, "Velmora signs", rules=rules)] == ["title", "byline", "boilerplate", "boilerplate"]
    assert [zone.label for zone in zones(text, "Velmora signs")] == ["title", "boilerplate", "body", "body"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[line", "own.toml"),
        ("[lines]\nbyline = []", "lines"),
        ("[line]\nmenu = ['a']", "menu"),
        ("[line]\nbyline = 'a'", "line.byline"),
        ("[line]\nbyline = ['(a']", "no regular expression"),
        ("[line]\nbyline = ['(?P<who>a)']", "names a group"),
    ],
)
def test_what_is_wrong_in_a_file_of_rules_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=r"own\.toml") as caught:
        load_rules([written(tmp_path / "own.toml", text)])
    assert complaint in str(caught.value)


def test_a_file_of_rules_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml"):
        load_rules([tmp_path / "none.toml"])


@pytest.mark.parametrize("step", ["ingest", "pool"])
def test_rules_of_ones_own_hold_where_articles_come_in(tmp_path: Path, step: str) -> None:
    own = written(tmp_path / "own.toml", "[line]\nboilerplate = ['the harbour clock']\n")
    body = "Velmora signed the paper in Sadra on Monday, and its delegates went home before the evening, said a spokesman of the port."
    row = {"id": "v-1", "title": "Velmora signs", "text": f"Velmora signs\nThe harbour clock\n{body}"}
    articles = written(tmp_path / "articles.jsonl", json.dumps(row))
    if step == "ingest":
        init.run(tmp_path / "work", "event-stance")
        workspace = find_workspace(tmp_path / "work", {})
        with (tmp_path / "work" / "annotate.toml").open("a", encoding="utf-8") as file:
            file.write('\n[corpus]\nrules = ["../own.toml"]\n')
        workspace = find_workspace(tmp_path / "work", {})
        ingest.run(workspace, [str(articles)])
        with Store(workspace.store_path) as store:
            labels = [zone.label for article in store.articles() for zone in article.zones]
    else:
        pool.run([str(articles)], str(tmp_path / "pool"), rules=[own])
        (found,) = pyarrow.parquet.read_table(next((tmp_path / "pool").glob("*.parquet"))).column("zones").to_pylist()
        labels = [zone["label"] for zone in found]
    assert labels == ["title", "boilerplate", "body"]
