"""A release's gold in other formats, each in a folder of its own with its report of losses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from annotate.errors import Unmet, UsageProblem
from annotate.release.alone import alone_in
from annotate.release.formats import brat, conll, dygie, parquet, spacy_docbin, textee
from annotate.release.formats.loss import LOSS, Loss, LossReport
from annotate.release.formats.source import Source, source_of

# Each writes its files into a folder, reports what it loses, and gives the record's keys that it has no place for.
WRITERS: dict[str, Callable[[Source, Path, LossReport], list[str]]] = {
    "parquet": parquet.write,
    "bio": conll.write,
    "brat": brat.write,
    "textee": textee.write,
    "dygie": dygie.write,
    "spacy": spacy_docbin.write,
}
FORMATS = tuple(WRITERS)


def formats_of(words: str) -> tuple[str, ...]:
    """The formats named in ``parquet,brat``, each once.

    Raises UsageProblem on one that is not there.
    """
    names = tuple(dict.fromkeys(name.strip() for name in words.split(",") if name.strip()))
    if not names or not set(names) <= WRITERS.keys():
        raise UsageProblem(f"--format {words!r}: give some of {', '.join(FORMATS)}, separated by commas")
    return names


def write_formats(folder: Path, names: Sequence[str], out: Path | None = None) -> list[Loss]:
    """Write a release's gold in the formats named, each whole or not at all, to ``folder/formats/<name>/`` (or ``out/<name>/``).

    ``folder`` holds train.jsonl, dev.jsonl, test.jsonl and schema/; one of a format that is there is replaced. Raises BadInput on what is
    no release, Unmet where a folder of a format's name is none that was written here, or another command is writing there.
    """
    source = source_of(folder)
    place = folder / "formats" if out is None else out
    if foreign := [str(place / name) for name in names if (place / name).exists() and not (place / name / LOSS).is_file()]:
        raise Unmet(f"{', '.join(foreign)}: there already, and not written by this; nothing was replaced: give another --out")
    place.mkdir(parents=True, exist_ok=True)
    with alone_in(place):
        return [_write(source, name, place) for name in names]


def _write(source: Source, name: str, place: Path) -> Loss:
    """Beside its place first, then renamed into it, so that no half of a format is ever there."""
    there, part, before = place / name, place / f".{name}.part", place / f".{name}.before"
    _tidy(there, part, before)
    part.mkdir()
    try:
        with LossReport(part, name) as report:
            loss = report.close(WRITERS[name](source, part, report))
        if there.exists():
            there.rename(before)
        part.rename(there)
        return loss
    finally:
        _tidy(there, part, before)


def _tidy(there: Path, part: Path, before: Path) -> None:
    """What is left when this ended early, or was killed: half a format goes, one that was moved aside and not replaced goes back."""
    if before.exists() and not there.exists():
        before.rename(there)
    for left in (part, before):
        shutil.rmtree(left, ignore_errors=True)
