"""`annotate pool`: the same articles as ingest makes, whatever the engine and the shards; killed, it goes on; bad rows are named."""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pandas
import pytest
from typer.testing import CliRunner

from annotate.cli import app
from annotate.corpus.duplicates import find_duplicates
from annotate.corpus.sentences import sentences
from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.records import Article, Source
from annotate.steps import ingest, sample
from annotate.tokens import tokens
from annotate.workspace import Workspace
from annotate.workspace_lock import LOCK, one_at_a_time
from tests.articles import stored
from tests.conftest import ROOT, not_run

if find_spec("daft") is None:
    not_run("Daft is not installed; it comes with the extra corpus")
import pyarrow as pa
import pyarrow.parquet as pq

from annotate.corpus.at_scale.build import Pool, make_pool
from annotate.corpus.at_scale.shards import rows_of, shards_of
from annotate.corpus.inputs import inputs_of
from annotate.corpus.sampling.design import Design
from tests.pool_script import sampled

WORDS = (
    "السفن",
    "فيلمورا",
    "قادريا",
    "المجلس",
    "أعلنت",
    "وزارة",
    "harbour",
    "ships",
    "Velmora",
    "Qadria",
    "council",
    "said",
    "talks",
    "Tasrin",
)
LAST = "أعلنت فيلمورا يوم السبت أن السفن وصلت إلى الميناء كلها بعد رحلة طويلة من قادريا."
OUTLETS = ("Tasrin Post", "صوت تسرين", None)


def rows(count: int = 60) -> list[dict[str, Any]]:
    """Articles of three outlets; some are copies, some name their group, one outlet repeats a line in the body."""
    draw = random.Random(3)
    made: list[dict[str, Any]] = []
    for number in range(count):
        words = [f"{draw.choice(WORDS)}{draw.randrange(400)}" for _ in range(draw.randint(30, 120))]
        if number % 5 == 4:
            words = made[draw.randrange(number)]["words"][5:]
        middle = "Our river, our voice" if number % 3 == 0 else f"line {number}"
        text = f"Ships, part {number}\n14 March 2031\n{' '.join(words)}.\n{middle}\n{LAST}"
        made.append(
            {"id": str(number) if number % 7 == 0 else f"v{number}", "words": words, "text": text, "publisher": OUTLETS[number % 3]}
        )
    year = {"year": 2030, "precision": "year", "basis": "metadata"}
    given: dict[int, dict[str, Any]] = {4: {"duplicates": "my-own"}, 5: {"date": "2031-03-14"}, 6: {"date": year}}
    made = [row | given.get(number, {}) for number, row in enumerate(made)]
    return [{key: value for key, value in row.items() if key != "words" and value is not None} for row in made]


def jsonl(folder: Path, name: str, given: list[Any]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n" for each in given), "utf-8")
    return str(path)


def contents(out: Path) -> list[dict[str, Any]]:
    """All rows of a pool, in order."""
    return [row for path in sorted(out.glob("part-*.parquet")) for row in pq.read_table(path).to_pylist()]


def made(out: Path, *paths: str, most_bytes: int = 4000, most_rows: int = 25) -> Pool:
    return make_pool(inputs_of(paths), str(out), most_bytes=most_bytes, most_rows=most_rows)


def in_process(out: Path, path: str, engine: str = "native", die_at: str = "") -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "tests.pool_script", str(out), engine, die_at, path]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_raylet_start_wait_time_s": "300",
        "RAY_agent_register_timeout_ms": "300000",
    }
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> str:
    return jsonl(tmp_path_factory.mktemp("in"), "a.jsonl", rows())


