"""SHA256SUMS of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path

from annotate.errors import Problem

SUMS = "SHA256SUMS"
ANY_NAME = "surrogateescape"  # for file names that are not UTF-8


def sums(folder: Path) -> str:
    """``SHA256SUMS`` of every file in a folder, in the order of their names, as ``sha256sum`` reads it."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests_of(folder).items())


def digests_of(folder: Path) -> dict[str, str]:
    """File → SHA-256, in the order of their names."""
    return {name: sha256_of(folder / name) for name in files_in(folder)}


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def files_in(folder: Path) -> list[str]:
    """Every file below a folder but its sums, by path."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path != folder / SUMS)


def sum_problems(folder: Path, digests: Mapping[str, str]) -> Iterator[Problem]:
    """What the folder and its sums do not agree on. ``digests``: of all its files."""
    path = folder / SUMS
    if not path.is_file():
        return  # said with what is missing
    body = path.read_bytes()
    if b"\r" in body or not body.strip():
        yield Problem(SUMS, "is empty" if not body.strip() else "has carriage returns; its lines end in LF")
        return
    listed: dict[str, str] = {}
    sound = True
    for line in filter(None, body.decode("utf-8", ANY_NAME).split("\n")):
        digest, _, name = line.partition("  ")
        if name in listed:
            sound = False
            yield Problem(SUMS, f"{name} stands twice")
        listed[name] = digest
    here = digests.keys()
    links = {name for name in here if (folder / name).is_symlink()}
    yield from (Problem(name, "is in SHA256SUMS but not in the folder") for name in sorted(listed.keys() - here))
    yield from (Problem(name, "is not in SHA256SUMS") for name in sorted(here - listed.keys()))
    for name in sorted(here & listed.keys() - links):
        if digests[name] != listed[name]:
            sound = False
            yield Problem(name, "does not match its sum in SHA256SUMS: it was changed after the release was made")
    in_order = "".join(f"{listed[name]}  {name}\n" for name in sorted(here & listed.keys())).encode("utf-8", ANY_NAME)
    if sound and listed.keys() == here and body != in_order:
        yield Problem(SUMS, "is not a line a file in the order of their names")


def entry_problems(folder: Path) -> Iterator[Problem]:
    """What is in a folder and is neither a file of its own nor a folder that holds some."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield Problem(name, "is a link; a release holds its own files")
        elif path.is_dir():
            if not any(path.iterdir()):
                yield Problem(name, "is a folder with nothing in it")
        elif not path.is_file():
            yield Problem(name, "is neither a file nor a folder")
