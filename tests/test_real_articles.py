"""Five real articles, where they are present: in, pushed, one labelled by hand through the API, out again with every span in place.

They are copyrighted and no part of this repository, only offsets into them are. Without them these tests say NOT RUN.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from annotate.errors import Unmet
from annotate.records import Argument, Frame, Labelling, Mention
from annotate.release.verify.folder import verify
from annotate.schema import Schema
from annotate.steps import export, gold, ingest, pull, push, split
from annotate.steps.stored import articles_by_id
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.project import find_project
from annotate.studio.results import page_of, write_results
from annotate.studio.server import Server
from annotate.studio.tasks import list_tasks
from annotate.workspace import GoldSettings, SplitGate, Workspace
from tests.conftest import ROOT, not_run

ARTICLES = ROOT.parent / "shared" / "articles"
LABELLED = "003_543f2c3d62828e27"

# Type, start, end of every mention that the hand-made table of article 003 names.
MENTIONS = (
    ("PER", 472, 500), ("PER", 531, 559), ("TIME", 518, 529), ("PER", 303, 344), ("LOC", 345, 350),
    ("GOV", 1270, 1292), ("GOV", 1293, 1298), ("WEAPON", 1308, 1335), ("FAC", 1344, 1358), ("GOV", 1393, 1398),
    ("WEAPON", 1412, 1417), ("GROUP", 1422, 1428), ("GOV", 1491, 1496), ("WEAPON", 1498, 1509), ("TIME", 1510, 1523),
    ("PER", 1576, 1581), ("GOV", 1656, 1663), ("GOV", 2072, 2114), ("GOV", 2139, 2144), ("GOV", 1715, 1727),
    ("TOPIC", 1775, 1781), ("GOV", 636, 651), ("TOPIC", 770, 820), ("GOV", 577, 582), ("GOV", 599, 604),
)  # fmt: skip

# Type, mode, start, end, other attributes, arguments; an argument is the start of a mention, or of another event's trigger.
EVENTS: tuple[tuple[str, str | None, int, int, dict[str, str], dict[str, int]], ...] = (
    ("CONSULT", "phone", 501, 508, {}, {"actor": 472, "recipient": 531, "time": 518}),
    ("CONSULT", "visit", 287, 290, {}, {"actor": 303, "place": 345}),
    ("ACCUSE", "allege", 1265, 1269, {}, {"actor": 1270, "recipient": 1293, "content": 1337}),
    ("ASSAULT", "drone", 1337, 1343, {"modality": "alleged"}, {"instrument": 1308, "recipient": 1344}),
    ("STATE", "deny", 1389, 1392, {}, {"actor": 1393, "content": 1406}),
    ("TRANSFER", None, 1406, 1411, {"modality": "alleged"}, {"artifact": 1412, "recipient": 1422}),
    ("STATE", "admit", 1451, 1455, {}, {"content": 1485}),
    ("TRANSFER", None, 1485, 1490, {}, {"recipient": 1491, "artifact": 1498, "time": 1510}),
    ("CONSULT", "multilateral", 1586, 1590, {"polarity": "negative", "modality": "planned"}, {"actor": 1576}),
    ("CONSULT", "visit", 1650, 1655, {"modality": "planned"}, {"recipient": 1656}),
    ("SANCTION", None, 2128, 2134, {}, {"actor": 2072, "recipient": 2139}),
)

# Type, strength, start, end, holder, target.
STANCES = (
    ("against", "verbal", 1265, 1335, 1270, 1293),
    ("against", "material", 2116, 2144, 2072, 2139),
    ("against", "concern", 1763, 1781, 1715, 1775),
    ("favor", "verbal", 749, 777, 636, 770),
    ("favor", "verbal", 577, 604, 577, 599),
)

# What some of the spans say, after quotation marks, no-break spaces and vowel marks: single words.
WORDS = {501: "اتصالًا", 287: "زار", 1265: "تتهم", 1337: "مهاجمة", 1406: "إرسال", 1485: "تزويد", 2128: "عقوبات"}


@pytest.fixture
def articles() -> Path:
    if not ARTICLES.is_dir():
        not_run(f"the real articles are not at {ARTICLES.parent.name}/{ARTICLES.name} beside this checkout")
    return ARTICLES


def hand_labelling(schema: Schema) -> Labelling:
    """The table as a labelling; an item's id is its layer and start."""
    events = schema.frame_layers[0]
    mentions = tuple(Mention(f"m{start}", "mentions", kind, start, end) for kind, start, end in MENTIONS)
    triggers = {start for _, _, start, *_ in EVENTS}

    def event(kind: str, mode: str | None, start: int, end: int, other: dict[str, str], roles: dict[str, int]) -> Frame:
        fillers = tuple(Argument(role, f"e{at}" if role == "content" and at in triggers else f"m{at}") for role, at in roles.items())
        return Frame(f"e{start}", "events", kind, start, end, events.defaults(kind) | other | {"mode": mode}, fillers)

    stances = tuple(
        Frame(
            f"s{start}",
            "stances",
            kind,
            start,
            end,
            {"strength": strength},
            (Argument("holder", f"m{holder}"), Argument("target", f"m{target}")),
        )
        for kind, strength, start, end, holder, target in STANCES
    )
    return Labelling(LABELLED, "hand", mentions, (*(event(*row) for row in EVENTS), *stances))


