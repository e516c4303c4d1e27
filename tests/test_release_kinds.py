"""Releases without texts, with labels withheld, with a card of the researcher's, in other formats, of an older format; and bad days."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from annotate.agreement.intervals import Intervals
from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.manifest import Manifest, Stratum
from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.release.compare import compare
from annotate.release.documents import Wanted
from annotate.release.sums import sums
from annotate.release.verify.folder import verify
from annotate.steps import export, rehydrate, score
from annotate.steps import verify as verify_step
from annotate.store import Store
from annotate.workspace import Workspace, find_workspace
from tests.conftest import not_run
from tests.releases import SPLITS, annotate, contents, gold_of, label_all, label_nothing, new_workspace, records, text_of, write_articles

STANDOFF, WITHHELD = Wanted(text=False), Wanted(withhold=("test",))
BOTH = Wanted(text=False, withhold=("test",))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A labelled workspace of eight articles with its release 1.0.0."""
    folder = tmp_path_factory.mktemp("made")
    workspace = new_workspace(folder / "work", write_articles(folder / "articles.jsonl"))
    annotate(workspace, label_all)
    export.run(workspace, "1.0.0")
    return workspace


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    """A copy to be changed."""
    shutil.copytree(made.folder, tmp_path / "work")
    shutil.copy(made.folder.parent / "articles.jsonl", tmp_path / "articles.jsonl")
    return find_workspace(tmp_path / "work", {"ANNOTATE_EXPORT_NAME": "sample"})


def release(workspace: Workspace, version: str = "1.0.0", kind: str = "") -> Path:
    return workspace.exports / f"sample-{version}{kind}"


def put_card(workspace: Workspace, words: str) -> None:
    (workspace.folder / "card.md").write_text(words, encoding="utf-8")


def put_settings(workspace: Workspace, **settings: str) -> Workspace:
    return find_workspace(
        workspace.folder,
        {"ANNOTATE_EXPORT_NAME": "sample", **{f"ANNOTATE_EXPORT_{key.upper()}": value for key, value in settings.items()}},
    )


def fault(folder: Path, **of: Any) -> list[str]:
    """What verify says after the sums were made to fit."""
    (folder / "SHA256SUMS").write_text(sums(folder))
    return [str(each) for each in verify(folder, **of)]


# Without texts


def test_a_standoff_release_holds_no_text_of_the_articles(workspace: Workspace) -> None:
    folder = Path(export.run(workspace, "1.0.0", STANDOFF).folder)
    assert folder == release(workspace, kind="-no-text")
    assert verify(folder) == []
    words = {word for number in range(8) for word in text_of(number).split() if len(word) > 4 and not word.startswith("2025")}
    quoted = ["Velmora sent ships", "Ships 3", *(word for word in words if word.startswith("tide"))]
    everything = b"\n".join(contents(folder).values()).decode()
    assert [word for word in quoted if word in everything] == []
    lines = "".join((folder / f"{name}.jsonl").read_text("utf-8") for name in (*SPLITS, "annotations"))
    assert [word for word in ("Velmora", "Karsenia", "condemned", "sailed") if word in lines] == []
    assert "name:port of Sadra" in lines  # the annotators' own word for it
    assert "nadira" not in everything.lower()


def test_rights_that_nobody_gave_let_no_text_out_but_offsets(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl", rights=""))
    annotate(workspace, label_all)
    with pytest.raises(BadInput, match="or export with --no-text"):
        export.run(workspace, "1.0.0")
    assert verify(Path(export.run(workspace, "1.0.0", STANDOFF).folder)) == []


@pytest.mark.parametrize(("wanted", "whole"), [(STANDOFF, Wanted()), (BOTH, WITHHELD)], ids=["all", "test withheld"])
def test_rehydrated_is_what_it_was_made_from(workspace: Workspace, tmp_path: Path, wanted: Wanted, whole: Wanted) -> None:
    standoff = Path(export.run(workspace, "2.0.0", wanted).folder)
    with_text = Path(export.run(workspace, "2.0.0", whole).folder)
    # The same articles under other ids, in another order, with Windows' line ends.
    rows = [
        row | {"id": f"mine-{n}", "text": row["text"].replace("\n", "\r\n")} for n, row in enumerate(records(tmp_path / "articles.jsonl"))
    ]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in reversed(rows)))
    done = rehydrate.run(standoff, [str(tmp_path / "mine.jsonl")], tmp_path / "back")
    assert done.new
    assert contents(Path(done.folder)) == contents(with_text)
    assert verify_step.run(Path(done.folder)).problems == []
    assert not rehydrate.run(standoff, [str(tmp_path / "mine.jsonl")], tmp_path / "back").new


