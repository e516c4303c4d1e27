"""A release as loaders give it back."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from annotate.release.verify.folder import verify
from annotate.steps import export
from annotate.workspace import Workspace
from tests.releases import (
    SPLITS,
    annotate,
    label_all,
    label_mentions,
    label_nothing,
    new_workspace,
    records,
    small_release,
    text_of,
)


@pytest.fixture
def release(demo: Workspace) -> Path:
    return demo.exports / "sample-1.0.0"


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Hugging Face datasets, kept off the network and out of the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_DATASETS_OFFLINE", "1")
        patch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
        import datasets

        yield datasets


def no_dev(folder: Path) -> Path:
    return small_release(folder, ANNOTATE_SPLIT_DEV="0")


def only_test(folder: Path) -> Path:
    return small_release(folder, count=2)


def no_frames_in_dev(folder: Path) -> Path:
    dev = {record["id"] for record in records(small_release(folder / "first") / "dev.jsonl")}
    return small_release(folder, lambda article, who: (label_mentions if article.id in dev else label_all)(article, who))


def no_frames_in_train(folder: Path) -> Path:
    train = {record["id"] for record in records(small_release(folder / "first") / "train.jsonl")}
    return small_release(folder, lambda article, who: (label_mentions if article.id in train else label_all)(article, who))


def nothing_marked(folder: Path) -> Path:
    return small_release(folder, label_nothing)


def assert_loads(datasets: ModuleType, folder: Path, cache: Path) -> dict[str, int]:
    """Every row of every split comes back key by key; split → rows."""
    rows = {}
    for config, names in (("gold", SPLITS), ("annotations", ("annotations",))):
        written = {name: found for name in names if (found := records(folder / f"{name}.jsonl"))}
        loaded = datasets.load_dataset(str(folder), config, cache_dir=str(cache))
        assert loaded.keys() == written.keys()
        for name, expected in written.items():
            assert loaded[name].column_names == list(expected[0])
            assert loaded[name].to_list() == expected
            rows[name] = len(expected)
    return rows


def test_datasets_reads_all_that_the_card_declares(
    datasets: ModuleType, release: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of the front matter is ignored, and the loader holds the number of rows against it."""
    datasets.logging.enable_propagation()
    for config, names in (("gold", SPLITS), ("annotations", ("annotations",))):
        found = datasets.load_dataset_builder(str(release), config, cache_dir=str(tmp_path)).info
        assert {name: split.num_examples for name, split in found.splits.items()} == {
            name: len(records(release / f"{name}.jsonl")) for name in names
        }
        assert found.dataset_size == sum((release / f"{name}.jsonl").stat().st_size for name in names)
    assert [each.getMessage() for each in caplog.records if "gnoring" in each.getMessage()] == []


def test_datasets_gives_back_what_was_written(datasets: ModuleType, release: Path, tmp_path: Path) -> None:
    assert assert_loads(datasets, release, tmp_path) == {"train": 19, "dev": 3, "test": 6, "annotations": 56}


@pytest.mark.parametrize(
    ("make", "splits"),
    [
        (small_release, ["train", "dev", "test"]),
        (no_dev, ["train", "test"]),
        (only_test, ["test"]),
        (no_frames_in_dev, ["train", "dev", "test"]),
        (no_frames_in_train, ["train", "dev", "test"]),
        (nothing_marked, ["train", "dev", "test"]),
    ],
)
def test_datasets_gives_back_sparse_releases(datasets: ModuleType, make: Callable[[Path], Path], splits: list[str], tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert verify(folder) == []
    assert list(assert_loads(datasets, folder, tmp_path / "cache")) == [*splits, "annotations"]


def test_datasets_gives_back_ids_that_are_all_dates(datasets: ModuleType, tmp_path: Path) -> None:
    rows = [{"id": f"2025-03-{day:02}", "text": text_of(day), "rights": "CC0-1.0"} for day in range(1, 9)]
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    workspace = new_workspace(tmp_path / "work", tmp_path / "articles.jsonl")
    annotate(workspace, label_all)
    assert_loads(datasets, Path(export.run(workspace, "1.0.0").folder), tmp_path / "cache")


@pytest.mark.parametrize("name", [*SPLITS, "annotations"])
def test_pandas_keeps_ids_and_texts_strings(release: Path, small: Path, name: str) -> None:
    pandas: Any = importlib.import_module("pandas")  # it has no types
    for folder in (release, small):
        frame = pandas.read_json(folder / f"{name}.jsonl", lines=True)
        written = records(folder / f"{name}.jsonl")
        for key in ("article", "annotator") if name == "annotations" else ("id", "text", "text_sha256"):
            assert frame[key].tolist() == [record[key] for record in written]
        assert frame["mentions"].tolist() == [record["mentions"] for record in written]
