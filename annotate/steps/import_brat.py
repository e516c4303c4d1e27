"""`annotate import brat`: a folder that was annotated in brat, articles and annotations, into the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from annotate.corpus.files import files_inside, shown
from annotate.errors import BadInput, Problem
from annotate.records import Article, Pulled, text_digest
from annotate.schema import Schema, load_schema
from annotate.steps import ingest
from annotate.store import Store
from annotate.studio.brat.lines import Line, TextBound, read_lines
from annotate.studio.brat.offsets import BYTE_ORDER_MARK, offsets_of
from annotate.studio.brat.results import results_of
from annotate.studio.results import Page, page_of, read_results
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time

# One file an article; or the several of the BioNLP shared tasks, which brat reads as one.
JOINED, PARTS = ".ann", (".a1", ".a2", ".co", ".rel")


class ImportedBrat(Struct, frozen=True):
    """Articles that are new and that were there; annotations by what happened to them; what was left out; what went in
    changed; articles without annotations."""

    articles: list[str]
    known: int
    new: int
    changed: int
    deleted: int
    unchanged: int
    back: int
    problems: list[Problem]
    altered: list[Problem]
    unannotated: int


class _Document(NamedTuple):
    """An article of the folder that is in the store, and its annotation files."""

    article: str
    text: Path
    annotations: list[Path]


def run(workspace: Workspace, folder: Path, annotator: str) -> ImportedBrat:
    """Put a folder's articles into the store as ``ingest`` does, and its annotations as one annotator's, of the source ``brat:<folder>``.

    Again and again: what changed in the folder is a new version. What is not sound is left out by the smallest part, named by file and
    line; the file itself is kept in the store. Raises BadInput when the folder holds nothing to import, Unmet
    while another command is at work in the workspace.
    """
    schema = load_schema(workspace.schema_path)
    texts, problems = _texts(folder)
    with one_at_a_time(workspace.folder, "import brat"), Store(workspace.store_path) as store:
        released = {path for path in texts if _is_known_by_its_release(store, path)}
        others = [str(path) for path in texts if path not in released]
        ingested = ingest.run(workspace, others) if others else ingest.Ingested([], [], 0, [])
        problems += ingested.problems
        documents = _documents(store, texts, problems)
        reader = _Reader(store, schema, annotator, problems)
        source = (f"brat:{folder.resolve()}", _number(annotator))
        at = datetime.now(UTC).isoformat(timespec="seconds")
        # A file that cannot be read today does not take back what it said before.
        changes = store.record_pull(*source, schema.id, at, reader.pulled(documents), complete=not problems)
    return ImportedBrat(
        articles=ingested.new,
        known=ingested.unchanged + len(released),
        new=changes.new,
        changed=changes.changed,
        deleted=changes.deleted,
        unchanged=changes.unchanged,
        back=changes.back,
        problems=reader.problems,
        altered=reader.altered,
        unannotated=sum(not files for files in texts.values()),
    )


def _texts(folder: Path) -> tuple[dict[Path, list[Path]], list[Problem]]:
    """The folder's text files, each with the annotation files beside it, and what is wrong with it."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name one with .txt and .ann files")
    found = list(files_inside(folder, (".txt", JOINED, *PARTS)))
    problems = [each for each in found if isinstance(each, Problem)]
    paths = [each for each in found if not isinstance(each, Problem)]
    texts = [path for path in paths if path.suffix.lower() == ".txt"]
    if not texts:
        raise BadInput(f"{folder}: no .txt files in it; brat's annotations lie beside the texts they are of")
    beside: dict[Path, dict[str, Path]] = {path.with_suffix(""): {} for path in texts}
    for path in paths:
        if path.suffix.lower() == ".txt":
            continue
        files = beside.get(path.with_suffix(""))
        if files is None:
            problems.append(Problem(shown(path), "has no .txt beside it; it is left out"))
        elif files.setdefault(path.suffix.lower(), path) is not path:
            problems.append(Problem(shown(path), f"differs from {files[path.suffix.lower()].name} in capitals alone; it is left out"))
    return {path: _annotations(beside[path.with_suffix("")]) for path in texts}, problems