def change_text(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"text": row["text"] + " More."}


def test_a_release_and_its_standoff_are_no_change(workspace: Workspace) -> None:
    export.run(workspace, "1.0.0", STANDOFF)
    for folders in ((release(workspace), release(workspace, kind="-no-text")), (release(workspace, kind="-no-text"), release(workspace))):
        found = compare(*folders)
        assert (found.texts, found.articles, found.answers, found.shape, found.step) == ([], [], [], False, "patch")


def test_a_standoff_release_is_scored_as_far_as_it_can_be(workspace: Workspace) -> None:
    folder = Path(export.run(workspace, "1.0.0", STANDOFF).folder)
    done = score.run(folder, folder / "test.jsonl", how=Intervals(replicates=20))
    found = {(each.layer, each.measure): each for each in done.results}
    assert found["mentions", "span_f1_exact"].value == 1.0
    assert found["mentions", "span_f1_token"].reason == "needs the documents' texts; `annotate rehydrate` puts them back"


def test_rehydrate_names_what_it_lacks_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    standoff = Path(export.run(workspace, "1.0.0", STANDOFF).folder)
    rows = records(tmp_path / "articles.jsonl")
    (tmp_path / "some.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [change_text(rows[0]), *rows[2:]]))
    with pytest.raises(BadInput, match=r"no article there has the text of 2 documents \(v-1, v-2\); a text must be the same"):
        rehydrate.run(standoff, [str(tmp_path / "some.jsonl")], tmp_path / "back")
    other_title = [row | {"title": "Another"} for row in rows]
    (tmp_path / "titles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in other_title))
    with pytest.raises(BadInput, match="its title is not the release's"):
        rehydrate.run(standoff, [str(tmp_path / "titles.jsonl")], tmp_path / "back")
    assert not (tmp_path / "back").exists() or list((tmp_path / "back").iterdir()) == []


def test_rehydrate_wants_a_sound_standoff_release(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="holds its texts already"):
        rehydrate.run(release(workspace), [str(tmp_path / "articles.jsonl")])
    standoff = Path(export.run(workspace, "1.0.0", STANDOFF).folder)
    (standoff / "train.jsonl").write_bytes(b"")
    with pytest.raises(Unmet, match=r"train\.jsonl: does not match its sum"):
        rehydrate.run(standoff, [str(tmp_path / "articles.jsonl")])


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("text", "Velmora sent ships", "text: "),
        ("title", "Ships 3", "title: "),
        ("title", "text:9-3", "title: text:9-3 is no span"),
    ],
)
def test_text_in_a_standoff_release_is_a_fault(workspace: Workspace, key: str, value: str, says: str) -> None:
    folder = Path(export.run(workspace, "1.0.0", STANDOFF).folder)
    lines = records(folder / "train.jsonl")
    (folder / "train.jsonl").write_text("".join(json.dumps(each | {key: value}) + "\n" for each in lines))
    found = fault(folder)
    assert len([each for each in found if each.startswith("train.jsonl") and says in each]) == len(lines)


# With labels withheld


def test_withheld_labels_lie_beside_and_nowhere_else(workspace: Workspace) -> None:
    done = export.run(workspace, "1.1.0", WITHHELD)
    folder, labels, full = Path(done.folder), Path(done.labels or ""), release(workspace)
    assert verify(folder) == []
    inputs = records(folder / "test.jsonl")
    assert [each["id"] for each in inputs] == [each["id"] for each in records(full / "test.jsonl")]
    for each in inputs:
        assert each["mentions"] == each["events"] == each["stances"] == each["provenance"]["decisions"] == []
        assert {(answer["value"], tuple(answer["distribution"])) for answer in each["document"]} == {(None, ())}
        assert each["provenance"]["resolution"] == "withheld"
    held = {each["id"] for each in inputs}
    assert held.isdisjoint(each["article"] for each in records(folder / "annotations.jsonl"))
    assert records(labels / "test.jsonl") == records(full / "test.jsonl")
    assert {each["article"] for each in records(labels / "annotations.jsonl")} == held
    assert "Gold of test" in (labels / "README.md").read_text("utf-8")
    assert (labels / "SHA256SUMS").read_text("utf-8") == sums(labels)
    assert records(folder / "train.jsonl") == records(full / "train.jsonl")


