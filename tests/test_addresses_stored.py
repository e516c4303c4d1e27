"""Two sources of one project become one in the store, whatever was pulled under either; what is proof that they are of one server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.records import Pulled
from annotate.store import Changes, Progress, SeenTask, Store

OLD, NEW = "http://127.0.0.1:9", "https://labels.velmora.example"
SCHEMA = "event-stance@1.0.0"

# An annotation: its number, the second at which it was made, the second at which it was saved, and what it says.
Annotation = tuple[int, int, int, str]


def body(number: int, made: int, saved: int, says: str, user: int = 1) -> bytes:
    times = (f"2031-05-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.101010Z" for second in (made, saved))
    made_at, saved_at = times
    note = {"id": "n", "type": "textarea", "value": {"text": [says]}}
    whole = {"id": number, "completed_by": user, "created_at": made_at, "updated_at": saved_at, "result": [note]}
    return json.dumps(whole, separators=(",", ":")).encode()


def pull(store: Store, url: str, *there: Annotation, project: int = 1, purpose: str = "labelling") -> Changes:
    found = [Pulled(number, number, f"velmora-{number}", "0" * 64, body(number, *rest)) for number, *rest in there]  # type: ignore[arg-type]
    return store.record_pull(url, project, SCHEMA, "2031-05-01", found, complete=True, purpose=purpose)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annotate.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


class Server:
    """What a server holds after each of some steps, one of which may set it back to an earlier state."""

    def __init__(self) -> None:
        self.clock, self.there, self.before = 0, dict[int, Annotation](), [dict[int, Annotation]()]

    def step(self, what: str, number: int) -> None:
        self.clock += 1
        if what == "label" and number not in self.there:
            self.there[number] = (number, self.clock, self.clock, f"says {self.clock}")
        elif what == "edit" and number in self.there:
            self.there[number] = (number, self.there[number][1], self.clock, f"says {self.clock}")
        elif what == "delete":
            self.there.pop(number, None)
        elif what == "set back":
            self.there = dict(self.before[number % len(self.before)])
        self.before.append(dict(self.there))


steps = st.lists(st.tuples(st.sampled_from(["label", "edit", "delete", "set back", OLD, NEW]), st.integers(1, 3)), max_size=30)


@settings(max_examples=100, deadline=None)
@given(steps)
def test_whatever_was_pulled_under_either_address_is_one_history(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, int]]
) -> None:
    path, server = tmp_path_factory.mktemp("store") / "annotate.sqlite", Server()
    with Store(path) as store:
        pull(store, OLD)
        for what, number in done:
            if what in (OLD, NEW):
                pull(store, what, *server.there.values())
            server.step(what, number)
        store.move(OLD, NEW, 1)
        pull(store, NEW, *server.there.values())
        assert {each.body for each in store.annotations()} == {body(*each) for each in server.there.values()}
        assert pull(store, NEW, *server.there.values()) == Changes(unchanged=len(server.there))
    assert rows(path, "SELECT url, project FROM sources") == [(NEW, 1)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(path, "SELECT 1 FROM works GROUP BY number, made HAVING count(*) > 1") == []
    assert rows(path, "SELECT 1 FROM works WHERE latest != (SELECT max(id) FROM versions WHERE work = works.id)") == []
    said = "SELECT work, digest, lag(digest, 1, '') OVER (PARTITION BY work ORDER BY id) AS before FROM versions"
    assert rows(path, f"SELECT work FROM ({said}) WHERE digest IS before") == []
    assert rows(path, "SELECT 1 FROM versions WHERE digest NOT IN (SELECT digest FROM blobs)") == []


def test_other_projects_and_purposes_stay_where_they_are(store: Store, path: Path) -> None:
    for url, project, purpose in ((OLD, 1, "labelling"), (OLD, 2, "adjudication"), (OLD, 3, "labelling"), (NEW, 2, "labelling")):
        pull(store, url, (1, 1, 1, f"{url} {project}"), project=project, purpose=purpose)
    pull(store, f"brat:{path}", (1, 1, 1, "brat"))
    store.put_people(OLD, {1: "dana@velmora.example", 2: "omar@velmora.example"})
    store.put_people(NEW, {2: "lina@velmora.example"})
    assert (store.elsewhere(NEW, 1), store.elsewhere(NEW, 2), store.elsewhere(NEW, 2, "adjudication")) == ([OLD], [], [OLD])
    store.move(OLD, NEW, 1)
    assert {(each.url, each.project) for each in store.annotations()} == {(NEW, 1), (OLD, 3), (NEW, 2), (f"brat:{path}", 1)}
    both = {1: "dana@velmora.example", 2: "omar@velmora.example"}
    assert store.people() == {(url, number): email for url in (OLD, NEW) for number, email in both.items()}
    store.move(OLD, NEW, 3)
    store.put_rounds(OLD, 2, {5: 1, 6: 2})
    store.move(OLD, f"{NEW}/2", 2)
    assert {url for url, _ in store.people()} == {NEW, f"{NEW}/2"}
    assert store.rounds() == {(f"{NEW}/2", 2, 5): 1, (f"{NEW}/2", 2, 6): 2}


@pytest.mark.parametrize("twice", [False, True])
def test_who_was_forgotten_is_known_by_number_under_both_addresses(store: Store, twice: bool) -> None:
    pull(store, OLD, (1, 1, 1, "hers"))
    store.put_people(OLD, {1: "dana@velmora.example", 11: "omar@velmora.example"})
    if twice:
        pull(store, NEW, (1, 1, 1, "hers"))
    store.forget_annotator("dana@velmora.example", "2031-05-02")
    store.move(OLD, NEW, 1)
    assert store.begin_pull(NEW, 1, SCHEMA, "2031-05-03").forgotten_users == {1}
    assert store.begin_pull(OLD, 1, SCHEMA, "2031-05-03").forgotten_users == {1}


def test_gold_that_was_made_of_two_copies_is_looked_at_again(store: Store) -> None:
    for url in (OLD, NEW):
        pull(store, url, (1, 1, 1, "twice"))
    store.set_meta("gold_seal", "of both")
    store.move(OLD, NEW, 1)
    assert store.meta("gold_seal") == ""


MARKED = [None, 5, 6]


@pytest.mark.parametrize("marks", [(old, new) for old in MARKED for new in MARKED if old is None or old != new])
def test_what_restore_wrote_on_a_copy_is_kept(store: Store, path: Path, marks: tuple[int | None, int | None]) -> None:
    for url, mark in zip((OLD, NEW), marks, strict=True):
        pull(store, url, (1, 1, 1, "twice"))
        if mark is not None:
            store.mark_work(int(str(rows(path, "SELECT max(id) FROM works")[0][0])), mark)
    store.move(OLD, NEW, 1)
    assert rows(path, "SELECT mark FROM works") == [(marks[1] if marks[1] is not None else marks[0],)]


# What is proof


def task(number: int, updated: str, *annotations: bytes) -> SeenTask:
    return SeenTask(number, updated, f"velmora-{number}", "0" * 64, list(annotations))


@pytest.mark.parametrize(
    ("seen", "same"),
    [
        (task(1, "2031-05-01T10:00:00.101010Z"), True),
        (task(2, "2031-05-01T10:00:00.101010Z"), False),
        (task(1, "2031-05-01T10:00:00.101011Z"), False),
        (task(9, "later", body(1, 1, 99, "edited since")), True),
        (task(9, "later", body(1, 2, 2, "made at another moment")), False),
        (task(9, "later", body(2, 1, 1, "of another number")), False),
        (task(4, "", b'{"id": 3, "result": []}'), False),
        (task(9, "later", b"no annotation"), False),
    ],
)
def test_the_same_server_is_told_by_number_and_time(store: Store, seen: SeenTask, same: bool) -> None:
    begun = store.begin_pull(OLD, 1, SCHEMA, "2031-05-01")
    timeless = b'{"id": 3, "result": []}'
    store.record_tasks(begun, [task(1, "2031-05-01T10:00:00.101010Z", body(1, 1, 1, "hers"), timeless), task(4, "")], None, Progress())
    assert store.holds_any(OLD, 1, [task(7, "later"), seen]) is same
    assert not store.holds_any(OLD, 1, [])


@pytest.mark.parametrize(("there", "asked"), [(0, 0), (1, 1), (99, 99), (100, 100), (101, 51), (1000, 100)])
def test_a_server_is_asked_about_so_many_tasks_from_first_to_last(store: Store, there: int, asked: int) -> None:
    pull(store, OLD, *((number, number, number, "said") for number in range(1, there + 1)))
    found = store.some_tasks(OLD, 1, 100)
    assert len(found) == asked
    assert all(found[-1] + found[1] - found[0] > there for _ in found[1:2])


def test_tasks_without_work_are_asked_about_where_none_has_any(store: Store) -> None:
    begun = store.begin_pull(OLD, 1, SCHEMA, "2031-05-01")
    store.record_tasks(begun, [task(number, "2031") for number in (3, 4)], None, Progress())
    assert store.some_tasks(OLD, 1, 100) == [3, 4]
    store.record_tasks(begun, [task(4, "2032", body(1, 1, 1, "hers"))], None, Progress())
    assert store.some_tasks(OLD, 1, 100) == [4]