def _documents(store: Store, texts: dict[Path, list[Path]], problems: list[Problem]) -> list[_Document]:
    """The annotated articles of the folder; what keeps one of them out is added to ``problems``."""
    documents: dict[str, _Document] = {}
    for path, files in texts.items():
        fault = next(filter(None, map(_unreadable, files)), None)
        article = _stored(store, path) if files else None
        if fault is not None:
            problems.append(fault)
        elif files and article is None:
            problems.append(Problem(shown(files[0]), "its text did not go in as it is, so its annotations are left out"))
        elif article in documents:
            first = shown(documents[article].annotations[0])
            problems.append(Problem(shown(files[0]), f"annotates {article} as {first} does already; it is left out"))
        elif article is not None:
            documents[article] = _Document(article, path, files)
    return list(documents.values())


def _unreadable(path: Path) -> Problem | None:
    try:
        with path.open("rb"):
            return None
    except OSError as error:
        return Problem(shown(path), f"{error.strerror}; check its permissions")


def _annotations(beside: dict[str, Path]) -> list[Path]:
    """Of the files beside a text, by suffix in small letters."""
    return [beside[JOINED]] if JOINED in beside else [beside[suffix] for suffix in PARTS if suffix in beside]


def _stored(store: Store, path: Path) -> str | None:
    """The id of the stored article that was made of a text file."""
    try:
        digest = text_digest(_as_stored(_decoded(path)))
    except (OSError, UnicodeDecodeError):
        return None
    ids = (path.stem, f"article-{path.stem}", unquote(path.stem))
    return next((name for name in ids if (article := store.article(name)) is not None and article.sha256 == digest), None)


def _is_known_by_its_release(store: Store, path: Path) -> bool:
    """Whether it is an article of the store in a release's format `brat`, whose names of files percent-encode what ids may hold."""
    name = unquote(path.stem)
    return name != path.stem and _stored(store, path) == name


def _decoded(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _as_stored(text: str) -> str:
    return text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n")


def _number(*names: str) -> int:
    """The same number for the same names, on every machine; 48 bits, so that no two meet."""
    return int.from_bytes(sha256("\0".join(names).encode("utf-8")).digest()[:6])


class _Reader:
    """Reads annotations one article at a time, and gathers what was wrong with them."""

    def __init__(self, store: Store, schema: Schema, annotator: str, problems: list[Problem]) -> None:
        self.store = store
        self.schema = schema
        self.page: Page = page_of(schema)
        self.annotator = annotator
        self.problems = list(problems)
        self.altered: list[Problem] = []

    def pulled(self, documents: list[_Document]) -> Iterator[Pulled]:
        for document in documents:
            article = self.store.article(document.article)
            assert article is not None
            number = _number(article.id, self.annotator)
            yield Pulled(number, number, article.id, article.sha256, self._body(document, article, number))

    def _body(self, document: _Document, article: Article, number: int) -> bytes:
        """The annotation as Label Studio would have answered it, with the files it was made of."""
        files = {path.name: path.read_bytes() for path in document.annotations}
        lines = self._lines(document)
        spans = [line for line in lines if isinstance(line, TextBound)]
        imported = results_of(self.schema, lines, article.text, offsets_of(_decoded(document.text), article.text, spans))
        _, misfits = read_results(self.page, article, self.annotator, imported.items)
        self.problems += imported.problems
        self.problems += [Problem(imported.places.get(each.region or "", shown(document.annotations[0])), each.message) for each in misfits]
        self.altered += imported.changed
        return msgspec.json.encode(
            {
                "id": number,
                "completed_by": {"email": self.annotator},
                "result": imported.items,
                "brat": {name: raw.decode("utf-8", "replace") for name, raw in files.items()},
            }
        )

    def _lines(self, document: _Document) -> list[Line]:
        found = [each for path in document.annotations for each in read_lines(shown(path), path.read_bytes())]
        self.problems += [each for each in found if isinstance(each, Problem)]
        return [each for each in found if not isinstance(each, Problem)]


def show(done: ImportedBrat) -> str:
    lines = [
        f"{len(done.articles)} articles in, {done.known} there already; {done.new} new annotations, {done.changed} changed, "
        f"{done.deleted} deleted, {done.unchanged} as before"
    ]
    if done.unannotated:
        lines.append(f"{done.unannotated} articles have no .ann beside them, so nobody has read them")
    if done.problems:
        lines += [f"left out ({len(done.problems)}):", *(f"  {problem}" for problem in done.problems)]
    if done.altered:
        lines += [f"went in, but not as it was ({len(done.altered)}):", *(f"  {problem}" for problem in done.altered)]
    return "\n".join(lines)
