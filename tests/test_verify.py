"""verify: what stops it, what it lets pass, and the command that ML teams run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.release.verify.folder import verify
from annotate.release.verify.words import named_problems
from annotate.steps import export
from tests.planting import ADDRESS, SLICE, TRAIN, put, refit, resum
from tests.releases import TEXT, annotate, label_all, new_workspace


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_spoilt_byte_stops_verify(small: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Whatever stands there, it answers; and a byte that is another is never overlooked."""
    folder = tmp_path / "release"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(small, folder)
    name = data.draw(st.sampled_from(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())))
    body = (folder / name).read_bytes()
    start = data.draw(st.integers(0, max(len(body) - 1, 0)))
    put_there = data.draw(st.sampled_from([b"", b"5", b"null", b"[]", b"{}", b'"x"', b"\xff", b"\n", b"\x00", b"[" * 2000]))
    spoilt = body[:start] + put_there + body[start + data.draw(st.integers(0, 40)) :]
    (folder / name).write_bytes(spoilt)
    assert (verify(folder) != []) == (spoilt != body)
    if name != "SHA256SUMS":
        resum(folder)
    verify(folder)


def test_an_empty_folder_lacks_every_file(tmp_path: Path) -> None:
    assert {each.message for each in verify(tmp_path)} == {"missing"}
    assert {each.place for each in verify(tmp_path)} >= {"train.jsonl", "SHA256SUMS", "schema/schema.yaml"}


def test_addresses_in_an_articles_own_text_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "articles.jsonl").write_text(
        json.dumps({"id": "v-1", "title": f"Write to {ADDRESS}", "text": TEXT.format(ADDRESS), "rights": "CC0-1.0"})
    )
    workspace = new_workspace(tmp_path / "work", tmp_path / "articles.jsonl")
    annotate(workspace, label_all)
    assert verify(Path(export.run(workspace, "1.0.0").folder)) == []


# The command


def run_verify(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`annotate verify` as a user runs it, in a folder that is no workspace."""
    program = Path(sys.executable).with_name("annotate")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANNOTATE_", "LABEL_STUDIO_"))}
    return subprocess.run([program, "verify", *words], cwd=cwd, env=environment, check=False, capture_output=True, text=True)


def test_the_command_calls_a_sound_release_sound(small: Path, tmp_path: Path) -> None:
    done = run_verify(tmp_path, str(small))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{small}: sound\n", "")
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_the_fault_and_exits_1(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small, tmp_path / "release")
    put(TRAIN, "mentions.0.start", 10)(tmp_path / "release")
    refit(tmp_path / "release")
    done = run_verify(tmp_path, "release")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("release: 1 faults\n  train.jsonl:1: ")
    assert f"mentions-1: {SLICE}" in done.stdout
    as_json = run_verify(tmp_path, "release", "--json")
    assert (as_json.returncode, [each["place"] for each in json.loads(as_json.stdout)["problems"]]) == (1, ["train.jsonl:1"])


def test_the_command_wants_a_folder_that_is_there(tmp_path: Path) -> None:
    done = run_verify(tmp_path, "nothing")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "annotate: nothing: no such folder; name the folder of a release\n"


def test_labels_that_a_release_withholds_are_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "small-1.0.0-labels").mkdir()
    done = run_verify(tmp_path, "small-1.0.0-labels")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("holds labels that the release beside it withholds, for `annotate score --gold`; name that release\n")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("seen by Omran Dahesh.", True),
        ("seen by OMRAN DAHESH", True),
        ("seen by omran dahe\u017fh", True),  # the long s
        ("seen by Omran Daheshi", False),
        ("كتب Omran Dahesh هذا، straße", True),
        ("straße", False),
    ],
)
@pytest.mark.parametrize("others", [(), ("نادرة طويل",)], ids=["plain names", "an Arabic name too"])
def test_a_name_is_found_in_capital_and_small_letters(tmp_path: Path, line: str, found: bool, others: tuple[str, ...]) -> None:
    (tmp_path / "CHANGES.md").write_text(f"{line}\n", "utf-8")
    assert [str(each) for each in named_problems(tmp_path, ("Omran Dahesh", *others))] == ["CHANGES.md:1: an annotator's name"] * found
