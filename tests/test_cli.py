"""The command as its users type it: help, exit codes, streams."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from annotate import __version__
from annotate.cli import PIPELINE
from tests.conftest import ROOT

COMMANDS = [*(name for name in PIPELINE if name not in ("studio", "schema", "adjudicate", "import"))]
COMMANDS += ["studio up", "studio down", "studio status", "studio invite", "schema check", "schema build", "import brat"]
COMMANDS += ["adjudicate push", "adjudicate pull", "adjudicate status", "adjudicate agree"]


def annotate(*words: str, cwd: Path | None = None, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ANNOTATE_", "LABEL_STUDIO_"))}
    return subprocess.run(
        [sys.executable, "-m", "annotate", *words],
        cwd=cwd,
        input=stdin,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_the_pipeline_in_order() -> None:
    listed = re.findall(r"^  (\w+)  ", annotate("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert tuple(listed) == PIPELINE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_that_is_of_it(command: str) -> None:
    """On one line, so that it can be copied."""
    help_ = annotate(*command.split(), "--help", COLUMNS="80").stdout
    assert re.search(rf"^  Example: annotate {command}\b.*\n\n", help_, re.MULTILINE), help_


@pytest.mark.parametrize("words", [(), ("studio",), ("adjudicate",)])
def test_no_command_is_told_by_half_a_sentence(words: tuple[str, ...]) -> None:
    assert "..." not in annotate(*words, "--help", COLUMNS="80").stdout.partition("Commands:")[2]


def test_every_command_is_in_the_changelog_and_the_readme_shows_the_line() -> None:
    changelog, readme = ((ROOT / name).read_text("utf-8") for name in ("CHANGELOG.md", "README.md"))
    assert all(f"`{command}`" in changelog for command in PIPELINE)
    assert all(f"annotate {command}" in readme or f"make {command}" in readme for command in PIPELINE if command != "schema")


def test_version() -> None:
    assert annotate("--version").stdout.strip() == __version__


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, annotate.cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "httpx", "label_studio_sdk", "msgspec", "yaml"} & set(loaded)


@pytest.mark.parametrize(
    "words", [("unknown",), ("push", "--unknown"), ("ingest",), ("init", "x", "--schema", "none-such"), ("agree", "--seed", "-1")]
)
def test_words_that_are_off_exit_2(words: tuple[str, ...], tmp_path: Path) -> None:
    done = annotate(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_no_workspace_exits_3_and_says_what_to_do(tmp_path: Path) -> None:
    done = annotate("push", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "annotate init" in done.stderr


def test_no_server_exits_4_and_says_what_to_do(tmp_path: Path) -> None:
    annotate("init", ".", cwd=tmp_path)
    done = annotate("push", cwd=tmp_path)
    assert done.returncode == 4
    assert "annotate studio up" in done.stderr
    unreachable = annotate("pull", cwd=tmp_path, LABEL_STUDIO_URL="http://127.0.0.1:9", LABEL_STUDIO_API_KEY="secret-token")
    assert unreachable.returncode == 4
    assert "secret-token" not in unreachable.stdout + unreachable.stderr


def test_a_bad_article_exits_3_and_the_rest_goes_in(tmp_path: Path) -> None:
    annotate("init", ".", cwd=tmp_path)
    done = annotate("ingest", "-", "--json", cwd=tmp_path, stdin='{"id": "a", "text": "One."}\nnot json\n{"id": "b", "text": "Two."}\n')
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert answer["new"] == ["a", "b"]
    assert [problem["place"] for problem in answer["problems"]] == ["standard input:2"]


def test_flags_beat_environment_beats_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        annotate("init", name, cwd=tmp_path)
    settings = tmp_path / "one" / "annotate.toml"
    settings.write_text(settings.read_text("utf-8").replace('strategy = "majority"', 'strategy = "none-such"'), "utf-8")
    (tmp_path / "a.txt").write_text("A text.", "utf-8")
    here = {"cwd": tmp_path, "ANNOTATE_WORKSPACE": str(tmp_path / "two")}
    assert json.loads(annotate("ingest", "a.txt", "--json", **here).stdout)["new"] == ["a"]  # type: ignore[arg-type]
    assert json.loads(annotate("ingest", "a.txt", "--json", "-w", "one", **here).stdout)["new"] == ["a"]  # type: ignore[arg-type]
    assert json.loads(annotate("split", "--json", **here).stdout)["drawn"] == 1  # type: ignore[arg-type]


def test_a_setting_that_is_unknown_is_named(tmp_path: Path) -> None:
    annotate("init", ".", cwd=tmp_path)
    with (tmp_path / "annotate.toml").open("a", encoding="utf-8") as file:
        file.write("\n[studoi]\nurl = 1\n")
    done = annotate("split", cwd=tmp_path)
    assert done.returncode == 3
    assert "studoi" in done.stderr
    assert "annotate.toml" in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in annotate("--debug", "push", cwd=tmp_path).stderr


def test_verify_needs_only_the_base_install(tmp_path: Path) -> None:
    """With everything of the extras made unimportable, a missing release is still an answer, and push names the extra."""
    extras = ("httpx", "label_studio_sdk", "psutil", "tenacity")
    code = f"import sys; sys.modules.update(dict.fromkeys({extras!r})); from annotate.cli import main; main()"

    def base(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert base("verify", "nowhere").returncode == 3
    assert base("init", ".").returncode == 0
    assert base("agree").returncode == 0
    assert base("gold").returncode == 0
    done = base("push")
    assert done.returncode == 2
    assert "annotate[studio]" in done.stderr


def test_interrupted_exits_130(tmp_path: Path) -> None:
    annotate("init", ".", cwd=tmp_path)
    command = [sys.executable, "-m", "annotate", "ingest", "-"]
    # A test run in the background has SIGINT ignored, and its children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        signal.signal(signal.SIGINT, before)
        store = tmp_path / "annotate.sqlite-wal"
        until = time.monotonic() + 30
        while not store.exists() and time.monotonic() < until:
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
