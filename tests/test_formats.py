"""A release in other formats, as a user makes them, and what is said of what they lose."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.records import Article, Labelling, Mention
from annotate.release.formats import FORMATS, Loss, formats_of, write_formats
from annotate.release.formats.loss import LEAVES_OUT
from annotate.schema import load_schema
from annotate.steps import convert
from tests.format_releases import gold, layers, losses, record_of, release_of, rows

# Losses


def test_what_is_lost_is_counted_and_listed(small_formats: Path) -> None:
    by_format = {
        name: {each["kind"]: (each["document"], each["item"], each["what"]) for each in losses(small_formats, name)} for name in FORMATS
    }
    document = "talks/2031: a"
    assert by_format["parquet"] == {}
    assert by_format["spacy"] == {}
    assert by_format["bio"]["overlap"] == (document, "xm3", "Two Banks")
    assert by_format["bio"]["sentence"] == (document, "xm4", "Othrania\ncondemned")
    assert by_format["bio"]["entity"] == (document, "xm2", "the treaty of 2031")
    assert by_format["textee"]["filler"] == (document, "xo2", "holder=xm4")
    assert by_format["textee"]["attributes"] == (document, "xo1", "strength=verbal")
    assert by_format["brat"].keys() == {"answers", "id"}
    counts = json.loads((small_formats / "formats" / "bio" / "loss.json").read_bytes())
    assert {each["kind"]: each["count"] for each in counts["kinds"]} == {
        each["kind"]: each["count"] for each in losses(small_formats, "bio")
    } | {"arguments": 4}
    words = (small_formats / "formats" / "bio" / "LOSS.md").read_text("utf-8")
    assert "| overlap | 1 |" in words
    assert "- talks/2031: a, xm4: Othrania condemned" in words
    assert "`provenance`" in words
    assert "document.distribution" in counts["keys"]


def test_items_are_in_the_format_or_left_out_by_layer(converted: Path) -> None:
    """loss.json's sums, against the release's items and the list; what is in the file, other tests count."""
    there = Counter(
        layer for found in gold(converted).values() for record in found for layer in layers(converted, "spans") for _ in record[layer]
    )
    for name in FORMATS:
        told = json.loads((converted / "formats" / name / "loss.json").read_bytes())["layers"]
        assert Counter({each["layer"]: each["items"] for each in told}) == there
        gone = Counter(each["layer"] for each in losses(converted, name) if each["item"] and each["kind"] in LEAVES_OUT)
        assert Counter({each["layer"]: each["left_out"] for each in told}) == gone


# As a user


def test_convert_needs_no_workspace_and_leaves_the_release_alone(demo_formats: Path, tmp_path: Path) -> None:
    release = shutil.copytree(demo_formats, tmp_path / "demo-1.0.0", ignore=shutil.ignore_patterns("formats"))
    before = sorted(path.name for path in release.rglob("*"))
    for _ in range(2):  # again is the same
        done = convert.run(release, ["bio", "brat"])
        assert sorted(path.name for path in release.rglob("*")) == before
        assert sorted(path.name for path in Path(done.folder).iterdir()) == ["bio", "brat"]
    assert Path(done.folder) == tmp_path / "demo-1.0.0-formats"
    assert "bio: 28 documents; lost: 468 clitic" in convert.show(done)
    assert isinstance(done.losses[0], Loss)


@pytest.mark.parametrize("words", ["conll", "", "bio,,xml"])
def test_an_unknown_format_is_named_with_those_there_are(words: str) -> None:
    with pytest.raises(UsageProblem, match="parquet, bio, brat, textee, dygie, spacy"):
        formats_of(words)


def test_formats_are_named_once() -> None:
    assert formats_of("bio, brat,bio") == ("bio", "brat")


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("train.jsonl", lambda text: text.replace('"type": "GOV"', '"type": "STATE_OF"', 1), r"train\.jsonl:1: mentions/\d+/type"),
        ("train.jsonl", lambda text: text[: len(text) // 2], r"train\.jsonl:\d+: not JSON"),
        ("dev.jsonl", lambda text: "[]\n" + text, r"dev\.jsonl:1: not a JSON object"),
        (
            "train.jsonl",
            lambda text: re.sub(r'"start": \d+, "end": \d+, "text"', '"start": 0, "end": 99999, "text"', text, count=1),
            r"is not in the text",
        ),
        ("schema/record.schema.json", lambda text: text[:100], r"record\.schema\.json: not JSON"),
    ],
)
def test_what_is_no_release_is_named_and_no_half_format_is_left(
    demo_formats: Path, tmp_path: Path, name: str, spoil: Any, message: str
) -> None:
    release = shutil.copytree(demo_formats, tmp_path / "demo-1.0.0", ignore=shutil.ignore_patterns("formats"))
    (release / name).write_text(spoil((release / name).read_text("utf-8")), "utf-8")
    with pytest.raises(BadInput, match=message):
        write_formats(release, ["brat"])
    assert list((release / "formats").glob("*")) == [] or not (release / "formats").exists()


def test_a_folder_that_was_not_written_by_this_is_not_replaced(demo_formats: Path, tmp_path: Path) -> None:
    """Somebody's own brat project, say, in the folder that is named."""
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "mine.ann").write_text("T1\tGOV 0 7\tVelmora\n", "utf-8")
    with pytest.raises(Unmet, match="not written by this"):
        convert.run(demo_formats, ["bio", "brat"], tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["brat", "mine.ann"]


def test_nothing_is_written_into_a_release(demo_formats: Path) -> None:
    with pytest.raises(UsageProblem, match="never changes"):
        convert.run(demo_formats, ["bio"], demo_formats / "formats")


def test_a_format_that_was_moved_aside_when_a_run_was_killed_comes_back(small_formats: Path, tmp_path: Path) -> None:
    """Between its two renames; the next run fails too, and what was there stays."""
    done = convert.run(small_formats, ["bio"], tmp_path / "out")
    (tmp_path / "out" / "bio").rename(tmp_path / "out" / ".bio.before")
    (tmp_path / "out" / ".bio.part").mkdir()
    spoilt = shutil.copytree(small_formats, tmp_path / "spoilt")
    (spoilt / "test.jsonl").write_text("{\n", "utf-8")
    with pytest.raises(BadInput, match="not JSON"):
        convert.run(spoilt, ["bio"], tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["bio"]
    assert json.loads((tmp_path / "out" / "bio" / "loss.json").read_bytes())["documents"] == done.losses[0].documents == 1


FULL = """\
import resource, sys
from pathlib import Path
from annotate.errors import Unmet
from annotate.steps import convert
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    convert.run(Path(sys.argv[1]), [sys.argv[2]], Path(sys.argv[3]))
except Unmet as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_takes_no_more_leaves_what_was_there(demo_formats: Path, small_formats: Path, tmp_path: Path, name: str) -> None:
    """A limit on a file's size stands in for the disk; Python ignores its signal, so that writing fails as on a full disk."""
    convert.run(small_formats, [name], tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    done = subprocess.run([sys.executable, "-c", FULL, str(demo_formats), name, str(tmp_path / "out")], capture_output=True, check=False)
    assert (done.returncode, b"File too large" in done.stderr, done.stderr.count(b"\n")) == (1, True, 1), done.stderr.decode()
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"lacks train\.jsonl"):
        write_formats(tmp_path, ["bio"])


MENTIONS_ONLY = """\
name: names
version: 1.0.0
title: {en: Names}
language: en
layers:
  - name: people
    kind: mentions
    title: {en: People}
    types: [{name: PER, hotkey: p, color: "#1f77b4", title: {en: Person}, definition: {en: Somebody}}]
  - name: places
    kind: mentions
    title: {en: Places}
    types: [{name: PER, hotkey: q, color: "#1f77b4", title: {en: Persepolis}, definition: {en: A ruin}}]
"""


def test_a_schema_without_frames_and_with_a_types_name_twice(tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(MENTIONS_ONLY, "utf-8")
    names = load_schema(tmp_path / "schema.yaml")
    labelling = Labelling("a", "gold", (Mention("m1", "people", "PER", 0, 6), Mention("m2", "places", "PER", 11, 17)))
    record = record_of(names, Article("a-1", None, "Nadira saw Sadra…", "en"), labelling)
    release = release_of(tmp_path / "release", tmp_path / "schema.yaml", [record])
    write_formats(release, FORMATS)
    (instance, *_) = rows(release / "formats" / "textee" / "entities" / "train.json")
    assert [each["entity_type"] for each in instance["entity_mentions"]] == ["people-PER", "places-PER"]
    (document,) = rows(release / "formats" / "dygie" / "entities" / "train.json")
    assert document["ner"] == [[[0, 0, "people-PER"], [2, 3, "places-PER"]]]
    assert (release / "formats" / "brat" / "train" / "a-1.ann").read_text("utf-8").startswith("T1\tpeople-PER 0 6\tNadira\n")
