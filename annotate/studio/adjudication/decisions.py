"""Stored decisions as Adjudication records, and every one that does not count, named by task and region with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, structs

from annotate.errors import Problem
from annotate.records import Adjudication, Article, Kept, Verdict
from annotate.schema import Schema
from annotate.schema.migrations import migrated
from annotate.store import Version
from annotate.studio.adjudication.results import read_decision
from annotate.studio.adjudication.sheet import Sheet
from annotate.studio.results import Page, page_of
from annotate.studio.submissions import People, Submission, annotator_of, decode_submission

Rounds = Mapping[tuple[str, int, int], int]  # (server, project, task) → round


class Decisions(Struct, frozen=True):
    """What adjudicators decided, by article, round and adjudicator; ``problems`` leave their articles open."""

    adjudications: list[Adjudication]
    problems: list[Problem]


class _Found(Struct, frozen=True):
    kept: Kept
    submission: Submission
    sheet: Sheet
    adjudicator: str


def read_adjudications(
    schema: Schema,
    articles: Mapping[str, Article],
    people: People,
    sheets: Mapping[tuple[str, int], Sheet],
    rounds: Rounds,
    kept: Iterable[Kept],
    *,
    own: bool,
    history: Callable[[str], Iterable[Version]],
) -> Decisions:
    """Every present decision that makes sense. Of several by one adjudicator on one round of an article the one made last counts.

    sheets:  (article, round) → what was sent
    own:     whether somebody may decide on an article that they labelled
    history: article → all versions of annotations of it
    """
    page = page_of(schema)
    latest: dict[tuple[str, int, str], _Found] = {}
    problems: list[Problem] = []
    for each in kept:
        found = _found(each, articles, people, sheets, rounds)
        found = found if isinstance(found, str) else _as_its_author_left_it(schema, found, history)
        if isinstance(found, str):
            problems.append(Problem(_place(each), found))
            continue
        key = (found.sheet.article, found.sheet.round, found.adjudicator)
        if key in latest:
            older, found = sorted((latest[key], found), key=_moment)
            problems.append(
                Problem(_place(older.kept), f"{found.adjudicator} has a later decision on {found.sheet.article}; that one counts")
            )
        latest[key] = found
    adjudications = []
    for _, found in sorted(latest.items()):
        if found.submission.skipped:
            problems.append(Problem(_place(found.kept), f"{found.adjudicator} skipped {found.sheet.article}; it stays open"))
            continue
        decided, faults = _adjudication(page, articles[found.sheet.article], found, people, own=own)
        problems += faults
        adjudications += [decided] if not faults else []
    return Decisions(adjudications, problems)


def _moment(found: _Found) -> tuple[str, int, str]:
    """Orders decisions by when they were made; two states of one decision by when it was saved."""
    return found.submission.created_at, found.kept.annotation, found.submission.updated_at


def _found(
    kept: Kept, articles: Mapping[str, Article], people: People, sheets: Mapping[tuple[str, int], Sheet], rounds: Rounds
) -> _Found | str:
    """A decision with the sheet it is of, or what keeps it from being one."""
    submission = decode_submission(kept.body, kept.author)
    if isinstance(submission, str):
        return submission
    number = rounds.get((kept.url, kept.project, kept.task))
    sheet = sheets.get((kept.article or "", number or 0))
    article = articles.get(kept.article or "")
    if sheet is None or article is None:
        return f"its task says article {kept.article!r}, round {number}, which this workspace never sent"
    if kept.article_sha256 != article.sha256:
        return f"it was made on another text of {kept.article!r} than the workspace's"
    return _Found(kept, submission, sheet, annotator_of(kept.author, kept.annotation, people))


def _as_its_author_left_it(schema: Schema, found: _Found, history: Callable[[str], Iterable[Version]]) -> _Found:
    """Where somebody else, as `annotate migrate` does, has but given labels other names, it stays a decision of its author's."""
    kept, now = found.kept, found.submission
    if now.edited_by is None:
        return found
    said = migrated(schema.migrations, now.result)
    for each in history(found.sheet.article):
        if each.body is not None and (each.url, each.project, each.annotation) == (kept.url, kept.project, kept.annotation):
            before = decode_submission(each.body, each.author)
            if isinstance(before, Submission) and before.edited_by is None and migrated(schema.migrations, before.result) == said:
                return structs.replace(found, submission=before)
    return found


def _adjudication(page: Page, article: Article, found: _Found, people: People, *, own: bool) -> tuple[Adjudication, list[Problem]]:
    sheet, submission, who = found.sheet, found.submission, found.adjudicator
    decided = read_decision(page, article, sheet, who, migrated(page.schema.migrations, submission.result))
    place = _place(found.kept)
    problems = [Problem(place + (f", region {each.region}" if each.region else ""), each.message) for each in decided.faults]
    if who in sheet.letters and not own:
        problems.insert(
            0, Problem(place, f"{who} labelled {article.id}, and may not adjudicate it; ask somebody else, or allow it (--own)")
        )
    if submission.edited_by is not None:
        editor = people.get((found.kept.url, submission.edited_by), f"user {submission.edited_by}")
        problems.insert(0, Problem(place, f"{editor} has changed what {who} decided; {who} should look at it, and update it"))
    at = submission.updated_at or submission.created_at
    labelling = structs.replace(decided.labelling, submitted=submission.created_at or None, guidelines=found.kept.schema)
    verdicts: tuple[Verdict, ...] = decided.verdicts
    return Adjudication(article.id, who, at, found.kept.schema, sheet.basis, labelling, verdicts, sheet.round), problems


def _place(kept: Kept) -> str:
    return f"adjudication project {kept.project}, task {kept.task}, annotation {kept.annotation}"
