"""`annotate convert`: a release in the formats that others read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from annotate.errors import Unmet, UsageProblem
from annotate.release.formats import Loss, write_formats


class Converted(Struct, frozen=True):
    """Where the formats lie, each in a folder of its name, and what each could not carry."""

    folder: str
    losses: list[Loss]


def run(folder: Path, names: Sequence[str], out: Path | None = None) -> Converted:
    """Write a release's gold in other formats, by default into a folder beside it, for a release itself never changes.

    Raises Unmet when the disk takes no more.
    """
    place = out if out is not None else folder.resolve().with_name(f"{folder.resolve().name}-formats")
    if place.resolve().is_relative_to(folder.resolve()):
        raise UsageProblem(f"--out {place} lies in the release, which never changes; give a folder outside of it")
    try:
        return Converted(str(place), write_formats(folder, names, place))
    except OSError as error:
        where = f"{error.filename or place}: {error.strerror or error}"
        raise Unmet(f"{where}; a format is put in place when it is whole, and what was there stays: mend that and run it again") from error


def show(done: Converted) -> str:
    return "\n".join([f"{done.folder}:", *(_line(each) for each in done.losses)])


def _line(loss: Loss) -> str:
    lost = ", ".join(f"{each.count} {each.kind}" for each in loss.kinds) or "nothing"
    return f"  {loss.format}: {loss.documents} documents; lost: {lost}" + (f" ({loss.format}/LOSS.md)" if loss.kinds else "")
