"""A schema that changes: adding is free, what is in use is not taken away, and a migration brings store, server and release along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotate.errors import BadInput, Unmet
from annotate.schema import load_schema
from annotate.schema.migrations import Change, Migration, migrated
from annotate.steps import migrate, pull, push
from annotate.steps.stored import stored_labellings
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.server import Server
from annotate.workspace import Workspace
from tests.on_server import TEXTS, Join, MakeWorkspace, project_of, put, span, submit, tasks_of
from tests.result_items import ATTACK, BRIDGE, GOV, KARESH, SHELLED, arrow, choice

RESULT = [GOV, BRIDGE, KARESH, SHELLED, ATTACK, choice("e1", "events_polarity", "negative"), choice("e1", "events_mode_ASSAULT", "x")]
RESULT += [arrow("e1", "m1", "actor"), arrow("e1", "m2", "recipient"), arrow("e3", "m3", "actor")]


def labels_of(result: list[Any]) -> list[str]:
    return [label for item in result for label in (item.get("value") or {}).get("labels", item.get("labels", []))]


def by(*changes: Change) -> tuple[Migration, ...]:
    return (Migration("1.0.0", "1.1.0", changes),)


def test_a_type_is_renamed_with_the_controls_that_ask_of_it() -> None:
    after = migrated(by(Change(rename="events.ASSAULT", to="ATTACK")), RESULT)
    assert labels_of(after).count("ATTACK") == 2
    assert "ASSAULT" not in labels_of(after)
    assert [item["from_name"] for item in after if item.get("type") == "choices"] == ["events_polarity", "events_mode_ATTACK"]
    assert [item for item in after if item.get("type") == "relation"] == RESULT[-3:]
    assert RESULT[3] == SHELLED  # what came in is as it was


def test_types_are_merged_into_one_of_them() -> None:
    after = migrated(by(Change(merge=("mentions.FAC", "mentions.GOV"), to="GOV")), RESULT)
    assert [item["value"]["labels"] for item in after[:3]] == [["GOV"]] * 3


def test_a_removed_type_takes_its_answers_and_arrows_along() -> None:
    after = migrated(by(Change(remove="events.ASSAULT")), RESULT)
    assert after == [GOV, BRIDGE, KARESH]
    assert migrated(by(Change(remove="mentions.FAC")), RESULT) == [each for each in RESULT if each not in (BRIDGE, RESULT[-2])]


def test_a_value_and_a_role_are_renamed_or_removed() -> None:
    after = migrated(by(Change(rename="events.polarity=negative", to="denied"), Change(rename="events:actor", to="agent")), RESULT)
    assert after[5]["value"]["choices"] == ["denied"]
    assert [item["labels"] for item in after[-3:]] == [["agent"], ["recipient"], ["agent"]]
    assert migrated(by(Change(remove="events:actor"), Change(remove="events.polarity=negative")), RESULT) == [
        *RESULT[:5],
        RESULT[6],
        RESULT[8],
    ]


@pytest.mark.parametrize(
    "change",
    [
        Change(rename="events.GOV", to="X"),
        Change(remove="stances.ASSAULT"),
        Change(rename="stances:actor", to="x"),
        Change(rename="events.tense=negative", to="x"),
        Change(split="mentions.GOV", into=("A", "B")),
    ],
)
def test_nothing_else_changes(change: Change) -> None:
    strange = [*RESULT, "words", {"type": "labels"}, {"type": "relation"}, {"value": 3}]
    assert migrated(by(change), strange) is strange


def test_migrations_follow_one_another() -> None:
    later = Migration("1.1.0", "1.2.0", (Change(rename="mentions.STATE", to="POLITY"),))
    both = (*by(Change(rename="mentions.GOV", to="STATE")), later)
    assert labels_of(migrated(both, [GOV])) == ["POLITY"]
    assert labels_of(migrated(both, migrated(both, [GOV]))) == ["POLITY"]


def write(workspace: Workspace, changes: str) -> None:
    folder = workspace.schema_path.parent / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "1.1.0.yaml").write_text(f"from: 1.0.0\nto: 1.1.0\nchanges:\n{changes}", encoding="utf-8")


def edit(workspace: Workspace, *changes: tuple[str, str]) -> None:
    words = workspace.schema_path.read_text("utf-8")
    for old, new in (("version: 1.0.0", "version: 1.1.0"), *changes):
        assert old in words
        words = words.replace(old, new)
    workspace.schema_path.write_text(words, encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ("  - {rename: actors.ACTOR, to: PLAYER}\n", "actors.ACTOR is still in stance-only@1.1.0; an old name may not be used again"),
        ("  - {rename: actors.STATE, to: PLAYER}\n", "actors.PLAYER is not in stance-only@1.1.0, to which it migrates"),
        ("  - {remove: actors.STATE, to: ACTOR}\n", "rename and merge need `to`"),
        ("  - {remove: STATE}\n", "'STATE' is no place of a schema"),
        ("  - {remove: actors.A, rename: actors.B, to: C}\n", "one of rename, merge, remove, split; this one is rename and remove"),
        ("  - {drop: actors.STATE}\n", "unknown field `drop`"),
        ("  - {remove: [\n", "not YAML"),
        pytest.param(f"  - {{remove: {'[' * 2000}\n", "not YAML", id="nested without end"),
    ],
)
def test_a_migration_that_cannot_be_is_named(make_workspace: MakeWorkspace, changes: str, message: str) -> None:
    workspace = make_workspace(schema="stance-only")
    edit(workspace)
    write(workspace, changes)
    with pytest.raises(BadInput) as caught:
        load_schema(workspace.schema_path)
    assert str(caught.value).startswith(str(Path(workspace.schema_path.parent / "migrations" / "1.1.0.yaml")))
    assert message in str(caught.value)


def stances(make_workspace: MakeWorkspace, server: Server, client: Client) -> tuple[Workspace, int, int]:
    """A workspace on the server with two annotations: (workspace, number of one that uses TARGET, of one that does not)."""
    workspace = make_workspace(schema="stance-only", server=server)
    put(workspace, TEXTS)
    push.run(workspace)
    tasks = tasks_of(client, workspace)
    with_target = submit(client, tasks["velmora-3"], span(TEXTS["velmora-3"], "the attack", "TARGET", "actors"))
    return workspace, with_target, submit(client, tasks["velmora-1"], span(TEXTS["velmora-1"], "Velmora", "ACTOR", "actors"))


def result_of(client: Client, number: int) -> list[Any]:
    return list(client.get_json(f"/api/annotations/{number}/")["result"])


def test_a_label_in_use_is_renamed_on_server_and_in_store(
    make_workspace: MakeWorkspace, server: Server, client: Client, join: Join
) -> None:
    workspace, number, other = stances(make_workspace, server, client)
    before, untouched = result_of(client, number), result_of(client, other)
    pull.run(workspace)
    with Store(workspace.store_path) as store:
        raw = {each.annotation: each.body for each in store.annotations()}
    edit(workspace, ("{name: TARGET,", "{name: THING,"))
    with pytest.raises(Unmet, match="actors TARGET: used by 1 annotations or drafts"):
        push.run(workspace)
    with pytest.raises(Unmet, match="no migrations"):
        migrate.run(workspace)
    write(workspace, "  - {rename: actors.TARGET, to: THING}\n")
    with Store(workspace.store_path) as store:  # as a new reading of what is stored, before the server knows anything of it
        types = {each.article: each.mentions[0].type for each in stored_labellings(store, load_schema(workspace.schema_path)).labellings}
    assert types == {"velmora-3": "THING", "velmora-1": "ACTOR"}
    tried = migrate.run(workspace)
    assert (tried.changed, tried.left, tried.dry_run) == (1, [], True)
    assert result_of(client, number) == before
    done = migrate.run(workspace, yes=True)
    assert (done.changed, done.left) == (1, [])
    assert [item["value"]["labels"] for item in result_of(client, number)] == [["THING"]]
    assert result_of(client, other) == untouched
    assert "THING" in client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"]
    assert migrate.run(workspace, yes=True).changed == 0
    assert push.run(workspace).problems == []
    pull.run(workspace)
    with Store(workspace.store_path) as store:
        reading = stored_labellings(store, load_schema(workspace.schema_path))
        assert {each.article: each.mentions[0].type for each in reading.labellings} == types
        assert reading.problems == []
        kept = {each.kept.body for each in store.versions()}
    assert set(raw.values()) <= kept  # the bytes from before are there still


def test_drafts_and_splits_are_left_to_people(make_workspace: MakeWorkspace, server: Server, client: Client, join: Join) -> None:
    workspace, number, _ = stances(make_workspace, server, client)
    dana = join("dana")
    task = tasks_of(client, workspace)["velmora-2"]
    draft = span(TEXTS["velmora-2"], "الجسر", "TARGET", "actors")
    made = dana.post(f"/api/tasks/{task.number}/drafts", {"result": [draft], "lead_time": 1})
    line = next(each for each in workspace.schema_path.read_text("utf-8").splitlines(keepends=True) if "{name: TARGET," in each)
    second = line.replace("hotkey: t", "hotkey: x").replace("TARGET", "PLAN")
    edit(workspace, (line, line.replace("TARGET", "THING") + second))
    write(workspace, "  - {split: actors.TARGET, into: [THING, PLAN]}\n")
    page = client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"]
    done = migrate.run(workspace, yes=True)
    me = dana.get_json("/api/current-user/whoami")["email"]
    assert (done.changed, {(each.task, each.draft_of) for each in done.left}) == (
        0,
        {(tasks_of(client, workspace)["velmora-3"].number, None), (task.number, me)},
    )
    assert "label it anew by hand" in migrate.show(done)
    assert client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"] == page
    client.patch(f"/api/annotations/{number}/", {"result": [span(TEXTS["velmora-3"], "the attack", "PLAN", "actors")]})
    dana.delete(f"/api/drafts/{made['id']}/")
    assert migrate.run(workspace, yes=True).left == []
    assert "PLAN" in client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"]
