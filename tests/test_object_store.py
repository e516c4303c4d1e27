"""`annotate pool` and `annotate sample` on an S3-compatible store, as a user runs them: a real server, its address in the environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from annotate.workspace import Workspace
from benchmarks.peers import python_of
from tests.articles import stored
from tests.conftest import ROOT, not_run
from tests.test_pool import contents, jsonl, made, rows

if find_spec("daft") is None:
    not_run("Daft is not installed; it comes with the extra corpus")
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, S3FileSystem

SERVER = ("moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5")  # in an environment of its own
KEYS = {"AWS_ACCESS_KEY_ID": "nadira", "AWS_SECRET_ACCESS_KEY": "of-velmora", "AWS_DEFAULT_REGION": "us-east-1"}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """What names a store of the tests' own."""
    try:
        python = python_of(*SERVER)
    except subprocess.CalledProcessError as error:
        not_run(f"{SERVER[0]} cannot be installed ({error})")
    words = [str(python.with_name("moto_server")), "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next(line.split()[-1] for line in server.stderr if "Running on http" in line)
        reading = threading.Thread(target=server.stderr.read)  # else the server would wait for somebody to read its log
        reading.start()
        try:
            yield os.environ | KEYS | {"AWS_ENDPOINT_URL": address, "PYTHONPATH": str(ROOT)}
        finally:
            server.terminate()
            reading.join()


@pytest.fixture(scope="module")
def store(environment: Mapping[str, str]) -> S3FileSystem:
    system = S3FileSystem(
        access_key=KEYS["AWS_ACCESS_KEY_ID"],
        secret_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region=KEYS["AWS_DEFAULT_REGION"],
        endpoint_override=environment["AWS_ENDPOINT_URL"],
        allow_bucket_creation=True,
    )
    for bucket in ("news", "pools"):
        system.create_dir(bucket)
    return system


@pytest.fixture
def run(environment: Mapping[str, str]) -> Run:
    """`annotate` with these words."""

    def ran(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "annotate", "--quiet", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)

    return ran


def put(store: S3FileSystem, key: str, file: str) -> None:
    with store.open_output_stream(key) as out:
        out.write(Path(file).read_bytes())


def of_store(store: S3FileSystem, folder: str) -> list[dict[str, Any]]:
    files = sorted(each.path for each in store.get_file_info(FileSelector(folder)) if each.path.endswith(".parquet"))
    return [row for path in files for row in pq.read_table(path, filesystem=store).to_pylist()]


def test_a_pool_and_a_sample_of_a_store_are_those_of_files(
    store: S3FileSystem, run: Run, make_workspace: Callable[[str], Workspace], tmp_path: Path
) -> None:
    path = jsonl(tmp_path / "in", "a.jsonl", [*rows(), "{"])
    made(tmp_path / "pool", path)
    put(store, "news/2031/deep/a.jsonl", path)
    done = run("pool", "s3://news/2031", "--out", "s3://pools/first", "--json")
    assert done.returncode == 3, done.stderr
    assert [each["place"] for each in json.loads(done.stdout)["pool"]["problems"]] == ["s3://news/2031/deep/a.jsonl:61"]
    assert of_store(store, "pools/first") == contents(tmp_path / "pool")
    assert {each.base_name for each in store.get_file_info(FileSelector("pools/first"))} == {"part-000000.parquet", "_pool.json"}
    assert run("pool", "s3://news/2031", "--out", "s3://pools/first", "--json").stdout == done.stdout
    drawn = {}
    for name, where in (("there", "s3://pools/first"), ("here", str(tmp_path / "pool"))):
        drawn[name] = make_workspace(name)
        sampled = run("sample", where, "--size", "9", "--by", "length", "-w", str(drawn[name].folder))
        assert sampled.returncode == 0, sampled.stderr
    assert len(stored(drawn["there"])) == 9
    assert stored(drawn["there"]) == stored(drawn["here"])


def test_a_run_on_a_store_that_was_killed_is_gone_on_with(
    store: S3FileSystem, environment: Mapping[str, str], run: Run, tmp_path: Path
) -> None:
    path = jsonl(tmp_path / "in", "a.jsonl", rows())
    made(tmp_path / "pool", path)
    put(store, "news/killed/a.jsonl", path)
    words = [sys.executable, "-m", "annotate", "pool", "s3://news/killed", "--out", "s3://pools/killed"]
    first = FileSelector("pools/killed/.work/clean", allow_not_found=True)
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as begun:
        while not store.get_file_info(first):
            assert begun.poll() is None
        begun.kill()
    assert begun.returncode == -signal.SIGKILL
    assert not of_store(store, "pools/killed")
    done = run("pool", "s3://news/killed", "--out", "s3://pools/killed")
    assert done.returncode == 0, done.stderr
    assert of_store(store, "pools/killed") == contents(tmp_path / "pool")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("pool", "s3://news/none", "--out", "s3://pools/x"), "s3://news/none: no .parquet or .jsonl file there; check the name"),
        (("pool", "s3://elsewhere", "--out", "s3://pools/x"), "s3://elsewhere: no .parquet or .jsonl file there; check the name"),
        (("pool", "s3://news/some", "--out", "s3://elsewhere/x"), "s3://elsewhere/x: cannot be read or written"),
    ],
)
def test_what_is_not_there_is_told(store: S3FileSystem, run: Run, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    put(store, "news/some/a.jsonl", jsonl(tmp_path, "a.jsonl", rows(3)))
    done = run(*words)
    assert done.returncode == 3
    assert message in done.stderr
    assert "Traceback" not in done.stderr
