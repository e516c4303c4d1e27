"""`annotate sample`: what was drawn, into the store with its weights, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.manifest import Manifest
from annotate.errors import BadInput
from annotate.records import Article
from annotate.steps import sample as step
from annotate.store import Store
from annotate.workspace import Workspace
from tests.articles import stored, write
from tests.sampling import POOLED, article, of_publishers, parquet, pool

# The step: into the store


def test_the_sample_goes_into_the_store_with_its_weights(workspace: Workspace, tmp_path: Path) -> None:
    rows = [article(f"{number}", title="Accord", publisher="Tasrin Post", date="2024-11-07") for number in range(10)]
    path = pool(tmp_path, rows)
    done = step.run(workspace, [path], Design(4))
    there = stored(workspace)
    assert sorted(there) == sorted(done.new)
    assert len(there) == 4
    for found in there.values():
        assert (found.weight, found.title, found.source.publisher, found.date.month) == (2.5, "Accord", "Tasrin Post", 11)
        assert found.text == f"Velmora signed {found.original_id}."  # a bare number is no id: ingest prefixes it
    assert done.written is not None
    manifest = msgspec.json.decode(Path(done.written).read_bytes(), type=Manifest)
    assert manifest == done.manifest
    (file,) = manifest.files
    assert (file.path, file.articles, file.sha256) == ("pool.jsonl", 10, sha256(Path(path).read_bytes()).hexdigest())
    assert str(tmp_path) not in Path(done.written).read_text("utf-8")


def test_four_and_then_four_more_are_eight_in_the_store_too(make_workspace: Callable[[str], Workspace], tmp_path: Path) -> None:
    path = parquet(tmp_path, POOLED)
    once, twice = make_workspace("once"), make_workspace("twice")
    step.run(once, [path], Design(8, ("publisher",)))
    first = step.run(twice, [path], Design(4, ("publisher",)))
    second = step.run(twice, [path], Design(4, ("publisher",)))
    assert stored(once) == stored(twice)
    assert (len(first.new), first.reweighted, len(second.new), second.reweighted) == (4, 0, 4, 4)
    assert (first.written, second.written) == tuple(str(twice.folder / "samples" / name) for name in ("0001.json", "0002.json"))


def test_a_refused_article_keeps_its_place(workspace: Workspace, tmp_path: Path) -> None:
    rows = of_publishers(a=6)
    rows[2]["text"], rows[4]["text"], rows[5]["text"] = " ", 5, "a\0b"
    path = pool(tmp_path, rows)
    done = [step.run(workspace, [path], Design(3)), step.run(workspace, [path], Design(3))]
    problems = sorted(str(each) for one in done for each in one.problems)
    assert [each.split("pool.jsonl")[1][:9] for each in problems] == [":3: empty", ":5: Expec", ":6: a NUL"]
    assert sorted(stored(workspace)) == ["a-0", "a-1", "a-3"]
    assert {each.weight for each in stored(workspace).values()} == {1.0}
    assert done[1].manifest.refused == ["a-2", "a-4", "a-5"]
    assert done[1].manifest.known_probabilities
    assert step.run(workspace, [path], Design(3)).new == []


def test_an_article_of_the_same_id_in_the_store_stays(workspace: Workspace, tmp_path: Path) -> None:
    with Store(workspace.store_path) as store:
        store.put_articles([Article("article-7", None, "Qadria", "en")])
    done = step.run(workspace, [pool(tmp_path, [article("7")])], Design(1))
    assert [each.message for each in done.problems] == ["id 'article-7' is taken in the store by another article; give it another id"]
    assert stored(workspace)["article-7"].text == "Qadria"


def test_a_dry_run_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = pool(tmp_path, of_publishers(a=6))
    dry = step.run(workspace, [path], Design(3), dry_run=True)
    assert (stored(workspace), dry.written, (workspace.folder / "samples").exists()) == ({}, None, False)
    assert step.run(workspace, [path], Design(3)).new == dry.new


def test_a_broken_manifest_of_an_earlier_draw(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace.folder, "samples/0001.json", "{")
    with pytest.raises(BadInput, match=r"0001\.json: cannot be read as the manifest"):
        step.run(workspace, [pool(tmp_path, of_publishers(a=6))], Design(3))


def test_what_is_shown(workspace: Workspace, tmp_path: Path) -> None:
    rows = [*of_publishers(a=6, b=2), article("c-0"), article("c-1", duplicates="x"), article("c-2", duplicates="x")]
    done = step.run(workspace, [pool(tmp_path, rows)], Design(5, ("publisher",), seed=7))
    assert step.show(done).splitlines() == [
        "5 articles in, 0 of earlier draws with new weights, 0 problems",
        f"manifest: {done.written}",
        "5 of 11 articles are in the sample, 0 of them from earlier draws.",
        "1 are duplicates of one that can be drawn.",
        "10 could be drawn; 3 strata by publisher, proportional shares, seed 7.",
        "Weights speak for the pool's articles, duplicates counting once.",
        "  no publisher: 1 of 2",
        "  a: 3 of 6",
        "  b: 1 of 2",
    ]
