"""The store: what went in comes out, history stays, and whatever is killed was done or was not."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.errors import BadInput
from annotate.records import Article, Author, Date, Locked, Pulled, Source, SplitLock, Zone
from annotate.store import FORMAT, Changes, Store

URL = "http://127.0.0.1:9"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annotate.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


def article(name: str, text: str = "Velmora") -> Article:
    return Article(id=name, original_id=None, text=text, lang="en")


def pulled(number: int, body: str = "{}", task: int = 1, of: str | None = "a", text: str | None = "0" * 64) -> Pulled:
    return Pulled(task, number, of, text, body.encode())


def pull(store: Store, *annotations: Pulled, complete: bool = True, project: int = 1, schema: str = "event-stance@1.0.0") -> Changes:
    return store.record_pull(URL, project, schema, "2025-01-01T00:00:00+00:00", annotations, complete=complete)


def present(store: Store) -> dict[int, bytes]:
    return {each.annotation: each.body for each in store.annotations()}


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What the file itself holds."""
    database = sqlite3.connect(path)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


# Articles

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
maybe = st.none() | texts
articles = st.builds(
    Article,
    id=texts,
    original_id=maybe,
    text=texts,
    lang=st.sampled_from(["ar", "en"]),
    title=maybe,
    source=st.builds(Source, maybe, maybe, maybe, maybe),
    date=st.builds(Date, st.none() | st.integers(1, 9999), st.none() | st.integers(1, 12), st.none() | st.integers(1, 31)),
    zones=st.lists(st.builds(Zone, st.integers(0, 9), st.integers(0, 9), texts)).map(tuple),
    duplicates=maybe,
    story=maybe,
    weight=st.floats(0, 1e6),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(articles, unique_by=lambda each: each.id))
def test_articles_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, given: list[Article]) -> None:
    path = tmp_path_factory.mktemp("store") / "annotate.sqlite"
    with Store(path) as store:
        store.put_articles(given)
    with Store(path) as store:
        assert list(store.articles()) == sorted(given, key=lambda each: each.id)
        assert store.article_digests() == {each.id: sha256(each.text.encode()).hexdigest() for each in given}
        assert all(store.article(each.id) == each for each in given)


def test_articles_come_in_the_order_of_their_ids(store: Store) -> None:
    store.put_articles(article(name) for name in ("b", "c", "a"))
    assert [each.id for each in store.articles()] == ["a", "b", "c"]
    assert list(store.article_digests()) == ["a", "b", "c"]


def test_an_article_is_replaced_by_one_of_its_id(store: Store) -> None:
    store.put_articles([article("a", "فيلمورا"), article("b")])
    store.put_articles([article("a", "فِيلمورا")])
    assert [each.text for each in store.articles()] == ["فِيلمورا", "Velmora"]
    assert store.article_digests()["a"] == article("a", "فِيلمورا").sha256


def test_an_article_that_is_not_there(store: Store) -> None:
    assert store.article("a") is None


def test_articles_go_in_all_or_none(store: Store) -> None:
    def broken() -> Iterator[Article]:
        yield article("a")
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        store.put_articles(broken())
    assert store.article_digests() == {}


# Splits


def locked(**splits: Literal["train", "dev", "test"]) -> SplitLock:
    return SplitLock(articles=tuple(Locked(name, split, name) for name, split in splits.items()))


def test_splits_are_locked(store: Store) -> None:
    store.put_articles([article("a"), article("b")])
    store.put_split_lock(locked(a="train"))
    with pytest.raises(ValueError, match="1 articles would move"):
        store.put_split_lock(locked(a="test", b="dev"))
    assert store.splits() == {"a": ("train", "a")}
    store.put_split_lock(locked(a="train", b="dev"))
    assert store.splits() == {"a": ("train", "a"), "b": ("dev", "b")}