def test_labels_that_should_be_withheld_are_a_fault(workspace: Workspace) -> None:
    folder, full = Path(export.run(workspace, "1.1.0", WITHHELD).folder), release(workspace)
    shutil.copy(full / "test.jsonl", folder / "test.jsonl")
    assert sum("holds labels, though those of test are withheld" in each for each in fault(folder)) == 2
    shutil.copy(full / "annotations.jsonl", folder / "annotations.jsonl")
    assert sum("is of test, whose labels are withheld" in each for each in fault(folder)) == 4


def test_an_unknown_split_cannot_be_withheld(workspace: Workspace) -> None:
    with pytest.raises(UsageProblem, match="--withhold tset: name some of train, dev, test"):
        export.run(workspace, "1.1.0", Wanted(withhold=("tset",)))


# The card and what belongs to it


def test_the_card_keeps_the_researchers_words(workspace: Workspace) -> None:
    put_card(workspace, "## Why\n\nTo see whether fleets are news.\n")
    told = put_settings(workspace, training="Two days on twelve articles.", gaps="No radio.", annotators="Two students.", license="cc0-1.0")
    for version in ("1.1.0", "1.2.0"):
        card = (Path(export.run(told, version).folder) / "README.md").read_text("utf-8")
        for words in ("## Why\n\nTo see whether fleets are news.", "Two days on twelve articles.", "No radio.", "Two students."):
            assert words in card
        assert "license: cc0-1.0" in card
    changes = (release(workspace, "1.2.0") / "CHANGES.md").read_text("utf-8")
    assert "# Changes since 1.1.0" in changes
    assert "no document moved" in changes


def test_the_card_says_which_articles_were_drawn_after_they_were_labelled(workspace: Workspace) -> None:
    with Store(workspace.store_path) as store:
        train = [article for article, (split, _) in store.splits().items() if split == "train"]
        lock = store.split_lock()
        assert lock is not None
        store.put_split_lock(structs.replace(lock, articles=tuple(each for each in lock.articles if each.article not in train[:2])))
        store.put_split_lock(lock)
    card = (Path(export.run(workspace, "1.1.0").folder) / "README.md").read_text("utf-8")
    assert "Drawn by group, 2 of the articles after they had been labelled (strategy" in card


