"""Faults planted into releases: how a file, a line or a value is spoilt, and what verify has to say of it."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from annotate.release.lines import as_json
from annotate.release.sums import sha256_of, sums
from annotate.release.verify.folder import verify
from tests.releases import Record

Plant = Callable[[Path], None]


class Fault(NamedTuple):
    """How a sound release is spoilt, and the place and words by which verify must report it, and nothing else."""

    name: str
    plant: Plant
    place: str
    says: str
    sums: bool = True  # whether SHA256SUMS is made to fit the spoilt files


def edit(name: str, change: Callable[[Record], object]) -> Plant:
    """Change the first record of a JSONL file."""

    def first(line: bytes) -> bytes:
        record = json.loads(line)
        change(record)
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()  # as the codec does

    return line_of(name, first)


def put(name: str, path: str, value: object) -> Plant:
    """Put a value at a path (``mentions.0.start``) in the first record of a JSONL file; into a list's end at ``-``."""
    *way, last = path.split(".")

    def change(record: Any) -> None:
        for step in way:
            record = record[int(step) if isinstance(record, list) else step]
        if last == "-":
            record.append(copy.deepcopy(record[0]) if value is SAME else value)
        else:
            record[int(last) if isinstance(record, list) else last] = value

    return edit(name, change)


def line_of(name: str, change: Callable[[bytes], bytes]) -> Plant:
    """Change the first line of a file, its line end left out."""

    def plant(folder: Path) -> None:
        first, rest = (folder / name).read_bytes().split(b"\n", 1)
        (folder / name).write_bytes(change(first) + b"\n" + rest)

    return plant


def whole(name: str, change: Callable[[bytes], bytes]) -> Plant:
    """Change a file as a whole."""
    return lambda folder: void((folder / name).write_bytes(change((folder / name).read_bytes())))


def lock(change: Callable[[list[Record]], object]) -> Plant:
    """Change the entries of splits.lock.json."""
    return document("splits.lock.json", lambda whole: change(whole["articles"]))


def document(name: str, change: Callable[[Any], object]) -> Plant:
    """Change a JSON file."""

    def changed(body: bytes) -> bytes:
        read = json.loads(body)
        change(read)
        return json.dumps(read).encode()

    return whole(name, changed)


def card(change: Callable[[Any], object]) -> Plant:
    """Change the front matter of README.md."""

    def changed(body: bytes) -> bytes:
        _, front, rest = body.decode().split("---\n", 2)
        declared = yaml.safe_load(front)
        change(declared)
        return f"---\n{yaml.safe_dump(declared, sort_keys=False)}---\n{rest}".encode()

    return whole("README.md", changed)


def result(change: Callable[[Any], object]) -> Plant:
    """Change the first result of agreement.json."""
    return document("agreement.json", lambda whole: change(whole["results"][0]))


def replaced(name: str, before: bytes, after: bytes) -> Plant:
    """Put other bytes in the place of some that are there, once."""

    def changed(body: bytes) -> bytes:
        assert before in body
        return body.replace(before, after, 1)

    return whole(name, changed)


def added(name: str, more: bytes) -> Plant:
    """Put bytes behind a file's."""
    return whole(name, lambda body: body + more)


def about(change: Callable[[Any], object]) -> Plant:
    """Change release.json."""
    return document("release.json", change)


def crlf(name: str) -> Plant:
    return whole(name, lambda body: body.replace(b"\n", b"\r\n"))


def exchange(name: str) -> Plant:
    """Put the first line of a file behind the second."""

    def changed(body: bytes) -> bytes:
        first, second, *rest = body.split(b"\n")
        return b"\n".join([second, first, *rest])

    return whole(name, changed)


def link(name: str) -> Plant:
    """Put a link in a file's place."""

    def plant(folder: Path) -> None:
        shutil.copy(folder / name, folder.parent / "elsewhere")
        (folder / name).unlink()
        (folder / name).symlink_to(folder.parent / "elsewhere")

    return plant


def both(*plants: Plant) -> Plant:
    return lambda folder: void([plant(folder) for plant in plants])


def remove(name: str) -> Plant:
    return lambda folder: (folder / name).unlink()


def new_file(name: str) -> Plant:
    def plant(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("notes\n")

    return plant


def void(_: object) -> None:
    """Nothing: for what is done for its effect."""


SAME = object()
TRAIN, TEST, NOTES = "train.jsonl", "test.jsonl", "annotations.jsonl"
SLICE = "its text is not what its offsets slice"
ADDRESS = "nadira@annotator.example"
QUOTED = ADDRESS.replace("@", "%40")
NAMES = ["Nadira Tawil"]


def swap(entry: Record) -> None:
    entry.update(split="dev" if entry["split"] != "dev" else "train", group="g")


def listed(croissant: Any, number: int) -> Any:
    return croissant["distribution"][number]


def refit(folder: Path) -> None:
    """Make the card, Croissant's list of files and SHA256SUMS fit the spoilt files."""
    try:
        croissant = json.loads((folder / "croissant.json").read_bytes())
    except (OSError, ValueError):
        croissant = {"distribution": []}
    for each in croissant["distribution"]:
        path = folder / each["contentUrl"]
        if path.is_file():
            resize(folder, path.stem, int(each["contentSize"].split()[0]), path.stat().st_size)
            each |= {"contentSize": f"{path.stat().st_size} B", "sha256": sha256_of(path)}
    if croissant["distribution"]:
        (folder / "croissant.json").write_text(as_json(croissant), encoding="utf-8")
    resum(folder)


def resize(folder: Path, split: str, old: int, new: int) -> None:
    """Have the card say the new size where it says the old one."""

    def change(front: Any) -> None:
        for declared in front["dataset_info"]:
            for each in declared["splits"]:
                if (each["name"], each["num_bytes"]) == (split, old):
                    each["num_bytes"] = new
                    declared["download_size"] += new - old
                    declared["dataset_size"] += new - old

    if new != old and (folder / "README.md").is_file():
        card(change)(folder)


def resum(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")


def assert_just(folder: Path, fault: Fault) -> None:
    """Plant a fault into a release, a copy of a sound one; verify names it, in its place, and nothing else."""
    fault.plant(folder)
    if fault.sums and (folder / "SHA256SUMS").exists():
        refit(folder)
    problems = verify(folder, NAMES)
    assert {each.place for each in problems} == {each.place for each in problems if re.fullmatch(fault.place, each.place)}
    assert problems
    assert [each.message for each in problems if not re.search(fault.says, each.message)] == []
    assert len(problems) <= fault.says.count("|") + 1