def test_a_split_is_of_an_article_that_is_there(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.put_split_lock(locked(nobody="train"))
    assert store.splits() == {}


def test_a_replaced_article_keeps_its_split(store: Store) -> None:
    store.put_articles([article("a")])
    store.put_split_lock(locked(a="test"))
    store.put_articles([article("a", "another text")])
    assert store.splits() == {"a": ("test", "a")}


def test_what_was_annotated_when_it_was_drawn_is_known(store: Store) -> None:
    store.put_articles([article("a"), article("b"), article("c")])
    store.put_split_lock(locked(c="test"))
    for number, name in enumerate("ac", 1):
        pulled = Pulled(number, number, name, article(name).sha256, b'{"id": %d, "created_at": "2025-01-01T00:00:00Z"}' % number)
        store.record_pull(URL, 1, "s@1.0.0", "2025-01-02T00:00:00Z", [pulled], complete=False)
    store.put_split_lock(locked(a="test", b="test", c="test"))
    assert store.drawn_late() == {"a"}


# Pulls


def test_a_pull_counts_what_is_new_changed_deleted_and_as_before(store: Store) -> None:
    assert pull(store, pulled(1), pulled(2), pulled(3)) == Changes(new=3, changed=0, deleted=0, unchanged=0)
    assert pull(store, pulled(1), pulled(2, '{"edited": true}'), pulled(4)) == Changes(new=1, changed=1, deleted=1, unchanged=1)
    assert present(store) == {1: b"{}", 2: b'{"edited": true}', 4: b"{}"}


def test_a_second_pull_of_the_same_changes_nothing(store: Store, path: Path) -> None:
    pull(store, pulled(1), pulled(2))
    assert pull(store, pulled(2), pulled(1)) == Changes(0, 0, 0, 2)
    assert rows(path, "SELECT count(*) FROM versions") == [(2,)]


@pytest.mark.parametrize("moved", [pulled(1, task=2), pulled(1, of="b"), pulled(1, text="1" * 64), pulled(1, of=None, text=None)])
def test_an_annotation_whose_task_says_something_else_has_changed(store: Store, moved: Pulled) -> None:
    pull(store, pulled(1))
    assert pull(store, moved) == Changes(0, 1, 0, 0)
    (kept,) = store.annotations()
    assert (kept.task, kept.article, kept.article_sha256) == (moved.task, moved.article, moved.article_sha256)


def test_an_annotation_that_a_pull_holds_twice_is_one(store: Store, path: Path) -> None:
    assert pull(store, pulled(1), pulled(1)) == Changes(1, 0, 0, 0)
    assert rows(path, "SELECT count(*) FROM versions") == [(1,)]


def test_an_incomplete_pull_deletes_nothing(store: Store) -> None:
    pull(store, pulled(1), pulled(2))
    assert pull(store, pulled(2, '{"edited": true}'), complete=False) == Changes(0, 1, 0, 1)
    assert present(store) == {1: b"{}", 2: b'{"edited": true}'}


def test_an_empty_complete_pull_deletes_everything_once(store: Store) -> None:
    pull(store, pulled(1), pulled(2))
    assert pull(store) == Changes(0, 0, 2, 0)
    assert present(store) == {}
    assert pull(store) == Changes(0, 0, 0, 0)


@pytest.mark.parametrize("body", ["{}", '{"edited": true}'])
def test_an_annotation_that_comes_back(store: Store, body: str) -> None:
    pull(store, pulled(1), pulled(2))
    pull(store, pulled(2))
    assert pull(store, pulled(1, body), pulled(2)) == Changes(unchanged=1, back=1)
    assert present(store) == {1: body.encode(), 2: b"{}"}


def test_other_projects_and_servers_are_left_alone(store: Store) -> None:
    pull(store, pulled(1, '{"project": 1}'), project=1)
    assert pull(store, pulled(1, '{"project": 2}'), project=2) == Changes(1, 0, 0, 0)
    store.record_pull("http://127.0.0.1:10", 1, "event-stance@1.0.0", "2025-01-01", [], complete=True)
    assert pull(store, project=1) == Changes(0, 0, 1, 0)
    assert [(each.project, each.body) for each in store.annotations()] == [(2, b'{"project": 2}')]


def test_history_is_kept_under_the_digest_of_its_bytes_and_never_changes(store: Store, path: Path) -> None:
    history: dict[str, bytes] = {}
    for body in ('{"first": 1}', '{"second": 2}', None, '{"first": 1}', '{"third": 3}'):
        pull(store, *([pulled(1, body)] if body else []))
        blobs = dict(rows(path, "SELECT digest, body FROM blobs"))
        assert {digest: blobs[digest] for digest in history} == history
        history = blobs
    assert history == {sha256(body).hexdigest(): body for body in (b'{"first": 1}', b'{"second": 2}', b'{"third": 3}')}
    versions = rows(path, "SELECT blobs.body FROM versions LEFT JOIN blobs USING (digest) ORDER BY versions.id")
    assert versions == [(b'{"first": 1}',), (b'{"second": 2}',), (None,), (b'{"first": 1}',), (b'{"third": 3}',)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.dictionaries(st.integers(1, 5), st.sampled_from(["{}", "[]", "0"])), st.booleans()), max_size=8))