def test_a_version_too_low_for_what_changed_is_said(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    put_settings(workspace, license="cc0-1.0")
    with caplog.at_level("WARNING", "annotate"):
        export.run(workspace, "1.1.0")
        assert caplog.messages == []
        annotate(workspace, label_nothing)
        export.run(workspace, "1.2.0")
    assert caplog.messages == ["a major change since 1.1.0: the version should be 2.0.0 or higher (CHANGES.md)"]


def test_leaks_are_told_beside_other_faults(workspace: Workspace) -> None:
    folder = release(workspace)
    certificate = json.loads((folder / "leakage.json").read_bytes())
    certificate["checks"][0]["found"] = 7
    (folder / "leakage.json").write_text(json.dumps(certificate), encoding="utf-8")
    (folder / "CHANGES.md").unlink()
    (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")
    done = verify_step.run(folder)
    assert [each.place for each in done.problems] == ["CHANGES.md", "leakage.json"]
    lines = (folder / "train.jsonl").read_bytes()
    (folder / "train.jsonl").write_bytes(lines[:-2])
    assert verify_step.show(verify_step.run(folder)).endswith("the splits were not compared (leakage.json); mend these first")


def test_the_release_says_what_its_articles_were_drawn_from(workspace: Workspace) -> None:
    stratum = Stratum({"publisher": "Velmora Post"}, 5000, 0, 200, 30, 4770, 8, 0, 596.25)
    manifest = Manifest(1, "annotate", Design(8, by=("publisher",)), [], 0, [stratum], True, 0.0)
    (workspace.folder / "samples").mkdir()
    (workspace.folder / "samples" / "0001.json").write_bytes(msgspec.json.encode(manifest))
    folder = Path(export.run(workspace, "1.1.0").folder)
    assert (folder / "samples" / "0001.json").read_bytes() == msgspec.json.encode(manifest)
    assert "8 articles drawn from a pool of 5,000, in strata by publisher" in (folder / "README.md").read_text("utf-8")
    assert json.loads((folder / "release.json").read_bytes())["drawn"][0]["pool"] == 5000


def test_a_name_in_the_researchers_words_stops_the_release(workspace: Workspace) -> None:
    put_card(workspace, "Thanks to Omran Dahesh.\n")
    with pytest.raises(Unmet, match=r"README\.md:\d+: an annotator's name"):
        export.run(workspace, "1.1.0")
    assert not release(workspace, "1.1.0").exists()


def test_other_formats_are_part_of_the_release(workspace: Workspace) -> None:
    folder = Path(export.run(workspace, "1.1.0", formats=("bio",)).folder)
    assert (folder / "formats" / "bio" / "LOSS.md").is_file()
    assert verify_step.run(folder).problems == []
    assert not export.run(workspace, "1.1.0").new
    with pytest.raises(Unmet, match="the same but without brat"):
        export.run(workspace, "1.1.0", formats=("brat",))
    with pytest.raises(UsageProblem, match="--format needs the texts"):
        export.run(workspace, "1.1.0", STANDOFF, formats=("bio",))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlcroissant_validates_and_loads_it(made: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    if find_spec("mlcroissant") is None:
        not_run("mlcroissant is not installed; it is in the dependency group dev")
    mlcroissant: Any = importlib.import_module("mlcroissant")
    folder = release(made)
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert dataset.metadata.ctx.issues.errors == set()
    assert dataset.metadata.data_annotation_platform
    assert {each.id for each in dataset.metadata.record_sets} == {*SPLITS, "annotations"}
    for split in SPLITS:
        loaded, written = list(dataset.records(split)), records(folder / f"{split}.jsonl")
        assert [each[f"{split}/text"].decode() for each in loaded] == [each["text"] for each in written]
        spans = [
            [(m[f"{split}/mentions/start"], m[f"{split}/mentions/text"].decode()) for m in each[f"{split}/mentions"]] for each in loaded
        ]
        assert spans == [[(m["start"], m["text"]) for m in each["mentions"]] for each in written]
        assert [each[f"{split}/date"][f"{split}/date/year"] for each in loaded] == [2025] * len(written)


# Proof


def test_a_certificate_that_is_not_this_releases_is_a_fault(workspace: Workspace) -> None:
    folder = release(workspace)
    certificate = json.loads((folder / "leakage.json").read_bytes())
    certificate["checks"][0]["found"] = 3
    (folder / "leakage.json").write_text(json.dumps(certificate))
    assert fault(folder) == ["leakage.json: is not the file whose sum release.json holds: it was changed after the release was made"]
    said = "leakage.json: exact: says found 3, it is 0; the certificate is not this release's"
    assert [str(each) for each in verify_step.run(folder).problems] == [said]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda c: c["checks"][1]["closest"][0].update(value=0.9),
            "near: says that among the closest is .* at 0.9, it is .*; the certificate",
        ),
        (lambda c: c["checks"][0].update(leak=False), "exact: says leak False, it is True; the certificate is not"),
        (lambda c: c["checks"].pop(2), "checks exact, near, duplicates, .*; what is checked is exact, near, contained"),
        (lambda c: c["checks"].append(c["checks"][0]), "checks exact, .*, exact; what is checked is"),
        (lambda c: c["thresholds"].update(near=0.9), "its threshold near is 0.9, looser than 0.4"),
        (lambda c: c.update(sound=False), "says that the release is not sound, by its checks it is sound"),
    ],
)
def test_what_a_certificate_says_otherwise_is_named(workspace: Workspace, change: Callable[[Any], object], says: str) -> None:
    folder = release(workspace)
    certificate = json.loads((folder / "leakage.json").read_bytes())
    change(certificate)
    (folder / "leakage.json").write_text(json.dumps(certificate))
    (folder / "SHA256SUMS").write_text(sums(folder))
    (problem,) = verify_step.run(folder).problems
    assert problem.place == "leakage.json"
    assert re.match(says, problem.message)


