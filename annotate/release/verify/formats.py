"""formats/ of a release: written again from its documents, and compared. Its files may differ where they hold the same: Parquet and
DocBin are read, for other versions of their libraries write other bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from filecmp import cmp
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from annotate.errors import Problem, Unmet
from annotate.release.formats import FORMATS, write_formats
from annotate.release.verify.about import read_about
from annotate.release.verify.made_again import as_made

PLACE = "formats"
FROM = "the release's documents"
BATCH = 256  # rows


class Looked(NamedTuple):
    """What is wrong with formats/. ``past``: formats of which nothing can be said, for a library that they need is not here."""

    problems: list[Problem]
    past: list[str]


def format_problems(folder: Path) -> Looked:
    """Of a release whose documents are without fault. Nothing is said of one that another version of the toolkit made.

    Raises Unmet where the disk takes no more temporary files.
    """
    about, _ = read_about(folder)
    found = Looked([], [])
    if about is None or not about.of_this_toolkit or not about.text or not (folder / PLACE).is_dir():
        return found
    for name in sorted(path.name for path in (folder / PLACE).iterdir() if path.name in FORMATS):
        try:
            found.problems.extend(_of_format(folder, name))
        except ModuleNotFoundError:
            found.past.append(name)
    return found


def _of_format(folder: Path, name: str) -> list[Problem]:
    """One at a time, for each takes about as much room as the release."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            write_formats(folder, [name], Path(scratch))
        except OSError as error:
            where = f"{scratch}: {error.strerror or error}"
            raise Unmet(f"{where}; name a folder with more room for temporary files (TMPDIR=FOLDER) and run it again") from error
        return list(_compared(folder, folder / PLACE / name, Path(scratch) / name))


def _compared(folder: Path, here: Path, made: Path) -> Iterator[Problem]:
    there, wanted = ({path.relative_to(each).as_posix() for path in each.rglob("*") if path.is_file()} for each in (here, made))
    place = here.relative_to(folder).as_posix()
    yield from (Problem(f"{place}/{name}", "missing") for name in sorted(wanted - there))
    yield from (Problem(f"{place}/{name}", f"is no file of the format {here.name}") for name in sorted(there - wanted))
    for name in sorted(there & wanted):
        if cmp(here / name, made / name, shallow=False):
            continue
        reads = READERS.get(Path(name).suffix)
        if reads is None:
            yield from as_made(f"{place}/{name}", (here / name).read_bytes(), (made / name).read_bytes(), FROM)
        elif (fault := _read_fault(here / name, made / name, reads)) is not None:
            yield Problem(f"{place}/{name}", fault)


def _read_fault(here: Path, made: Path, reads: Callable[[Path], Iterable[Any]]) -> str | None:
    try:
        alike = all(is_ == should for is_, should in zip_longest(reads(here), reads(made)))
    except Exception as error:  # whatever its library says of a broken file
        return f"cannot be read ({type(error).__name__})"
    return None if alike else f"does not hold what {FROM} make it"


def _parquet(path: Path) -> Iterator[Any]:
    """Its columns and types, then its rows by and by."""
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    yield file.schema_arrow
    for batch in file.iter_batches(BATCH):
        yield batch.to_pylist()


def _spacy(path: Path) -> Iterator[Any]:
    """Of each doc its text, spans, answers and record."""
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    for doc in DocBin(store_user_data=True).from_disk(path).get_docs(Vocab()):
        spans = [_group(doc, name) for name in sorted(doc.spans)]
        yield doc.text, doc.cats, doc.user_data["record"], spans, [str(ent) for ent in doc.ents]


def _group(doc: Any, name: str) -> list[Any]:
    return [name, *((span.start, span.end, span.label_, span.id_, span.kb_id_) for span in doc.spans[name])]


READERS: dict[str, Callable[[Path], Iterator[Any]]] = {".parquet": _parquet, ".spacy": _spacy}