def test_what_is_present_is_what_the_pulls_say(tmp_path_factory: pytest.TempPathFactory, pulls: list[tuple[dict[int, str], bool]]) -> None:
    expected: dict[int, bytes] = {}
    with Store(tmp_path_factory.mktemp("store") / "annotate.sqlite") as store:
        for found, complete in pulls:
            before = expected
            now = {number: body.encode() for number, body in found.items()}
            expected = now if complete else before | now
            changes = pull(store, *(pulled(number, body) for number, body in found.items()), complete=complete)
            assert present(store) == expected
            assert changes.deleted == len(before.keys() - expected.keys())
            assert changes.unchanged == len(before.items() & expected.items())
            assert changes.new + changes.changed + changes.unchanged + changes.back == len(expected)


def test_annotations_come_with_where_they_were_found_and_the_schema_in_force(store: Store) -> None:
    pull(store, pulled(7, "{}", task=3), schema="event-stance@1.0.0")
    pull(store, pulled(7, "[]", task=3), pulled(8, "{}", task=4, of=None, text=None), schema="event-stance@1.1.0")
    assert [tuple(each) for each in store.annotations()] == [
        (URL, 1, 4, 8, None, None, "event-stance@1.1.0", b"{}", Author(URL)),
        (URL, 1, 3, 7, "a", "0" * 64, "event-stance@1.1.0", b"[]", Author(URL)),
    ]


def test_a_pull_that_fails_half_way_leaves_nothing_behind(store: Store, path: Path) -> None:
    pull(store, pulled(1), pulled(2))

    def broken() -> Iterator[Pulled]:
        yield pulled(1, '{"edited": true}')
        yield pulled(3)
        raise ConnectionError("the server went away")

    with pytest.raises(ConnectionError, match="went away"):
        store.record_pull(URL, 2, "event-stance@1.0.0", "2025-01-02", broken(), complete=True)
    assert present(store) == {1: b"{}", 2: b"{}"}
    counts = "SELECT (SELECT count(*) FROM pulls), (SELECT count(*) FROM sources), (SELECT count(*) FROM blobs)"
    assert rows(path, counts) == [(1, 1, 1)]
    assert pull(store, pulled(1, '{"edited": true}'), pulled(2), pulled(3)) == Changes(1, 1, 0, 1)


# Killed

KILLED = """
import os, signal, sys
from pathlib import Path
from annotate.records import Article, Pulled
from annotate.store import Store

def until_killed(make):
    for number in range(int(sys.argv[2])):
        yield make(number)
    os.kill(os.getpid(), signal.SIGKILL)

def annotation(number):
    return Pulled(1, number, "a", "0" * 64, b'{"by": "the killed one", "filler": "%s%d"}' % (b"x" * 1000, number))

with Store(Path(sys.argv[1])) as store:
    match sys.argv[3]:
        case "pull":
            store.record_pull("http://127.0.0.1:9", 1, "event-stance@1.0.0", "2025-01-02", until_killed(annotation), complete=True)
        case "articles":
            store.put_articles(until_killed(lambda number: Article(f"k{number}", None, "x" * 1000, "en")))
        case "gold":
            store.put_gold(until_killed(lambda number: (f"a{number:05}", True, os.urandom(1000))))
"""


@pytest.mark.parametrize("count", [1, 8000], ids=["soon", "when it has long spilled to the disk"])
@pytest.mark.parametrize("writing", ["pull", "articles", "gold"])
def test_a_killed_writer_leaves_the_store_as_it_was(path: Path, writing: str, count: int) -> None:
    with Store(path) as store:
        store.put_articles(article(f"a{number:05}") for number in range(8000))
        store.put_gold([("a00000", True, b"gold")])
        pull(store, pulled(1), pulled(2))
    killed = subprocess.run([sys.executable, "-c", KILLED, path, str(count), writing], check=False, capture_output=True)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")
    with Store(path) as store:
        assert present(store) == {1: b"{}", 2: b"{}"}
        assert len(store.article_digests()) == 8000
        assert list(store.gold()) == [("a00000", b"gold")]
        assert pull(store, pulled(1), pulled(3)) == Changes(1, 0, 1, 1)
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


# Gold, people, meta


def test_gold_is_put_in_the_place_of_all_that_was_there(store: Store) -> None:
    store.put_articles([article("a"), article("b")])
    store.put_gold([("b", True, b"1"), ("a", False, b"2")])
    assert list(store.gold()) == [("a", b"2"), ("b", b"1")]
    assert (store.gold_of("b"), store.gold_of("c"), store.usable_gold()) == (b"1", None, {"a": False, "b": True})
    store.put_gold([("a", True, b"3")])
    assert list(store.gold()) == [("a", b"3")]


