"""`annotate forget`: an article's text or a person's work out of the store for good, and out of releases to come."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from annotate.errors import UsageProblem
from annotate.store import Store
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time


class Forgotten(Struct, frozen=True):
    """``versions``: how many versions of annotations went (or would). ``clean``: the file holds nothing of them any more."""

    articles: list[str]
    annotators: list[str]
    versions: int
    clean: bool
    dry_run: bool


def run(workspace: Workspace, articles: list[str], annotators: list[str], *, yes: bool = False) -> Forgotten:
    """Without ``yes`` only what would go is counted. Killed anywhere, run it again.

    Raises UsageProblem when nothing is named, or something that the store never knew.
    """
    if not articles and not annotators:
        raise UsageProblem("say what to forget: --article ID or --annotator E-MAIL")
    with one_at_a_time(workspace.folder, "forget"), Store(workspace.store_path) as store:
        _require_known(store, articles, annotators)
        if not yes:
            count = sum(map(store.work_on, articles)) + sum(map(store.work_by, annotators))
            return Forgotten(articles, annotators, count, clean=False, dry_run=True)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        count = sum(store.forget_article(each, at) for each in articles) + sum(store.forget_annotator(each, at) for each in annotators)
        return Forgotten(articles, annotators, count, clean=store.shrink(), dry_run=False)


def _require_known(store: Store, articles: list[str], annotators: list[str]) -> None:
    unknown = [f"no article {each!r}" for each in articles if not store.knows_article(each)]
    unknown += [f"no annotator {each!r} (the e-mail address is meant)" for each in annotators if not store.knows_annotator(each)]
    if unknown:
        raise UsageProblem(f"the store never knew: {', '.join(unknown)}")


def show(done: Forgotten) -> str:
    what = ", ".join([*(f"the article {each}" for each in done.articles), *(f"the work of {each}" for each in done.annotators)])
    if done.dry_run:
        return f"{what}: {done.versions} versions of annotations would go for good; --yes does it, and nothing brings them back"
    lines = [f"forgotten: {what}, with {done.versions} versions of annotations"]
    if not done.clean:
        lines.append("another command is reading the store, so its file still holds traces; run this again when it is done")
    return "\n".join([*lines, "Label Studio, files you ingested, backups, and releases already written are as they were: see docs/sync.md"])
