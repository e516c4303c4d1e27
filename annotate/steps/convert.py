"""`annotate convert`: a release in the formats that others read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from annotate.release.formats import Loss, write_formats


class Converted(Struct, frozen=True):
    """Where the formats lie, each in a folder of its name, and what each could not carry."""

    folder: str
    losses: list[Loss]


def run(folder: Path, names: Sequence[str], out: Path | None = None) -> Converted:
    """Write a release's gold in other formats, by default into a folder beside it, for a release itself never changes."""
    place = out if out is not None else folder.resolve().with_name(f"{folder.resolve().name}-formats")
    return Converted(str(place), write_formats(folder, names, place))


def show(done: Converted) -> str:
    return "\n".join([f"{done.folder}:", *(_line(each) for each in done.losses)])


def _line(loss: Loss) -> str:
    lost = ", ".join(f"{each.count} {each.kind}" for each in loss.kinds) or "nothing"
    return f"  {loss.format}: {loss.documents} documents; lost: {lost}" + (f" ({loss.format}/LOSS.md)" if loss.kinds else "")