def test_gold_of_an_article_that_is_not_there_changes_nothing(store: Store) -> None:
    store.put_articles([article("a")])
    store.put_gold([("a", True, b"1")])
    with pytest.raises(sqlite3.IntegrityError):
        store.put_gold([("a", True, b"2"), ("nobody", True, b"3")])
    assert list(store.gold()) == [("a", b"1")]


def test_people_are_known_by_server_and_number(store: Store) -> None:
    store.put_people(URL, {1: "a@velmora.example", 2: "b@velmora.example"})
    store.put_people("http://127.0.0.1:10", {1: "c@velmora.example"})
    store.put_people(URL, {2: "d@velmora.example"})
    assert store.people() == {
        (URL, 1): "a@velmora.example",
        (URL, 2): "d@velmora.example",
        ("http://127.0.0.1:10", 1): "c@velmora.example",
    }


def test_salt_and_mark_are_each_stores_own_and_stay(tmp_path: Path) -> None:
    def marks(name: str) -> tuple[str, str]:
        with Store(tmp_path / name) as store:
            return store.meta("salt"), store.meta("workspace")

    first, again, other = marks("one"), marks("one"), marks("two")
    assert first == again
    assert len({*first, *other}) == 4
    assert all(first + other)


def test_meta_is_kept_and_what_was_never_set_is_empty(path: Path) -> None:
    with Store(path) as store:
        assert store.meta("note") == ""
        store.set_meta("note", "one")
        store.set_meta("note", "two")
    with Store(path) as store:
        assert store.meta("note") == "two"


# Files that are no store of this toolkit


def test_a_store_of_another_format_is_refused_and_left_as_it_is(path: Path) -> None:
    database = sqlite3.connect(path)
    database.executescript("""
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        INSERT INTO meta VALUES ('format', '99');
        CREATE TABLE versions (number INTEGER PRIMARY KEY);
    """)
    database.close()
    before = path.read_bytes()
    with pytest.raises(BadInput, match=f"a store of format 99, this is a toolkit for format {FORMAT}"):
        Store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_text("articles, one a line\n" * 100)
    with pytest.raises(BadInput, match="cannot be read as a store"):
        Store(path)
    assert path.read_text() == "articles, one a line\n" * 100


# Two at once


def test_two_stores_opened_at_once_see_each_other(path: Path) -> None:
    with Store(path) as one, Store(path) as two:
        assert one.meta("salt") == two.meta("salt")
        one.put_articles([article("a")])
        two.put_articles([article("b")])
        assert [each.id for each in one.articles()] == [each.id for each in two.articles()] == ["a", "b"]
        assert pull(one, pulled(1)) == Changes(1, 0, 0, 0)
        assert pull(two, pulled(1), pulled(2)) == Changes(1, 0, 0, 1)
        assert present(one) == present(two) == {1: b"{}", 2: b"{}"}


def test_one_reads_while_the_other_writes(path: Path) -> None:
    with Store(path) as reader, Store(path) as writer:
        writer.put_articles([article("a"), article("b")])
        reading = reader.articles()
        first = next(reading)
        writer.put_articles([article("a", "another text"), article("b", "another text"), article("c")])
        assert [first, *reading] == [article("a"), article("b")]
        assert len(list(reader.articles())) == 3


WRITER = """
import sys
from pathlib import Path
from annotate.records import Article
from annotate.store import Store

with Store(Path(sys.argv[1])) as store:
    for number in range(100):
        store.put_articles([Article(f"{sys.argv[2]}{number}", None, "Velmora", "en")])
"""


def test_two_processes_write_at_once(path: Path) -> None:
    with Store(path) as store:
        store.put_articles([article("a0")])
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in "bc"]
    assert [writer.wait() for writer in writers] == [0, 0]
    with Store(path) as store:
        assert len(store.article_digests()) == 201


# Older formats


def body(number: int, made: str, *result: str) -> bytes:
    return json.dumps({"id": number, "created_at": made, "updated_at": made, "completed_by": 3, "result": list(result)}).encode()