@pytest.fixture(scope="module")
def expected(articles: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pool of these articles."""
    out = tmp_path_factory.mktemp("pools") / "pool"
    made(out, articles)
    return out


# The same as ingest


def test_a_pool_holds_what_ingest_would_have_stored(expected: Path, articles: str, workspace: Workspace) -> None:
    ingest.run(workspace, [articles])
    there = {each.original_id or each.id: each for each in stored(workspace).values()}
    pool = contents(expected)
    assert [row["id"] for row in pool] == [row["id"] for row in rows()]
    for row in pool:
        article = there[row["id"]]
        assert row["text"] == article.text
        assert [(zone["start"], zone["end"], zone["label"]) for zone in row["zones"]] == [(z.start, z.end, z.label) for z in article.zones]
        assert row["paragraphs"] == list(msgspec.to_builtins(article.paragraphs))
        assert row["date"] == msgspec.to_builtins(article.date)
        assert (row["date_span"], row["date_doubt"]) == (list(article.date_span) if article.date_span else None, article.date_doubt)
        assert {name: row[name] for name in Source.__struct_fields__} == msgspec.to_builtins(article.source)
        assert (row["lang"], row["duplicates"], row["story"]) == (article.lang, article.duplicates, article.story)
        assert (row["tokens"], row["sentences"]) == (len(tokens(article.text)), len(list(sentences(article.text))))
        assert row["sha256"] == article.sha256


def test_lines_that_an_outlet_repeats_are_marked_and_copies_are_grouped(expected: Path) -> None:
    pool = contents(expected)
    marked = {row["text"][zone["start"] : zone["end"]] for row in pool for zone in row["zones"] if zone["label"] == "boilerplate"}
    assert "Our river, our voice" in marked
    assert "line 1" not in marked
    described = msgspec.json.decode((expected / "_pool.json").read_bytes(), type=Pool)
    assert described.marked == 20
    assert described.copies == sum(row["duplicates"] is not None for row in pool)
    assert described.links["near"] > 0
    assert "my-own" in {row["duplicates"] for row in pool}
    assert not (expected / ".work").exists()


def test_other_readers_of_parquet_take_the_folder_as_it_is(expected: Path) -> None:
    assert list(pandas.read_parquet(expected)["id"]) == [row["id"] for row in contents(expected)]


# Whatever the shards and the engine


@pytest.mark.parametrize("most_bytes", [700, 10_000, 10**9])
def test_shards_make_no_difference(expected: Path, articles: str, tmp_path: Path, most_bytes: int) -> None:
    made(tmp_path / "pool", articles, most_bytes=most_bytes)
    assert contents(tmp_path / "pool") == contents(expected)


def test_parquet_and_several_files_make_no_difference(expected: Path, tmp_path: Path) -> None:
    given = rows()
    jsonl(tmp_path / "in", "a.jsonl", given[:31])
    table = pa.Table.from_pylist([{"date": None, **row, "other": 1} for row in given[31:]])
    pq.write_table(table, tmp_path / "in" / "b.parquet", row_group_size=4)
    made(tmp_path / "pool", str(tmp_path / "in"), most_rows=9)
    assert contents(tmp_path / "pool") == contents(expected)


def test_a_ray_cluster_of_two_workers_makes_no_difference(expected: Path, articles: str, tmp_path: Path) -> None:
    try:
        import ray  # noqa: F401
    except ImportError:
        not_run("Ray is not installed; it comes with the extra cluster")
    done = in_process(tmp_path / "pool", articles, engine="ray")
    assert done.returncode == 0, done.stderr
    workers, sample_there = done.stdout.splitlines()
    assert workers == "2"
    assert contents(tmp_path / "pool") == contents(expected)
    whole = tmp_path / "whole" / "all.parquet"
    whole.parent.mkdir()
    pq.write_table(pa.concat_tables(pq.read_table(path) for path in sorted(expected.glob("part-*.parquet"))), whole)
    assert json.loads(sample_there) == json.loads(msgspec.json.encode(sampled(str(whole.parent))))


def test_the_links_are_those_that_are_found_in_memory(expected: Path) -> None:
    def body(row: dict[str, Any]) -> str:
        return "\n".join(row["text"][zone["start"] : zone["end"]] for zone in row["zones"] if zone["label"] == "body")

    found = find_duplicates((row["id"], body(row)) for row in contents(expected))
    described = msgspec.json.decode((expected / "_pool.json").read_bytes(), type=Pool)
    assert described.links == {kind: sum(link.kind == kind for link in found.links) for kind in ("exact", "near", "contained")}
    assert (described.groups, described.largest_size) == (len(found.clusters), len(found.largest))
    assert len(found.links) > 5


# Killed


STAGES = (
    "clean-lines/000001.pq",
    "clean/000002.json",
    "refused.pq",
    "recurring.pq",
    "mark/000001.json",
    "pairs-within/000000.json",
    "sides/000003.pq",
    "groups.pq",
    "part-000002.parquet",
    "_pool.json",
)


def killed_at(stage: str, out: Path, path: str) -> None:
    assert in_process(out, path, die_at=stage).returncode == -signal.SIGKILL
    assert not (out / "_pool.json").exists()
    assert (out / ".work" / "plan").exists()


@pytest.mark.parametrize("stage", STAGES)
def test_a_pool_that_was_killed_is_gone_on_with(
    expected: Path, articles: str, tmp_path: Path, stage: str, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "pool"
    killed_at(stage, out, articles)
    with caplog.at_level("INFO"):
        made(out, articles)
    assert caplog.messages[0] == f"going on with what was begun in {out}"
    assert contents(out) == contents(expected)
    assert (out / "_pool.json").read_bytes() == (expected / "_pool.json").read_bytes()
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in expected.iterdir())


def test_what_was_done_is_not_done_again(articles: str, tmp_path: Path) -> None:
    out = tmp_path / "pool"
    killed_at("mark/000003.json", out, articles)
    place = out / ".work" / "clean" / "000002.json"
    place.write_bytes(place.read_bytes().replace(b'"problems":[]', b'"problems":[[1,"left by the first run"]]'))
    assert [each.message for each in made(out, articles).problems] == ["left by the first run"]


def test_what_was_begun_of_other_files_is_begun_anew(expected: Path, articles: str, tmp_path: Path) -> None:
    out, other = tmp_path / "pool", jsonl(tmp_path / "other", "a.jsonl", rows(20))
    killed_at("mark/000001.json", out, other)
    made(out, articles)
    assert contents(out) == contents(expected)


def test_parts_of_what_was_begun_of_other_files_do_not_stay(tmp_path: Path) -> None:
    """The first run is killed as it writes the parts, of which the second has fewer."""
    out, few = tmp_path / "pool", rows(5)
    killed_at("_pool.json", out, jsonl(tmp_path / "first", "a.jsonl", rows()))
    assert len(list(out.glob("part-*"))) > 1
    made(out, jsonl(tmp_path / "second", "a.jsonl", few), most_bytes=10**9)
    assert [row["id"] for row in contents(out)] == [row["id"] for row in few]


def test_a_pool_in_the_folder_of_its_input_is_not_read_as_input(tmp_path: Path) -> None:
    jsonl(tmp_path, "a.jsonl", rows(12))
    out = tmp_path / "deep" / "pool"
    first = made(out, str(tmp_path))
    assert made(out, str(tmp_path)) == first
    assert made(out, str(tmp_path), f"{out}/part-000000.parquet") == first
    (out / "_pool.json").unlink()
    with pytest.raises(BadInput, match=r"holds part-000000\.parquet, which would pass for a part"):
        made(out, str(tmp_path))


@pytest.mark.parametrize(("folder", "place"), [("{}", "file://{}"), ("file://{}", "{}"), ("file://{}", "file://{}")])
def test_it_is_known_by_path_and_by_url(tmp_path: Path, folder: str, place: str) -> None:
    jsonl(tmp_path / "خبر", "a.jsonl", rows(12))
    paths, out = [folder.format(tmp_path / "خبر")], place.format(tmp_path / "خبر" / "pool")
    assert make_pool(inputs_of(paths), out) == make_pool(inputs_of(paths), out)


def test_a_place_that_cannot_be_written_to_is_refused(articles: str) -> None:
    with pytest.raises(BadInput, match=r"^ftp://velmora\.example/pool: cannot be written to .*; name a folder, or a URL"):
        make_pool(inputs_of([articles]), "ftp://velmora.example/pool")


def test_a_second_run_into_the_same_folder_waits_for_nobody(articles: str, expected: Path, tmp_path: Path) -> None:
    out = tmp_path / "pool"
    out.mkdir()
    with one_at_a_time(out, "pool"), pytest.raises(Unmet, match=r"`annotate pool` \(process \d+, since .*\) is at work here; wait"):
        made(out, articles)
    made(out, articles)
    assert contents(out) == contents(expected)
    assert not (out / LOCK).exists()


def test_a_pool_that_is_there_stays_as_it_is(expected: Path, articles: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in expected.iterdir()}
    assert made(expected, articles) == msgspec.json.decode((expected / "_pool.json").read_bytes(), type=Pool)
    assert {path: path.stat().st_mtime_ns for path in expected.iterdir()} == before


def test_a_folder_of_another_pool_or_of_other_files_is_refused(expected: Path, articles: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds a pool of other files"):
        made(expected, jsonl(tmp_path, "b.jsonl", rows(3)))
    with pytest.raises(BadInput, match="would pass for a part of the pool"):
        made(Path(articles).parent, articles)


# Bad input


def test_bad_rows_are_named_by_file_and_line_and_the_rest_goes_in(tmp_path: Path) -> None:
    good = rows(40)
    bad = [
        *good[:9],
        '{"id": "broken',
        "",
        '"a string"',
        {"id": "empty", "text": " "},
        *good[9:],
        {"id": good[3]["id"], "text": "another"},
        good[5],
    ]
    path = jsonl(tmp_path, "a.jsonl", bad)
    found = made(tmp_path / "pool", path, most_bytes=1500)
    assert (found.articles, found.repeated) == (40, 1)
    assert [row["id"] for row in contents(tmp_path / "pool")] == [row["id"] for row in good]
    assert [(each.place, each.message[:33]) for each in found.problems] == [
        (f"{path}:10", "not a JSON object in UTF-8 (JSON "),
        (f"{path}:12", "not a JSON object with an article"),
        (f"{path}:13", "empty text; remove the article or"),
        (f"{path}:45", f"id {good[3]['id']!r} with another text stands at {path}:4 too"[:33]),
    ]


def test_lines_of_every_kind_are_read_once(tmp_path: Path) -> None:
    """Shards that begin and end anywhere, also inside a character or a byte order mark."""
    lines = [json.dumps({"id": f"v{number}", "text": "سفن " * (number % 4 + 1)}, ensure_ascii=False) for number in range(30)]
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + "\n".join([lines[0], "", *lines[1:12], "  \r"]).encode() + b"\n\xff\xfe\n" + "\n".join(lines[12:]).encode()
    )
    for size in (1, 7, 50, 51, 52, 53, 10_000):
        found = [row for shard in shards_of(inputs_of([str(path)]), "", most_bytes=size) for _, row in rows_of(shard) if row]
        assert [row["id"] for row in found if isinstance(row, dict)] == [f"v{number}" for number in range(30)]
        assert sum(not isinstance(row, dict) for row in found) == 1


def test_files_that_cannot_be_read_are_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "in", "a.jsonl", rows(10))
    (tmp_path / "in" / "b.parquet").write_bytes(b"no Parquet")
    pq.write_table(pa.table({"id": ["x"], "body": ["y"]}), tmp_path / "in" / "c.parquet")
    found = made(tmp_path / "pool", path, str(tmp_path / "in"))
    assert found.articles == 10
    assert [each.place for each in found.problems] == [str(tmp_path / "in" / "b.parquet"), str(tmp_path / "in" / "c.parquet")]
    assert "no column `text`; it has id, body" in found.problems[1].message


def test_what_leads_out_of_the_folder_is_not_followed(workspace: Workspace, tmp_path: Path) -> None:
    """Nor what leads nowhere, in a circle, or is no file."""
    folder = tmp_path / "in"
    jsonl(folder, "a.jsonl", rows(10))
    secret = jsonl(tmp_path, "secret.jsonl", [{"id": "secret", "text": "Nobody named this file."}])
    for name, target in (("b.jsonl", secret), ("c.jsonl", "c.jsonl"), ("d", str(tmp_path)), ("e.jsonl", "none.jsonl")):
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "f.jsonl")
    found = made(tmp_path / "pool", str(folder))
    assert found.articles == 10
    assert [each.place for each in found.problems] == [str(folder / name) for name in ("b.jsonl", "c.jsonl", "d", "e.jsonl", "f.jsonl")]
    for each, message in zip(found.problems, ("out of the folder", "back to itself", "out of", "cannot be opened", "a pipe"), strict=True):
        assert message in each.message
    drawn = sample.run(workspace, [str(folder)], Design(size=99))
    assert len(drawn.new) == 10
    assert [each.place for each in drawn.problems] == [each.place for each in found.problems]
    assert [each.path for each in drawn.manifest.files] == ["a.jsonl"]
    assert made(tmp_path / "named", str(folder / "b.jsonl")).articles == 1


def test_a_file_that_changes_meanwhile_is_told(articles: str, tmp_path: Path) -> None:
    path = Path(jsonl(tmp_path, "a.jsonl", rows(10)))
    files = inputs_of([str(path)])
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(BadInput, match=r"a\.jsonl: changed while it was read"):
        make_pool(files, str(tmp_path / "pool"))


def test_names_without_files_are_refused_together(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        inputs_of([str(tmp_path / "none.jsonl"), str(tmp_path / "*.parquet")])
    assert str(caught.value).count("no .parquet or .jsonl file there") == 2


def test_empty_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the files are empty"):
        made(tmp_path / "pool", jsonl(tmp_path, "a.jsonl", []))


# URLs


class Ranges(SimpleHTTPRequestHandler):
    """Files of a folder, whole."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(articles: str) -> Iterator[str]:
    """A web server on the articles' folder."""
    handler: Callable[..., Any] = functools.partial(Ranges, directory=str(Path(articles).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_input_and_output_by_url(expected: Path, address: str, tmp_path: Path) -> None:
    make_pool(inputs_of([f"{address}/a.jsonl"]), f"file://{tmp_path}/pool", most_bytes=4000)
    assert contents(tmp_path / "pool") == contents(expected)


def test_a_server_that_goes_away_costs_no_rows(expected: Path, articles: str, address: str, tmp_path: Path) -> None:
    files = inputs_of([f"{address}/a.jsonl"])
    gone = Path(articles).rename(tmp_path / "gone")
    try:
        with pytest.raises(BadInput, match="run this again; it goes on where it stopped"):
            make_pool(files, str(tmp_path / "pool"), most_bytes=4000)
    finally:
        gone.rename(articles)
    make_pool(files, str(tmp_path / "pool"), most_bytes=4000)
    assert contents(tmp_path / "pool") == contents(expected)


def test_a_url_of_nothing_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match=r"none\.jsonl: "):
        inputs_of([f"{address}/none.jsonl"])


def test_a_sample_of_a_url_is_that_of_the_files(expected: Path, workspace: Workspace, make_workspace: Any) -> None:
    other = make_workspace("by-url")
    ours = sample.run(workspace, [str(expected)], Design(size=9, by=("length",), seed=2))
    theirs = sample.run(other, [f"file://{expected}"], Design(size=9, by=("length",), seed=2))
    assert (theirs.new, theirs.manifest.strata) == (ours.new, ours.manifest.strata)
    assert stored(other) == stored(workspace)
    assert [each.path for each in theirs.manifest.files] == [each.path for each in ours.manifest.files]
    assert {each.sha256 for each in theirs.manifest.files} == {None}
    assert len(sample.run(other, [f"file://{expected}"], Design(size=5, by=("length",), seed=2)).new) == 5


# To sample from


def test_what_cannot_be_sampled_is_named_by_file_and_line(expected: Path, workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    broken = jsonl(folder, "b.jsonl", [{"id": "x1", "text": "Ships sail."}, "{", {"text": "no id"}])
    pq.write_table(pq.read_table(expected / "part-000000.parquet"), folder / "a.parquet")
    done = sample.run(workspace, [str(folder)], Design(size=100))
    assert "x1" in done.new
    assert [each.place for each in done.problems] == [f"{broken}:2", f"{broken}:3"]
    for name in ("c.parquet", "d.parquet"):
        (folder / name).write_bytes(b"no Parquet")
    with pytest.raises(BadInput, match=r"c\.parquet: cannot be read .*\n.*d\.parquet: cannot be read"):
        sample.run(workspace, [str(folder)], Design(size=1))


def test_a_sample_of_a_pool_is_stored_as_the_pool_has_it(expected: Path, articles: str, make_workspace: Any) -> None:
    sampled, ingested = make_workspace("sampled"), make_workspace("ingested")
    ingest.run(ingested, [articles])
    drawn = sample.run(sampled, [str(expected)], Design(size=20, by=("publisher",), seed=7))
    assert len(drawn.new) == 20
    assert not drawn.problems
    there: dict[str, Article] = stored(ingested)
    for article in stored(sampled).values():
        assert msgspec.structs.replace(article, weight=1.0) == there[article.id]
    assert len(sample.run(sampled, [str(expected)], Design(size=5, by=("publisher",), seed=7)).new) == 5


def test_a_row_of_a_pool_that_somebody_changed_is_refused(expected: Path, workspace: Workspace, tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{**row, "text": row["text"] + "!"} if row["id"] == "v1" else row for row in contents(expected)[:3]])
    pq.write_table(table, tmp_path / "part.parquet")
    done = sample.run(workspace, [str(tmp_path / "part.parquet")], Design(size=3))
    assert sorted(done.new) == ["article-0", "v2"]
    assert [each.message for each in done.problems] == ["its text is not the one that the pool was made of; make the pool again"]


# The command


def test_the_command_makes_a_pool_and_says_what_it_holds(tmp_path: Path) -> None:
    path = jsonl(tmp_path, "a.jsonl", [*rows(12), "{"])
    done = CliRunner().invoke(app, ["--quiet", "pool", path, "--out", str(tmp_path / "pool"), "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["pool"]["articles"] == 12
    shown = CliRunner().invoke(app, ["pool", path, "--out", str(tmp_path / "pool")])
    assert shown.stdout.startswith(f"{tmp_path / 'pool'}: 12 articles in, 1 problems")
    assert f"{path}:13: not a JSON object" in shown.stdout


def test_an_address_is_for_ray(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["pool", str(tmp_path), "--out", "x", "--address", "somewhere"])
    assert isinstance(done.exception, UsageProblem)
