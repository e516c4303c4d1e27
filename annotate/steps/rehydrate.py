"""`annotate rehydrate`: a stand-off release and the articles it was made from, back to the release with text."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from annotate.corpus.read import read_articles
from annotate.errors import BadInput, Problem
from annotate.records import Article, text_digest
from annotate.release.rehydrate import digests, rehydrate, require_standoff
from annotate.release.standoff import DIGEST

SHOWN = 10


class Rehydrated(Struct, frozen=True):
    """Where the release with text lies, how many documents it holds, whether it was written now; what of the articles was unreadable."""

    folder: str
    documents: int
    new: bool
    problems: list[Problem]


def run(release: Path, articles: list[str], out: Path | None = None) -> Rehydrated:
    """Turn back ``release`` with the texts in ``articles`` (files and folders, as `annotate ingest` reads them), beside it or in ``out``.

    An article is known by the SHA-256 of its text, whatever its id is there. Raises BadInput when a text is missing; then nothing is
    written.
    """
    about = require_standoff(release)
    wanted = digests(release)
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "texts.sqlite")) as texts:
        texts.execute("CREATE TABLE texts (digest TEXT, title TEXT, text TEXT)")
        problems = _read(texts, articles, wanted)
        texts.execute("CREATE INDEX by_digest ON texts (digest)")
        _require_all(texts, wanted, articles, problems)

        def find(digest: str, title: str | None) -> tuple[str, str | None]:
            found = texts.execute("SELECT text, title FROM texts WHERE digest = ? ORDER BY title", (digest,)).fetchall()
            text, own = next((each for each in found if _is_title(title, each[1])), found[0])
            return text, own

        try:
            written = rehydrate(release, about, find, out or release.parent)
        except ValueError as error:
            raise BadInput(f"{release}: {error}; give the articles with the titles they were exported with") from None
    return Rehydrated(str(written.folder), written.about.counts.documents, written.new, problems)


def _read(texts: sqlite3.Connection, articles: list[str], wanted: Mapping[str, str]) -> list[Problem]:
    problems = []
    for _, found in read_articles(articles):
        if isinstance(found, Article):
            digest = found.sha256
            if digest in wanted:
                texts.execute("INSERT INTO texts VALUES (?, ?, ?)", (digest, found.title, found.text))
        else:
            problems.append(found)
    return problems


def _require_all(texts: sqlite3.Connection, wanted: Mapping[str, str], articles: list[str], problems: list[Problem]) -> None:
    there = {digest for (digest,) in texts.execute("SELECT DISTINCT digest FROM texts")}
    if missing := sorted(name for digest, name in wanted.items() if digest not in there):
        more = " …" if len(missing) > SHOWN else ""
        unread = "".join(f"\n  {each}" for each in problems[:SHOWN])
        raise BadInput(
            f"{', '.join(articles)}: no article there has the text of {len(missing)} documents ({', '.join(missing[:SHOWN])}{more}); "
            f"a text must be the same to the last character{unread}"
        )


def _is_title(hidden: str | None, title: str | None) -> bool:
    return hidden is not None and title is not None and hidden == DIGEST + text_digest(title)


def show(done: Rehydrated) -> str:
    state = "written, and every file as it was" if done.new else "there already, the same: verified, not rewritten"
    lines = [f"{done.folder}: {done.documents} documents with their texts; {state}"]
    return "\n".join(lines + [f"  {each}" for each in done.problems[:SHOWN]])
