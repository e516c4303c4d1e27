"""Stored annotations as labellings, and everything in them that does not fit, named by task and annotation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct, structs

from annotate.errors import Problem
from annotate.records import Article, Kept, Labelling
from annotate.schema import Schema
from annotate.schema.migrations import migrated
from annotate.store import Submitted
from annotate.studio.results import Page, page_of, read_results
from annotate.studio.submissions import People, Submission, annotator_of, decode_submission


class Reading(Struct, frozen=True):
    """Labellings by article and annotator; ``skipped`` are (article, annotator) of skipped work; ``problems`` was left out."""

    labellings: list[Labelling]
    skipped: list[tuple[str, str]]
    problems: list[Problem]


class NowAndFirst(NamedTuple):
    """What the annotations of one article say, and what each annotator first submitted of it."""

    now: Reading
    first: Reading


class _Decoded(NamedTuple):
    kept: Kept
    submission: Submission | str


_Read = dict[Kept, tuple[Labelling, list[Problem]]]  # annotations that were read already


def read_labellings(schema: Schema, articles: Mapping[str, Article], people: People, kept: Iterable[Kept]) -> Reading:
    """What the store's present annotations say. Of several by one annotator on one article the one made last counts.

    people: (server, user number) → e-mail address, which names the annotator.
    """
    return _read(page_of(schema), articles, people, _decoded(kept), {})


def read_article(page: Page, article: Article, people: People, kept: Iterable[Kept]) -> Reading:
    """What the present annotations of one article say."""
    return _read(page, {article.id: article}, people, _decoded(kept), {})


def read_versions(page: Page, article: Article, people: People, versions: Iterable[Submitted]) -> NowAndFirst:
    """What one article's annotations say now, and what was first submitted; what is both, as most are, is read once.

    versions: each one's oldest first
    """
    decoded = [(each, _decode(each.kept)) for each in versions]
    ordered = sorted(decoded, key=lambda each: (each[0].source, each[0].kept.annotation))
    read: _Read = {}
    now = _read(page, {article.id: article}, people, (found for each, found in ordered if each.there and each.latest), read)
    return NowAndFirst(now, _read_first(page, article, people, ((found, each.there) for each, found in decoded), read))


def read_by_article(schema: Schema, article: Callable[[str], Article | None], people: People, kept: Iterable[Kept]) -> Iterator[Reading]:
    """The same, an article at a time, so that no more is in memory than one; the annotations come article by article."""
    page = page_of(schema)
    for name, together in groupby(kept, key=lambda each: each.article):
        found = article(name) if name is not None else None
        yield _read(page, {found.id: found} if found else {}, people, _decoded(together), {})


def _decoded(kept: Iterable[Kept]) -> Iterator[_Decoded]:
    return map(_decode, kept)


def _decode(kept: Kept) -> _Decoded:
    return _Decoded(kept, decode_submission(kept.body, kept.author))


def _read(page: Page, articles: Mapping[str, Article], people: People, decoded: Iterable[_Decoded], read: _Read) -> Reading:
    latest: dict[tuple[str, str], tuple[str, int, str, Kept, Submission]] = {}
    problems: list[Problem] = []
    for each, submission in decoded:
        if isinstance(submission, str):
            problems.append(Problem(_place(each), submission))
        elif (fault := _not_ours(each, articles)) is not None:
            problems.append(Problem(_place(each), fault))
        else:
            assert each.article is not None
            annotator = annotator_of(each.author, each.annotation, people)
            key = (each.article, annotator)
            # One that was kept under two addresses of its server has one number and one moment of making: its newer state counts.
            entry = (submission.created_at, each.annotation, submission.updated_at, each, submission)
            if key in latest:
                older = min(latest[key], entry, key=lambda one: one[:3])
                problems.append(Problem(_place(older[3]), f"{annotator} has a later annotation of {each.article}; that one counts"))
                entry = max(latest[key], entry, key=lambda one: one[:3])
            latest[key] = entry
    labellings, skipped = [], []
    for (article, annotator), (*_, found, submission) in sorted(latest.items()):
        if submission.skipped:
            skipped.append((article, annotator))
        else:
            labelling, faults = _labelling(page, articles[article], annotator, found, submission, read)
            labellings.append(labelling)
            problems += faults
    return Reading(labellings, skipped, problems)


def read_first_by_article(
    schema: Schema,
    article: Callable[[str], Article | None],
    people: People,
    versions: Iterable[Submitted],
) -> Iterator[Reading]:
    """What each annotator first submitted of each article that they still have an annotation of, before anybody talked about it; an article
    at a time, so that no more is in memory than one.

    versions: by article, each one's oldest first. Of an annotation that somebody else had
    already changed when it was first pulled nothing independent is known; it is left out, and named.
    """
    page = page_of(schema)
    for name, together in groupby(versions, key=attrgetter("kept.article")):
        found = article(name) if name is not None else None
        if found is not None:
            decoded = ((_decode(each.kept), each.there) for each in together)
            yield _read_first(page, found, people, decoded, {})


def _read_first(page: Page, article: Article, people: People, versions: Iterable[tuple[_Decoded, bool]], read: _Read) -> Reading:
    first: dict[str, tuple[Kept, Submission]] = {}
    present: set[str] = set()
    for (each, submission), still_there in versions:
        if isinstance(submission, str) or _not_ours(each, {article.id: article}) is not None or submission.skipped:
            continue
        annotator = annotator_of(each.author, each.annotation, people)
        present |= {annotator} if still_there else set()
        if annotator not in first or submission.created_at < first[annotator][1].created_at:
            first[annotator] = (each, submission)
    labellings, problems = [], []
    for annotator, (found, submission) in sorted(first.items()):
        if annotator not in present:
            continue
        if submission.edited_by is not None:
            editor = people.get((found.url, submission.edited_by), f"user {submission.edited_by}")
            problems.append(Problem(_place(found), f"{editor} had changed what {annotator} submitted before it was first pulled"))
            continue
        labellings.append(_labelling(page, article, annotator, found, submission, read)[0])
    return Reading(labellings, [], problems)


def _labelling(
    page: Page, article: Article, annotator: str, kept: Kept, submission: Submission, read: _Read
) -> tuple[Labelling, list[Problem]]:
    if kept in read:
        return read[kept]
    labelling, misfits = read_results(page, article, annotator, migrated(page.schema.migrations, submission.result))
    labelling = structs.replace(labelling, submitted=submission.created_at or None, guidelines=kept.schema)
    place = _place(kept)
    read[kept] = labelling, [Problem(place + (f", region {each.region}" if each.region else ""), each.message) for each in misfits]
    return read[kept]


def _not_ours(kept: Kept, articles: Mapping[str, Article]) -> str | None:
    if kept.article is None:
        return "its task was not made by this toolkit, so its article is not known"
    article = articles.get(kept.article)
    if article is None:
        return f"its article {kept.article!r} is not in this workspace; ingest it, or remove the task"
    if kept.article_sha256 != article.sha256:
        return f"it was made on another text of {kept.article!r} than the workspace's; ingest that text under an id of its own"
    return None


def _place(kept: Kept) -> str:
    if kept.url.startswith("brat:"):
        return f"{kept.url}, article {kept.article}"
    return f"project {kept.project}, task {kept.task}, annotation {kept.annotation}"
