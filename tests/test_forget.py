"""What is forgotten is in no file of the store, does not come back, and that it went is on record."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.errors import UsageProblem
from annotate.records import Article, Locked, SplitLock
from annotate.steps import forget, gold, history, ingest, pull
from annotate.store import Changes, Store
from annotate.workspace import Workspace
from tests.on_server import put

TEXTS = {
    "velmora-1": "Velmora shelled the bridge of Nahrin, a word that stands nowhere else: quorbathine.",
    "velmora-2": "قصفت فيلمورا الجسر، وهذه كلمة لا ترد في موضع آخر: قوربثين.",
}
PEOPLE = {3: "dana@velmora.example", 4: "omar@velmora.example"}


def annotation(number: int, user: int, words: str, **more: object) -> dict[str, object]:
    made = f"2031-05-01T10:00:{number:02}.000001Z"
    note = {"id": "note", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [words]}}
    return {"id": number, "completed_by": user, "created_at": made, "updated_at": made, "result": [note], **more}


def export(workspace: Workspace, path: Path) -> Path:
    """A JSON export of the two articles, each annotated by both people."""
    with Store(workspace.store_path) as store:
        digests = store.article_digests()
    tasks = [
        {
            "id": number,
            "project": 1,
            "data": {"text": TEXTS[article]},
            "meta": {"article": article, "sha256": digests.get(article, "0")},
            "annotations": [annotation(10 * number + user, user, f"secret-{user}-{article}") for user in PEOPLE],
        }
        for number, article in enumerate(TEXTS, 1)
    ]
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


@pytest.fixture
def labelled(workspace: Workspace, tmp_path: Path) -> Workspace:
    put(workspace, TEXTS)
    with Store(workspace.store_path) as store:
        store.put_people("local", PEOPLE)
        store.put_split_lock(SplitLock(articles=tuple(Locked(article, "train", article) for article in TEXTS)))
    assert pull.run(workspace, export(workspace, tmp_path / "export.json")).new == 4
    assert gold.run(workspace).articles == 2
    return workspace


def traces(workspace: Workspace, *words: str) -> list[str]:
    """The words that stand in any of the store's files."""
    found = [path.read_bytes() for path in workspace.folder.glob("annotate.sqlite*")]
    return [word for word in words if any(word.encode() in content for content in found)]


def present(workspace: Workspace) -> list[tuple[str | None, int]]:
    with Store(workspace.store_path) as store:
        return [(each.article, each.annotation) for each in store.annotations()]


def test_an_article_goes_with_all_work_on_it(labelled: Workspace, tmp_path: Path) -> None:
    mine = ("quorbathine", "secret-3-velmora-1", "secret-4-velmora-1")
    others = ("قوربثين", "secret-3-velmora-2", "secret-4-velmora-2")
    assert traces(labelled, *mine, *others) == [*mine, *others]
    planned = forget.run(labelled, ["velmora-1"], [])
    assert (planned.versions, planned.dry_run) == (2, True)
    assert traces(labelled, *mine) == [*mine]
    done = forget.run(labelled, ["velmora-1"], [], yes=True)
    assert (done.versions, done.clean, done.dry_run) == (2, True, False)
    assert traces(labelled, *mine, *others) == [*others]
    with Store(labelled.store_path) as store:
        assert list(store.article_digests()) == ["velmora-2"]
        assert list(store.splits()) == [name for name, _ in store.gold()] == ["velmora-2"]
        assert list(store.forgotten_articles()) == ["velmora-1"]
    with pytest.raises(UsageProblem, match="velmora-1 was forgotten at 20"):
        history.run(labelled, "velmora-1")
    assert pull.run(labelled, export(labelled, tmp_path / "again.json")).new == 0
    assert {article for article, _ in present(labelled)} == {"velmora-2"}
    assert traces(labelled, *mine) == []


def test_a_forgotten_article_stays_out(labelled: Workspace) -> None:
    forget.run(labelled, ["velmora-1"], [], yes=True)
    path = labelled.folder / "again.jsonl"
    path.write_text("".join(json.dumps({"id": each, "text": text}) + "\n" for each, text in TEXTS.items()), encoding="utf-8")
    done = ingest.run(labelled, [str(path)])
    assert [each.message for each in done.problems if "was forgotten" in each.message]
    with Store(labelled.store_path) as store:
        store.put_articles([Article("velmora-1", None, "again", "en")])
        assert list(store.article_digests()) == ["velmora-2"]


def test_a_person_goes_with_all_their_work(labelled: Workspace, tmp_path: Path) -> None:
    mine = ("dana@velmora.example", "secret-3-velmora-1", "secret-3-velmora-2")
    others = ("omar@velmora.example", "secret-4-velmora-1", "quorbathine")
    done = forget.run(labelled, [], ["dana@velmora.example"], yes=True)
    assert (done.versions, done.clean) == (2, True)
    assert traces(labelled, *mine, *others) == [*others]
    with Store(labelled.store_path) as store:
        assert list(store.gold()) == []  # it was made from their work too
        store.put_people("local", PEOPLE)
        assert set(store.people().values()) == {"omar@velmora.example"}
    assert pull.run(labelled, export(labelled, tmp_path / "again.json")).new == 0
    assert sorted(number for _, number in present(labelled)) == [14, 24]
    assert traces(labelled, *mine) == []


