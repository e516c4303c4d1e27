"""Adjudicators' decisions stand when a migration only gives labels other names."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from annotate.records import Gold
from annotate.schema import load_schema
from annotate.steps import adjudicate, gold
from annotate.steps.stored import stored_decisions, stored_gold
from annotate.store import Store
from annotate.workspace import Workspace
from tests.migrating import rename
from tests.releases import annotate, label_all, new_workspace, write_articles

# Types, a role, the value of an attribute, an answer; in the same order as before, for ballots are.
NAMES = {"GOV": "POLITY", "TRANSFER": "DELIVER", "actor": "agent", "verbal": "spoken", "opinion": "outlook"}
RENAMES = """
  - {rename: mentions.GOV, to: POLITY}
  - {rename: events.TRANSFER, to: DELIVER}
  - {rename: "events:actor", to: agent}
  - {rename: "stances.strength=verbal", to: spoken}
  - {rename: "document.genre=opinion", to: outlook}
"""


@pytest.fixture
def decided(tmp_path: Path) -> Workspace:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    annotate(workspace, label_all)
    return workspace


def golds(workspace: Workspace) -> list[Gold]:
    with Store(workspace.store_path) as store:
        return stored_gold(store)


def in_new_names(found: list[Gold]) -> str:
    """Without what tells the schemas' versions, and digests of labellings."""
    words = msgspec.json.encode([msgspec.structs.replace(each, basis="", schema="", guidelines=()) for each in found]).decode()
    for old, new in NAMES.items():
        words = re.sub(rf"\b{old}\b", new, words)
    return words


def test_decisions_stand_under_other_names(decided: Workspace) -> None:
    before, stood = golds(decided), adjudicate.run_status(decided)
    assert stood.decided
    rename(decided, NAMES, RENAMES)
    schema = load_schema(decided.schema_path)
    gold.run(decided)
    assert in_new_names(golds(decided)) == in_new_names(before)
    assert not any(each.outdated for each in golds(decided))
    assert adjudicate.run_status(decided) == stood
    with Store(decided.store_path) as store:
        assert stored_decisions(store, schema).problems == []


def test_they_stand_through_several_migrations(decided: Workspace) -> None:
    stood = adjudicate.run_status(decided)
    rename(decided, {"GOV": "STATE"}, "  - {rename: mentions.GOV, to: STATE}\n")
    rename(decided, {"STATE": "POLITY"}, "  - {rename: mentions.STATE, to: POLITY}\n", before="1.1.0", after="1.2.0")
    assert adjudicate.run_status(decided) == stood


def test_what_was_merged_is_decided_anew(decided: Workspace) -> None:
    """Two types that the adjudicator saw apart are one."""
    stood = adjudicate.run_status(decided)
    words = re.sub(r".*\{name: LOC,.*\n", "", decided.schema_path.read_text("utf-8")).replace("mentions.LOC, ", "")
    decided.schema_path.write_text(words, encoding="utf-8")
    rename(decided, {}, "  - {merge: [mentions.LOC], to: FAC}\n")
    now = adjudicate.run_status(decided)
    assert (now.decided, now.reopened, now.problems) == ([], stood.decided, [])
