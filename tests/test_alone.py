"""Two commands that would write into one folder at the same time: the second is told so, and touches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate.errors import Unmet
from annotate.release.alone import alone_in
from annotate.steps import convert, export
from annotate.workspace import find_workspace
from tests.releases import contents, small_release


def test_a_second_export_waits_for_the_first(tmp_path: Path) -> None:
    release = small_release(tmp_path / "small")
    workspace = find_workspace(tmp_path / "small" / "work", {"ANNOTATE_EXPORT_NAME": "sample"})
    (release.parent / ".sample-1.1.0.part").mkdir()
    before = contents(release.parent)
    with alone_in(release.parent), pytest.raises(Unmet, match="another command is writing there"):
        export.run(workspace, "1.1.0")
    assert contents(release.parent) == before
    assert (release.parent / ".sample-1.1.0.part").is_dir()
    assert export.run(workspace, "1.1.0").new


def test_a_second_convert_waits_for_the_first(small_formats: Path, tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(Unmet, match="another command is writing there"):
        convert.run(small_formats, ["bio"], tmp_path)
    assert list(tmp_path.iterdir()) == []
    convert.run(small_formats, ["bio"], tmp_path)
