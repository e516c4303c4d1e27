"""Stored annotations as labellings, and everything in them that does not fit, named by task and annotation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from msgspec import Struct, structs

from annotate.errors import Problem
from annotate.records import Article, Kept, Labelling
from annotate.schema import Schema
from annotate.schema.migrations import migrated
from annotate.studio.results import Page, page_of, read_results
from annotate.studio.submissions import Submission, decode_submission


class Reading(Struct, frozen=True):
    """Labellings by article and annotator; ``skipped`` are (article, annotator) of skipped work; ``problems`` was left out."""

    labellings: list[Labelling]
    skipped: list[tuple[str, str]]
    problems: list[Problem]


def read_labellings(
    schema: Schema, articles: Mapping[str, Article], people: Mapping[tuple[str, int], str], kept: Iterable[Kept]
) -> Reading:
    """What the store's present annotations say. Of several by one annotator on one article the one made last counts.

    people: (server, user number) → e-mail address, which names the annotator.
    """
    return _read(page_of(schema), articles, people, kept)


def read_article(page: Page, article: Article, people: Mapping[tuple[str, int], str], kept: Iterable[Kept]) -> Reading:
    """What the present annotations of one article say."""
    return _read(page, {article.id: article}, people, kept)


def read_by_article(
    schema: Schema, article: Callable[[str], Article | None], people: Mapping[tuple[str, int], str], kept: Iterable[Kept]
) -> Iterator[Reading]:
    """The same, an article at a time, so that no more is in memory than one; the annotations come article by article."""
    page = page_of(schema)
    for name, together in groupby(kept, key=lambda each: each.article):
        found = article(name) if name is not None else None
        yield _read(page, {found.id: found} if found else {}, people, together)


def _read(page: Page, articles: Mapping[str, Article], people: Mapping[tuple[str, int], str], kept: Iterable[Kept]) -> Reading:
    latest: dict[tuple[str, str], tuple[str, int, str, Kept, Submission]] = {}
    problems: list[Problem] = []
    for each in kept:
        submission = decode_submission(each.body)
        if isinstance(submission, str):
            problems.append(Problem(_place(each), submission))
        elif (fault := _not_ours(each, articles)) is not None:
            problems.append(Problem(_place(each), fault))
        else:
            assert each.article is not None
            annotator = submission.email or people.get((each.url, submission.user or 0)) or _unnamed(each, submission)
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
            labelling, faults = _labelling(page, articles[article], annotator, found, submission)
            labellings.append(labelling)
            problems += faults
    return Reading(labellings, skipped, problems)


def read_first_by_article(
    schema: Schema,
    article: Callable[[str], Article | None],
    people: Mapping[tuple[str, int], str],
    versions: Iterable[tuple[Kept, bool]],
) -> Iterator[Reading]:
    """What each annotator first submitted of each article that they still have an annotation of, before anybody talked about it; an article
    at a time, so that no more is in memory than one.

    versions: by article, each one's oldest first, and whether the annotation is still there. Of an annotation that somebody else had
    already changed when it was first pulled nothing independent is known; it is left out, and named.
    """
    page = page_of(schema)
    for name, together in groupby(versions, key=lambda version: version[0].article):
        found = article(name) if name is not None else None
        if found is not None:
            yield _read_first(page, found, people, together)


def _read_first(page: Page, article: Article, people: Mapping[tuple[str, int], str], versions: Iterable[tuple[Kept, bool]]) -> Reading:
    first: dict[str, tuple[Kept, Submission]] = {}
    present: set[str] = set()
    for each, still_there in versions:
        submission = decode_submission(each.body)
        if isinstance(submission, str) or _not_ours(each, {article.id: article}) is not None or submission.skipped:
            continue
        annotator = submission.email or people.get((each.url, submission.user or 0)) or _unnamed(each, submission)
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
        labelling, _ = _labelling(page, article, annotator, found, submission)
        labellings.append(labelling)
    return Reading(labellings, [], problems)


def _unnamed(kept: Kept, submission: Submission) -> str:
    """An export file names its people by number, or not at all; of those it does not name each annotation is somebody else's."""
    return f"annotation-{kept.annotation}" if submission.user is None else f"user-{submission.user}"


def _labelling(page: Page, article: Article, annotator: str, kept: Kept, submission: Submission) -> tuple[Labelling, list[Problem]]:
    labelling, misfits = read_results(page, article, annotator, migrated(page.schema.migrations, submission.result))
    labelling = structs.replace(labelling, submitted=submission.created_at or None, guidelines=kept.schema)
    return labelling, [Problem(_place(kept) + (f", region {each.region}" if each.region else ""), each.message) for each in misfits]


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
