"""A release's gold in other formats, each in a folder of its own with its report of losses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from annotate.errors import UsageProblem
from annotate.release.formats.loss import Loss

FORMATS = ("parquet", "bio", "brat", "textee", "dygie", "spacy")


def formats_of(words: str) -> tuple[str, ...]:
    """The formats named in ``parquet,brat``, each once.

    Raises UsageProblem on one that is not there.
    """
    names = tuple(dict.fromkeys(name.strip() for name in words.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise UsageProblem(f"--format {words!r}: give some of {', '.join(FORMATS)}, separated by commas")
    return names


def write_formats(folder: Path, names: Sequence[str], out: Path | None = None) -> list[Loss]:
    """Write a release's gold in the formats named, each whole or not at all, to ``folder/formats/<name>/`` (or ``out/<name>/``).

    ``folder`` holds train.jsonl, dev.jsonl, test.jsonl and schema/; one of a format that is there is replaced. Raises BadInput on what is
    no release.
    """
    raise NotImplementedError