def test_from_articles_to_a_release(
    articles: Path, server: Server, client: Client, schema: Schema, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace(server=server, ANNOTATE_EXPORT_RIGHTS="for this test alone")
    assert len(ingest.run(workspace, [str(articles)]).new) == 5
    split.run(workspace)
    assert push.run(workspace).sent == 5

    labelling = hand_labelling(schema)
    with Store(workspace.store_path) as store:
        stored, mark = articles_by_id(store), store.meta("workspace")
    for path in articles.glob("*.txt"):
        assert stored[path.stem].text == path.read_bytes().decode("utf-8"), "stored as it came"
    project = find_project(client, mark)
    assert project is not None
    task = next(each for each in list_tasks(client, project) if each.article == LABELLED)
    client.post(f"/api/tasks/{task.number}/annotations/", {"result": write_results(page_of(schema), stored[LABELLED], labelling)})

    pulled = pull.run(workspace)
    assert (pulled.new, pulled.labellings, pulled.problems) == (1, 1, [])
    gold.run(workspace)
    with pytest.raises(Unmet, match="0 of 2 annotators have submitted it"):
        export.run(workspace, "1.0.0")
    open_gate = GoldSettings(gates={"test": SplitGate(annotators=0)})
    workspace = structs.replace(workspace, settings=structs.replace(workspace.settings, gold=open_gate))
    gold.run(workspace)
    release = Path(export.run(workspace, "1.0.0").folder)
    assert verify(release) == []
    (record,) = (
        json.loads(line) for name in ("train", "dev", "test") for line in (release / f"{name}.jsonl").read_text("utf-8").splitlines()
    )
    assert_released(record, stored[LABELLED].text)


def assert_released(record: dict[str, Any], text: str) -> None:
    assert record["text"] == text
    for layer, rows in (("mentions", MENTIONS), ("events", EVENTS), ("stances", STANCES)):
        assert len(record[layer]) == len(rows)
        assert all(text[item["start"] : item["end"]] == item["text"] for item in record[layer])
    spans = {item["id"]: item["start"] for layer in ("mentions", "events", "stances") for item in record[layer]}
    found = {item["start"]: item for item in record["events"]}
    for kind, mode, start, end, other, roles in EVENTS:
        event = found[start]
        assert (event["type"], event["end"], event["attributes"]["mode"]) == (kind, end, mode)
        assert event["attributes"].items() >= other.items()
        assert {each["role"]: spans[each["ref"]] for each in event["arguments"]} == roles
        assert event["text"] == WORDS.get(start, event["text"])
    released = {
        (s["type"], s["attributes"]["strength"], s["start"], s["end"], *(spans[a["ref"]] for a in s["arguments"]))
        for s in record["stances"]
    }
    assert released == set(STANCES)