def test_work_of_an_account_that_was_deleted_too_stays_out(labelled: Workspace, tmp_path: Path) -> None:
    """Label Studio then says of nobody that they made it."""
    forget.run(labelled, [], ["dana@velmora.example"], yes=True)
    tasks = json.loads(export(labelled, tmp_path / "again.json").read_text("utf-8"))
    theirs, other = (next(each for each in task["annotations"] if each["completed_by"] == 3) for task in tasks)
    theirs["completed_by"] = other["completed_by"] = None
    other["created_at"] = "2031-05-02T10:00:00.000001Z"  # another one that got its number
    (tmp_path / "again.json").write_text(json.dumps(tasks), encoding="utf-8")
    assert pull.run(labelled, tmp_path / "again.json").new == 1
    assert sorted(present(labelled)) == [("velmora-1", 14), ("velmora-2", 23), ("velmora-2", 24)]


def test_an_account_number_that_becomes_somebody_elses_is_theirs(labelled: Workspace) -> None:
    forget.run(labelled, [], ["dana@velmora.example"], yes=True)
    with Store(labelled.store_path) as store:
        store.put_people("local", {3: "lina@velmora.example"})
        pull_now = store.begin_pull("local", 1, "event-stance@1.0.0", "2031-06-01")
        assert not pull_now.forgotten_users


def test_forgetting_again_finds_nothing_more(labelled: Workspace) -> None:
    """As after a run that was killed before the file was written anew."""
    forget.run(labelled, ["velmora-1"], ["dana@velmora.example"], yes=True)
    done = forget.run(labelled, ["velmora-1"], ["dana@velmora.example"], yes=True)
    assert (done.versions, done.clean) == (0, True)


# A `forget` that kills itself, as by SIGKILL from outside, at its so-manieth step: inside the transaction, and before the file is new.
KILLED = """
import os, signal, sys
from pathlib import Path
from annotate.steps import forget
from annotate.store import Store
from annotate.store import forget as inside
from annotate.workspace import find_workspace

left = [int(sys.argv[2])]

def or_die(work):
    def step(*words):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return work(*words)
    return step

inside._delete_works, inside._log = or_die(inside._delete_works), or_die(inside._log)
Store.shrink = or_die(Store.shrink)
forget.run(find_workspace(Path(sys.argv[1]), os.environ), ["velmora-1"], ["dana@velmora.example"], yes=True)
"""


@pytest.mark.parametrize("step", range(7))
def test_killed_at_any_step_it_is_run_again(labelled: Workspace, step: int) -> None:
    command = [sys.executable, "-c", KILLED, str(labelled.folder), str(step)]
    killed = subprocess.run(command, check=False, capture_output=True)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")
    assert forget.run(labelled, ["velmora-1"], ["dana@velmora.example"], yes=True).clean
    assert present(labelled) == [("velmora-2", 24)]
    gone = ("quorbathine", "dana@velmora.example", "secret-3-velmora-1", "secret-4-velmora-1", "secret-3-velmora-2")
    assert traces(labelled, *gone, "secret-4-velmora-2") == ["secret-4-velmora-2"]
    with Store(labelled.store_path) as store:
        assert list(store.forgotten_articles()) == ["velmora-1"]


def test_while_another_command_reads_the_store_traces_are_owned_up_to(labelled: Workspace) -> None:
    with Store(labelled.store_path) as reader:
        reading = reader.articles()
        next(reading)
        done = forget.run(labelled, ["velmora-1"], [], yes=True)
        assert not done.clean
        assert "run this again" in forget.show(done)
        list(reading)
    assert forget.run(labelled, ["velmora-1"], [], yes=True).clean
    assert traces(labelled, "quorbathine") == []


@pytest.mark.parametrize(
    ("articles", "annotators", "message"),
    [
        ([], [], "say what to forget"),
        (["nahrin-9"], [], "no article 'nahrin-9'"),
        (["velmora-1"], ["dana"], "no annotator 'dana' (the e-mail address is meant)"),
    ],
)
def test_what_is_not_known_is_refused_and_nothing_goes(
    labelled: Workspace, articles: list[str], annotators: list[str], message: str
) -> None:
    with pytest.raises(UsageProblem) as refused:
        forget.run(labelled, articles, annotators, yes=True)
    assert message in str(refused.value)
    assert len(present(labelled)) == 4


def test_counts_after_forgetting_are_of_what_is_left(labelled: Workspace, tmp_path: Path) -> None:
    forget.run(labelled, ["velmora-1"], [], yes=True)
    done = pull.run(labelled, export(labelled, tmp_path / "again.json"))
    assert Changes(done.new, done.changed, done.deleted, done.unchanged, done.back) == Changes(unchanged=2)