@pytest.fixture
def older(path: Path) -> Path:
    """A store as a toolkit of format 2 wrote it: an annotation edited, one deleted, one whose number became another's."""
    kept = {"a": body(1, "T1", "one"), "b": body(1, "T1", "two"), "c": body(2, "T2"), "d": body(2, "T3")}
    with closing(sqlite3.connect(path)) as db:
        db.executescript((Path(__file__).parent / "data" / "store-2.sql").read_text("utf-8"))
        db.executemany("INSERT INTO meta VALUES (?, ?)", [("format", "2"), ("salt", "s"), ("workspace", "w")])
        db.execute("INSERT INTO sources VALUES (1, ?, 1, 'labelling')", (URL,))
        db.executemany("INSERT INTO pulls VALUES (?, 1, ?)", [(1, "2025-01-01"), (2, "2025-01-02"), (3, "2025-01-03")])
        db.executemany("INSERT INTO blobs VALUES (?, ?)", kept.items())
        versions = [(1, 1, "a"), (1, 2, "c"), (2, 1, "b"), (2, 2, "d"), (3, 1, None)]
        db.executemany(
            "INSERT INTO versions (pull, source, task, annotation, article, article_sha256, schema, digest)"
            " VALUES (?, 1, 1, ?, 'x', '0', 's@1', ?)",
            versions,
        )
        db.commit()
    return path


def test_a_store_of_format_2_is_brought_up_to_date(older: Path) -> None:
    with Store(older) as store:
        assert (store.meta("format"), store.meta("salt")) == (FORMAT, "s")
        assert [each.body for each in store.annotations()] == [body(2, "T3")]
        assert [each.body for each in store.annotations(as_of=1)] == [body(1, "T1", "one"), body(2, "T2")]
        told = [(each.pull, each.body, each.gone) for each in store.history("x")]
        assert told == [
            (1, body(1, "T1", "one"), None),
            (2, body(1, "T1", "two"), None),
            (3, None, "annotation"),
            (1, body(2, "T2"), None),
            (2, None, "annotation"),
            (2, body(2, "T3"), None),
        ]
        # What is the same on the server is the same in the store.
        assert pull(store, Pulled(1, 2, "x", "0", body(2, "T3"))) == Changes(unchanged=1)
        assert pull(store, Pulled(1, 2, "x", "0", body(2, "T3")), Pulled(1, 3, "x", "0", body(3, "T4"))) == Changes(new=1, unchanged=1)


def test_a_store_of_format_1_is_brought_up_to_date(older: Path) -> None:
    with closing(sqlite3.connect(older)) as db:
        db.execute("ALTER TABLE sources DROP COLUMN purpose")
        db.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
        db.commit()
    with Store(older) as store:
        assert store.meta("format") == FORMAT
        assert len(list(store.annotations())) == 1
    assert rows(older, "SELECT url, purpose FROM sources") == [(URL, "labelling")]


def test_a_store_of_format_3_is_brought_up_to_date(path: Path) -> None:
    """Its gold was plain JSON."""
    golds = {
        name: json.dumps({"labelling": {"article": name, "unusable": why}}).encode() for name, why in {"a": None, "b": "paywall"}.items()
    }
    with Store(path) as store:
        store.put_articles([article("a"), article("b")])
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE gold")
        db.execute("CREATE TABLE gold (article TEXT PRIMARY KEY REFERENCES articles (id), record BLOB NOT NULL) WITHOUT ROWID")
        db.executemany("INSERT INTO gold VALUES (?, ?)", golds.items())
        db.execute("UPDATE meta SET value = '3' WHERE key = 'format'")
        db.commit()
    with Store(path) as store:
        assert (store.meta("format"), dict(store.gold()), store.usable_gold()) == (FORMAT, golds, {"a": True, "b": False})
        with pytest.raises(sqlite3.IntegrityError):
            store.put_gold([("nobody", True, b"1")])


def test_gold_takes_a_fraction_of_its_length(store: Store, path: Path) -> None:
    """The trail behind it says the same words again and again."""
    store.put_articles(article(f"a{number:03}") for number in range(100))
    before = path.stat().st_size
    decision = b'{"layer":"events","item":"events-%d","decision":"exists","outcome":"kept","how":"unanimous","votes":1,"of":1}'
    with store.on_disk_at_the_end():
        store.put_gold((f"a{n:03}", True, b",".join(decision % (100 * n + each) for each in range(600))) for n in range(100))
    assert path.stat().st_size - before < 100 * 600 * len(decision) / 5


def test_what_was_written_together_is_in_the_file_itself_at_the_end(store: Store, path: Path, tmp_path: Path) -> None:
    """It was put on the disk from the log beside the file, which a power cut may cut short."""
    with store.on_disk_at_the_end():
        for number in range(3):
            store.put_articles([article(f"a{number}")])
    alone = tmp_path / "alone.sqlite"
    alone.write_bytes(path.read_bytes())
    assert rows(alone, "SELECT count(*) FROM articles") == [(3,)]