def test_a_stand_off_releases_certificate_is_held_to_what_can_be_told(workspace: Workspace) -> None:
    folder = Path(export.run(workspace, "1.0.0", STANDOFF).folder)
    certificate = json.loads((folder / "leakage.json").read_bytes())
    certificate["documents"]["train"] += 1
    (folder / "leakage.json").write_text(json.dumps(certificate))
    (folder / "SHA256SUMS").write_text(sums(folder))
    assert [str(each) for each in verify_step.run(folder).problems] == [
        "leakage.json: is of 6 train, 1 dev and 2 test documents; the release holds 5 train, 1 dev and 2 test documents"
    ]


def test_names_of_a_file_are_looked_for(made: Workspace, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Nobody There\nsailing\n")
    assert verify_step.run(release(made), tmp_path / "names.txt").problems == []  # it stands in the articles' own text
    (tmp_path / "names.txt").write_text("annotate 0\n")
    assert {each.message for each in verify_step.run(release(made), tmp_path / "names.txt").problems} == {"an annotator's name"} | {
        "an annotator's name in provenance"
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A release that annotate 0.1.0 wrote before releases said their format."""
    with tarfile.open(Path(__file__).parent / "release_format_1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "sample-1.0.0"


def test_a_release_of_the_first_format_still_verifies(old: Path) -> None:
    assert verify_step.run(old).problems == []
    assert len(gold_of(old)) == 3


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("train.jsonl", b'"start":11', b'"start":12', "its text is not what its offsets slice"),
        (
            "schema/record.schema.json",
            b'"additionalProperties": false',
            b'"additionalProperties": true',
            "lets keys be missing, or others in",
        ),
        ("schema/record.schema.json", b'"stances"', b'"stanzas"', "has no stances"),
        ("schema/annotation.schema.json", b"{", b"", "is no JSON Schema|does not describe a record"),
        ("splits.lock.json", b'"train"', b'"dev"', "but not locked there"),
    ],
)
def test_faults_of_the_first_format_are_named(old: Path, file: str, before: bytes, after: bytes, says: str) -> None:
    body = (old / file).read_bytes()
    assert before in body
    (old / file).write_bytes(body.replace(before, after))
    found = fault(old)
    assert found
    assert all(any(part in each for part in says.split("|")) for each in found)


# Bad days

KILLED_AT = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, getattr(signal, sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
sys.argv[1:] = ["export", "--workspace", sys.argv[3], "--version", "1.1.0"]
from annotate.cli import main
main()
"""


def export_until(workspace: Workspace, size: int, then: str) -> subprocess.CompletedProcess[str]:
    """`annotate export` on which the disk takes no more than ``size`` bytes a file; SIG_DFL: it is killed there, SIG_IGN: it is told."""
    (workspace.folder / "annotate.toml").write_text('[export]\nname = "sample"\n')
    words = [sys.executable, "-c", KILLED_AT, then, str(size), str(workspace.folder)]
    return subprocess.run(words, check=False, capture_output=True, text=True)


def test_killed_at_any_byte_no_half_release_is_in_place(workspace: Workspace) -> None:
    before = contents(release(workspace))
    for size in (40_000, 90_000, 150_000):  # of agreement.json, of Croissant and others
        assert export_until(workspace, size, "SIG_DFL").returncode == -signal.SIGXFSZ
        assert [path.name for path in workspace.exports.iterdir() if not path.name.startswith(".")] == ["sample-1.0.0"]
    assert contents(release(workspace)) == before
    assert export.run(workspace, "1.1.0").new
    assert sorted(path.name for path in workspace.exports.iterdir()) == ["sample-1.0.0", "sample-1.1.0"]


def test_a_disk_that_is_full_is_said_and_leaves_nothing(workspace: Workspace) -> None:
    before = contents(release(workspace))
    done = export_until(workspace, 90_000, "SIG_IGN")
    assert (done.returncode, done.stdout) == (1, "")
    assert "File too large; nothing was put in place: mend that and run it again" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in workspace.exports.iterdir()] == ["sample-1.0.0"]
    assert contents(release(workspace)) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for 256 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=False, capture_output=True, text=True)
    if mounted.returncode:
        not_run(f"no small file system could be mounted: {mounted.stderr.strip()}", "test_a_disk_that_is_full_is_said_and_leaves_nothing")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("full", ["exports", "temporary files"])
