"""Whose an annotation is: whom its first version names that names somebody, for good. In the store, without a server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.records import Author, Pulled
from annotate.store import FORMAT, Changes, Progress, SeenTask, Store
from annotate.studio.submissions import annotator_of

OLD, NEW, SCHEMA = "http://127.0.0.1:9", "https://labels.velmora.example", "event-stance@1.0.0"
DANA, OMAR = "dana@velmora.example", "omar@velmora.example"
PEOPLE = {3: DANA, 4: OMAR}


def body(number: int, user: Any, *says: str, saved: str = "2031-05-01T10:00:00.101010Z", **more: Any) -> bytes:
    made = f"2031-05-01T09:00:{number:02}.101010Z"
    whole = {"id": number, "completed_by": user, "created_at": made, "updated_at": saved, "result": [{"id": each} for each in says], **more}
    return json.dumps(whole, separators=(",", ":")).encode()


def pull(store: Store, *bodies: bytes, url: str = OLD, project: int = 1) -> Changes:
    found = [Pulled(1, json.loads(each)["id"], "velmora-1", "0" * 64, each) for each in bodies]
    return store.record_pull(url, project, SCHEMA, "2031-05-02", found, complete=True)


def names(store: Store) -> dict[int, str]:
    return {each.annotation: annotator_of(each.author, each.annotation, store.people()) for each in store.annotations()}


def everywhere(store: Store) -> set[tuple[int, str]]:
    """(annotation, whose) by all that tells of versions."""
    people = store.people()
    told = [(each.annotation, each.author) for each in (*store.history("velmora-1"), *store.deleted())]
    told += [(each.kept.annotation, each.kept.author) for each in store.versions()]
    return {(number, annotator_of(author, number, people)) for number, author in told} | set(names(store).items())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annotate.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        opened.put_people(OLD, PEOPLE)
        yield opened


LATER = "2031-05-03T10:00:00.101010Z"


def test_a_name_that_is_taken_off_changes_nothing(store: Store) -> None:
    pull(store, body(1, 3, "one"), body(2, 4, "two"))
    assert pull(store, body(1, None, "one"), body(2, None, "two")) == Changes(unchanged=2)
    assert everywhere(store) == {(1, DANA), (2, OMAR)}


def test_work_that_is_edited_afterwards_is_still_whose_it_was(store: Store) -> None:
    pull(store, body(1, 3, "one"), body(2, 4, "two"))
    assert pull(store, body(1, None, "else", saved=LATER), body(2, None, "two")) == Changes(changed=1, unchanged=1)
    assert pull(store, body(1, None, "else", saved=LATER), body(2, None, "two")) == Changes(unchanged=2)
    assert pull(store, body(1, 4, "one", saved=LATER)) == Changes(changed=1, deleted=1)
    assert everywhere(store) == {(1, DANA), (2, OMAR)}


def test_whoever_was_deleted_before_the_first_pull_stays_apart(store: Store) -> None:
    pull(store, body(1, None, "one"), body(2, None, "one"))
    assert names(store) == {1: "annotation-1", 2: "annotation-2"}


@pytest.mark.parametrize("name", [3, {"id": 3}, {"id": 3, "email": DANA}, {"email": DANA}])
def test_the_first_that_names_somebody_may_come_late(store: Store, name: Any) -> None:
    """As an export file that names nobody, and then the server."""
    pull(store, body(1, None, "one"))
    assert pull(store, body(1, name, "one")) == Changes(changed=1)
    assert pull(store, body(1, name, "one")) == Changes(unchanged=1)
    assert everywhere(store) == {(1, DANA)}


def test_a_file_may_say_what_the_address_of_a_number_is(store: Store) -> None:
    pull(store, body(1, 9, "one"), body(2, 4, "two"))
    assert names(store) == {1: "user-9", 2: OMAR}
    lina, other = {"id": 9, "email": "lina@velmora.example"}, {"id": 4, "email": "lina@velmora.example"}
    assert pull(store, body(1, lina, "one"), body(2, other, "two")) == Changes(changed=1, unchanged=1)
    assert names(store) == {1: "lina@velmora.example", 2: OMAR}


def test_restored_work_is_whose_it_was_though_the_other_server_has_another_number(store: Store, path: Path) -> None:
    pull(store, body(1, 3, "one"))
    pull(store)
    store.mark_work(1, 77)
    store.put_people(NEW, {3: OMAR, 8: DANA})
    assert pull(store, body(5, 8, "one", import_id=77), url=NEW) == Changes(back=1)
    assert pull(store, body(5, None, "one", import_id=77), url=NEW) == Changes(unchanged=1)
    assert everywhere(store) == {(1, DANA), (5, DANA)}


def test_a_state_of_the_past_names_the_same(store: Store) -> None:
    pull(store, body(1, 3, "one"))
    pull(store, body(1, None, "two", saved=LATER))
    assert [each.author for as_of in (1, 2) for each in store.annotations(as_of=as_of)] == [Author(OLD, 3)] * 2
    assert [each.kept.author for each in store.versions(as_of=1)] == [Author(OLD, 3)]


# Under another address


@pytest.mark.parametrize("twice", [False, True])
def test_an_author_is_known_by_every_address(store: Store, path: Path, twice: bool) -> None:
    pull(store, body(1, 3, "one"))
    if twice:
        store.put_people(NEW, {4: OMAR})
        pull(store, body(1, None, "one"), url=NEW)
    store.move(OLD, NEW, 1)
    pull(store, body(1, None, "two", saved=LATER), url=NEW)
    assert everywhere(store) == {(1, DANA)}
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("SELECT url FROM works JOIN sources ON sources.id = author_source").fetchall() == [(NEW,)]


steps = st.lists(
    st.tuples(st.sampled_from([OLD, NEW]), st.sampled_from([3, None]), st.sampled_from(["one", "two"]), st.integers(0, 9)), max_size=8
)


@settings(max_examples=80, deadline=None)
@given(steps, st.lists(st.integers(0, 8), max_size=2))
def test_who_was_named_once_is_the_author(tmp_path_factory: pytest.TempPathFactory, seen: list[Any], moves: list[int]) -> None:
    """Whatever was pulled under either address of a server, before and after it was moved."""
    with Store(tmp_path_factory.mktemp("store") / "annotate.sqlite") as store:
        pulled, named = set[str](), set[str]()
        for at, (url, user, says, second) in enumerate(seen):
            if at in moves and OLD in pulled:
                store.move(OLD, NEW, 1)
                pulled, named = ({NEW if each == OLD else each for each in those} for those in (pulled, named))
            store.put_people(url, PEOPLE)
            pull(store, body(1, user, says, saved=f"2031-05-01T10:00:0{second}Z"), url=url)
            pulled.add(url)
            named |= {url} if user is not None else set()
        expected = {each.url: DANA if each.url in named else "annotation-1" for each in store.annotations()}
        assert {each.url: annotator_of(each.author, 1, store.people()) for each in store.annotations()} == expected


# Forgotten people


def test_who_was_forgotten_stays_so_though_the_name_was_taken_off_in_between(store: Store) -> None:
    pull(store, body(1, 3, "one"))
    pull(store)
    store.mark_work(1, 77)
    pull(store, body(5, None, "one", import_id=77))  # restored, and the account deleted, before the next pull
    assert names(store) == {5: DANA}
    assert store.work_by(DANA) == 3
    store.forget_annotator(DANA, "2031-05-04")
    assert pull(store, body(1, None, "one"), body(5, None, "one", import_id=77)) == Changes()
    assert (list(store.history("velmora-1")), store.people()) == ([], {(OLD, 4): OMAR})


# Stores of before


@pytest.fixture
def older(path: Path) -> Path:
    """A store as a toolkit of format 4 wrote it, which kept a version without a name of work whose account was deleted."""
    with Store(path) as store:
        store.put_people(OLD, PEOPLE)
        first = [body(number, user, "one") for number, user in ((1, 3), (2, 4), (3, None))]
        pull(store, *first)
        pull(store, *(body(number, None, "two", saved=LATER) for number in (1, 2, 3)))
        store.set_meta("gold_seal", "of gold by nobody")
    with closing(sqlite3.connect(path)) as db:
        for column in ("author", "author_source", "author_email"):
            db.execute(f"ALTER TABLE works DROP COLUMN {column}")
        db.execute("ALTER TABLE sources DROP COLUMN server")
        db.execute("UPDATE versions SET content = 'of whose it is, too'")
        db.execute("UPDATE meta SET value = '4' WHERE key = 'format'")
        db.commit()
    return path


def test_a_store_of_format_4_is_healed(older: Path) -> None:
    with Store(older) as store:
        assert (store.meta("format"), store.meta("gold_seal")) == (FORMAT, "")
        assert everywhere(store) == {(1, DANA), (2, OMAR), (3, "annotation-3")}
        now = [body(number, None, "two", saved=LATER) for number in (1, 2, 3)]
        assert pull(store, *now) == Changes(unchanged=3)


def test_times_of_before_are_known_however_they_were_written(older: Path) -> None:
    with closing(sqlite3.connect(older)) as db:
        db.execute("UPDATE works SET made = replace(made, 'Z', '+00:00'), updated = replace(replace(updated, 'T10', 'T12'), 'Z', '+02:00')")
        db.commit()
    with Store(older) as store:
        assert pull(store, *(body(number, None, "two", saved=LATER) for number in (1, 2, 3))) == Changes(unchanged=3)


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(older: Path) -> None:
    with closing(sqlite3.connect(older)) as db:
        db.execute("CREATE TRIGGER no BEFORE DELETE ON meta BEGIN SELECT raise(ABORT, 'the disk went away'); END")
        db.commit()
    with pytest.raises(sqlite3.IntegrityError, match="went away"), Store(older):
        pass
    with closing(sqlite3.connect(older)) as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("4",)
        assert "author" not in {name for _, name, *_ in db.execute("PRAGMA table_info(works)")}
        db.execute("DROP TRIGGER no")
        db.commit()
    with Store(older) as store:
        assert names(store) == {1: DANA, 2: OMAR, 3: "annotation-3"}


def test_a_page_of_tasks_names_its_people(store: Store) -> None:
    begun = store.begin_pull(OLD, 1, SCHEMA, "2031-05-02")
    page = [SeenTask(1, LATER, "velmora-1", "0" * 64, [body(1, 3, "one"), body(2, {"id": 9, "email": OMAR}, "two"), body(3, None)])]
    store.record_tasks(begun, page, None, Progress())
    assert names(store) == {1: DANA, 2: OMAR, 3: "annotation-3"}
