"""A second schema, in English and without links, goes through the same line against the real server: nothing is hard-wired to the first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from annotate.records import Answer, Argument, Frame, Labelling, Mention
from annotate.release.verify.folder import verify
from annotate.schema import Schema
from annotate.steps import agree, export, gold, ingest, pull, push, split
from annotate.steps.stored import articles_by_id
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.people import invite_link, own_token, sign_up
from annotate.studio.project import find_project
from annotate.studio.results import page_of, write_results
from annotate.studio.server import Server
from annotate.studio.tasks import list_tasks
from annotate.workspace import GoldSettings, SplitGate, Workspace

TEXT = "Velmora praised the Two Banks Treaty. Othrania condemned it.\n"


def said(annotator: str, strength: str) -> Labelling:
    """Velmora for the treaty, Othrania against it; of the second strength the annotators differ."""
    mentions = (Mention("m1", "actors", "ACTOR", 0, 7), Mention("m2", "actors", "TARGET", 20, 36), Mention("m3", "actors", "ACTOR", 38, 46))
    favor = Frame("o1", "opinions", "favor", 8, 15, {"strength": "verbal"}, (Argument("holder", "m1"), Argument("target", "m2")))
    against = Frame("o2", "opinions", "against", 47, 56, {"strength": strength}, (Argument("holder", "m3"), Argument("target", "m2")))
    return Labelling("talks", annotator, mentions, (favor, against), (), (Answer("document", "relevant", "yes"),))


@pytest.fixture
def labelled(server: Server, client: Client, stance_only: Schema, make_workspace: Callable[..., Workspace]) -> Workspace:
    """A workspace whose one article two people have annotated, each with their own token."""
    workspace = make_workspace(schema="stance-only", server=server, ANNOTATE_EXPORT_RIGHTS="CC0-1.0")
    (workspace.folder / "talks.txt").write_text(TEXT, "utf-8")
    ingest.run(workspace, [str(workspace.folder / "talks.txt")])
    split.run(workspace)
    push.run(workspace)
    with Store(workspace.store_path) as store:
        article, mark = articles_by_id(store)["talks"], store.meta("workspace")
    project = find_project(client, mark)
    assert project is not None
    (task,) = list_tasks(client, project)
    for name, strength in (("one", "verbal"), ("two", "concern")):
        sign_up(invite_link(client), f"{name}@second.example", "a password of theirs")
        with Client(server.url, own_token(server.url, f"{name}@second.example", "a password of theirs")) as annotator:
            result = write_results(page_of(stance_only), article, said(name, strength))
            annotator.post(f"/api/tasks/{task.number}/annotations/", {"result": result})
    return workspace


def test_the_line_with_a_second_schema(labelled: Workspace) -> None:
    pulled = pull.run(labelled)
    assert (pulled.labellings, pulled.problems) == (2, [])
    results = {(each.layer, each.measure): each.value for each in agree.run(labelled).results}
    assert results["opinions", "span_f1_exact"] == 1
    assert results["opinions.strength", "percent_agreement"] == 0.5
    # One dispute is left, and nobody is here to adjudicate it.
    gate = GoldSettings(gates={"test": SplitGate(annotators=2, drawn_first=True)})
    labelled = structs.replace(labelled, settings=structs.replace(labelled.settings, gold=gate))
    assert gold.run(labelled).items == {"actors": 3, "opinions": 2}
    release = Path(export.run(labelled, "1.0.0").folder)
    assert verify(release) == []
    (record,) = (json.loads(line) for line in (release / "test.jsonl").read_text("utf-8").splitlines())
    assert [each["text"] for each in record["actors"]] == ["Velmora", "Two Banks Treaty", "Othrania"]
    assert [(each["type"], each["text"], each["attributes"]) for each in record["opinions"]] == [
        ("favor", "praised", {"strength": "verbal"}),
        ("against", "condemned", {"strength": None}),
    ]
    assert record["document"] == [{"name": "relevant", "value": "yes", "distribution": [{"value": "yes", "p": 1.0, "posterior": None}]}]