def test_a_small_disk_that_is_full_is_named_with_its_remedy(workspace: Workspace, small_disk: Path, full: str) -> None:
    """It is the exports' own, or that of temporary files, which has a page left."""
    before = contents(release(workspace))
    settings = '[export]\nname = "sample"\n' + (f'folder = "{small_disk / "exports"}"\n' if full == "exports" else "")
    (workspace.folder / "annotate.toml").write_text(settings)
    if full != "exports":
        (small_disk / "filler").write_bytes(bytes(252 * 1024))
    words = [sys.executable, "-m", "annotate", "export", "--workspace", str(workspace.folder), "--version", "1.1.0"]
    environment = os.environ | ({} if full == "exports" else {"TMPDIR": str(small_disk)})
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"annotate: {small_disk}.*: No space left on device; .* run it again\n", done.stderr)
    assert contents(Path(workspace.exports / "sample-1.0.0")) == before
    assert not [path for path in (*workspace.exports.iterdir(), *small_disk.glob("exports/*")) if path.name != "sample-1.0.0"]


PUT_IN_ORDER = """
import numpy as np
from annotate.errors import Unmet
from annotate.release.spooled import Spooled
spool = Spooled()
spool.append(np.arange(15_000, dtype=np.uint64) << np.uint64(50))
try:
    list(spool.by_range(1000))
except Unmet as error:
    print(error)
"""


def test_a_disk_without_room_for_hashes_in_order_is_named_with_its_remedy(small_disk: Path) -> None:
    """They fit once, not twice."""
    environment = os.environ | {"TMPDIR": str(small_disk)}
    done = subprocess.run([sys.executable, "-c", PUT_IN_ORDER], check=True, capture_output=True, text=True, env=environment)
    assert re.fullmatch(rf"{small_disk}: No space left on device; .* run it again\n", done.stdout)


KILLED_AT_RANDOM = """
import os, random, shutil, signal, sys
from pathlib import Path
from annotate.release.verify.folder import verify
from annotate.steps import export
from annotate.workspace import find_workspace

workspace = find_workspace(Path(sys.argv[1]), {})
place = workspace.exports / "sample-1.1.0"

def started(kill_at):
    # The kill comes at one of the moments at which Python opens, makes, renames or removes something, or calls into the database.
    if (child := os.fork()) == 0:
        left = kill_at
        def moment(event, given):
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(moment)
        export.run(workspace, "1.1.0")
        Path(sys.argv[2]).write_text(str(kill_at - left))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

for _ in range(2):  # the first one makes what later ones find made: compiled files
    shutil.rmtree(place, ignore_errors=True)
    assert started(10**9) == 0
moments = int(Path(sys.argv[2]).read_text())
for seed in range(20):
    shutil.rmtree(place, ignore_errors=True)
    ended = started(random.Random(seed).randrange(1, moments))
    seen = sorted(path for path in workspace.exports.iterdir() if not path.name.startswith("."))
    print(ended, [path.name for path in seen], [str(each) for path in seen for each in verify(path)], flush=True)
assert started(10**9) == 0
print("end", sorted(path.name for path in workspace.exports.iterdir()), verify(place))
"""


def test_killed_at_any_instant_no_half_release_is_in_place(workspace: Workspace, tmp_path: Path) -> None:
    """Each of the twenty runs finds what the one before it left; a release that is in place is whole."""
    before = contents(release(workspace))
    (workspace.folder / "annotate.toml").write_text('[export]\nname = "sample"\n')
    words = [sys.executable, "-c", KILLED_AT_RANDOM, str(workspace.folder), str(tmp_path / "moments")]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    *seeds, end = done.stdout.splitlines()
    assert len(seeds) == 20
    assert all(re.fullmatch(r"(-9|0) \['sample-1.0.0'(, 'sample-1.1.0')?\] \[\]", line) for line in seeds)
    # A run that finds something left takes fewer moments than the one that was counted, and may be done before it is killed.
    assert sum(line.startswith("-9") for line in seeds) >= 10
    assert end == "end ['sample-1.0.0', 'sample-1.1.0'] []"
    assert contents(release(workspace)) == before


def test_half_of_a_gold_makes_no_release(workspace: Workspace) -> None:
    database = sqlite3.connect(workspace.store_path)
    database.execute("DELETE FROM gold WHERE article = 'v-5'")
    database.commit()
    database.close()
    with pytest.raises(BadInput, match=r"the gold of 1 articles is older than their annotations \(v-5 …\); run `annotate gold`"):
        export.run(workspace, "1.1.0")
    assert [path.name for path in workspace.exports.iterdir()] == ["sample-1.0.0"]
