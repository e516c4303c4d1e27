"""`annotate split`: train, dev and test by group, before labelling, locked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, structs

from annotate.errors import BadInput, UsageProblem
from annotate.records import Article, LeftOut, Locked, SplitCuts, SplitLock, SplitShares
from annotate.release.splits.draw import draw, small_test
from annotate.release.splits.groups import Drawable, Labels, drawable
from annotate.release.splits.strata import Difference, largest_difference
from annotate.schema import load_schema
from annotate.steps.copies import Apart, told_apart
from annotate.steps.stored import stored_labellings
from annotate.steps.story_parts import StoryParts, joins_of, story_parts
from annotate.store import Store
from annotate.workspace import SplitSettings, Workspace

Strategy = Literal["stratified", "temporal", "hash"]
SHOWN = 20
LARGE_GROUP = 0.1  # of the articles


class Split(Struct, frozen=True):
    """Articles by split after the draw, and how many were drawn now.

    largest_group, largest_group_name: of the group with the most articles; difference: where a split is least like the whole
    withdrawn, quarantined: articles in no split, with the reason
    """

    sizes: dict[str, int]
    drawn: int
    strategy: str
    cuts: SplitCuts
    holdout: tuple[str, ...]
    largest_group: int
    largest_group_name: str | None
    difference: Difference | None
    withdrawn: list[LeftOut]
    quarantined: list[LeftOut]
    warnings: list[str]
    dry_run: bool


def run(
    workspace: Workspace,
    *,
    strategy: Strategy | None = None,
    holdout: Sequence[str] | None = None,
    lock_file: Path | None = None,
    dry_run: bool = False,
) -> Split:
    """Draw splits for the articles that have none. ``lock_file``: a release's splits.lock.json, whose splits hold here too.

    Raises UsageProblem when a lock was drawn by other terms than are asked for.
    """
    with Store(workspace.store_path) as store:
        articles = _drawables(workspace, store)
        lock = _terms(_with_file(store.split_lock(), lock_file, articles), workspace.settings.split, strategy, holdout)
        before = {each.article for each in lock.articles}
        apart = told_apart(store, articles, lock)
        told = story_parts(apart.articles, lock, joins_of(store))
        after = _with_groups(draw(told.articles, lock), apart, told)
        if not dry_run:
            store.put_split_lock(after)
            store.put_articles(_renamed(store, apart, told, after))
    return _report(articles, before, after, dry_run)


def _with_groups(lock: SplitLock, apart: Apart, told: StoryParts) -> SplitLock:
    """The lock, in which quarantined articles keep what they are copies of, and which stories they join: their groups' names no longer
    say it.
    """
    kept = (
        structs.replace(each, copies=apart.copies.get(each.article, ()), stories=told.stories.get(each.article, ()))
        for each in lock.quarantined
    )
    return structs.replace(lock, quarantined=tuple(kept))


def _renamed(store: Store, apart: Apart, told: StoryParts, lock: SplitLock) -> list[Article]:
    """The articles in splits whose group of copies, or story, has another name from now on."""
    inside = {each.article for each in lock.articles} & (apart.names.keys() | told.names.keys())
    found = [article for name in sorted(inside) if (article := store.article(name)) is not None]
    named = (
        structs.replace(each, duplicates=apart.names.get(each.id, each.duplicates), story=told.names.get(each.id, each.story))
        for each in found
    )
    return [now for before, now in zip(found, named, strict=True) if now != before]


def _drawables(workspace: Workspace, store: Store) -> list[Drawable]:
    """Every article, with what its annotations say where it came labelled."""
    labels: dict[str, list[Labels]] = {}
    if next(store.annotations(), None) is not None:
        labels = _labels(workspace, store)
    return [drawable(article, labels.get(article.id)) for article in store.articles()]


def _labels(workspace: Workspace, store: Store) -> dict[str, list[Labels]]:
    """Article → how often each type and answer was given, by its mean annotator."""
    counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    annotators: Counter[str] = Counter()
    for each in stored_labellings(store, load_schema(workspace.schema_path)).labellings:
        annotators[each.article] += 1
        counts[each.article].update((f"{item.layer}.type", item.type) for item in each.items)
        counts[each.article].update((f"{answer.layer}.{answer.question}", answer.value) for answer in each.answers)
    return {
        article: [Labels(*label, count / annotators[article]) for label, count in sorted(counts[article].items())] for article in annotators
    }


def _with_file(lock: SplitLock | None, path: Path | None, articles: Sequence[Drawable]) -> SplitLock | None:
    """The lock with the splits of a release, of the articles that are here. Raises BadInput where the two differ."""
    if path is None:
        return lock
    try:
        brought = msgspec.json.decode(path.read_bytes(), type=SplitLock)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a release's splits.lock.json") from None
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}; name a release's splits.lock.json") from None
    here = {each.id for each in articles}
    mine = {each.article: each for each in lock.articles} if lock else {}
    moved = [each.article for each in brought.articles if each.article in mine and mine[each.article].split != each.split]
    if moved:
        raise BadInput(f"{path}: {len(moved)} articles are locked elsewhere here ({', '.join(moved[:5])} …); splits never move")
    added: dict[str, Locked] = {each.article: each for each in brought.articles if each.article in here}
    withdrawn = {each.article: each for each in brought.withdrawn if each.article in here and each.article not in mine}
    return structs.replace(
        lock or brought,
        articles=tuple((added | mine).values()),
        withdrawn=tuple({**withdrawn, **{each.article: each for each in (lock.withdrawn if lock else ())}}.values()),
        quarantined=(),
    )


def _terms(lock: SplitLock | None, settings: SplitSettings, strategy: Strategy | None, holdout: Sequence[str] | None) -> SplitLock:
    """What is drawn by: the lock's strategy and holdout where there is one, the settings' where not."""
    shares = SplitShares(settings.train, settings.dev, settings.test)
    asked = tuple(holdout) if holdout else tuple(filter(None, (each.strip() for each in settings.holdout.split(";"))))
    if lock is None:
        return SplitLock(strategy or settings.strategy, settings.seed, shares, holdout=asked)
    for name, wanted, locked in (("strategy", strategy, lock.strategy), ("holdout", tuple(holdout or ()), lock.holdout)):
        if wanted and wanted != locked:
            raise UsageProblem(
                f"these splits were drawn with the {name} {_said(locked)} and are locked; {_said(wanted)} needs a new workspace"
            )
    return structs.replace(lock, seed=settings.seed, shares=shares)


def _said(terms: str | tuple[str, ...]) -> str:
    return terms if isinstance(terms, str) else ", ".join(terms) or "none"


def _report(articles: Sequence[Drawable], before: set[str], after: SplitLock, dry_run: bool) -> Split:
    by_id = {each.id: each for each in articles}
    splits: dict[str, list[Drawable]] = {"train": [], "dev": [], "test": []}
    for each in after.articles:
        if each.article in by_id:
            splits[each.split].append(by_id[each.article])
    groups = Counter(each.group for each in after.articles)
    name, largest = max(groups.items(), key=lambda group: (group[1], group[0]), default=(None, 0))
    return Split(
        sizes={split: len(own) for split, own in splits.items()},
        drawn=len({each.article for each in after.articles} - before),
        strategy=after.strategy,
        cuts=after.cuts,
        holdout=after.holdout,
        largest_group=largest,
        largest_group_name=name if largest > 1 else None,
        difference=largest_difference(splits),
        withdrawn=list(after.withdrawn),
        quarantined=list(after.quarantined),
        warnings=_warnings(splits, name, largest),
        dry_run=dry_run,
    )


def _warnings(splits: dict[str, list[Drawable]], name: str | None, largest: int) -> list[str]:
    total = sum(map(len, splits.values()))
    found = [warning] if (warning := small_test(len(splits["test"]))) is not None else []
    if largest > max(LARGE_GROUP * total, 2):
        found.append(
            f"the group of {name} holds {largest} of {total} articles: stories that are linked one by one make chains; "
            "look at them with `annotate stories`"
        )
    return found


def show(done: Split) -> str:
    sizes = ", ".join(f"{size} {name}" for name, size in done.sizes.items())
    what = "would be drawn" if done.dry_run else "drawn now"
    lines = [f"{sizes}; {done.drawn} {what} ({done.strategy}), the rest stays as locked; the largest group holds {done.largest_group}"]
    lines += [f"cuts: dev from {done.cuts.dev or '–'}, test from {done.cuts.test or '–'}"] if done.strategy == "temporal" else []
    lines += [f"held out for test: {', '.join(done.holdout)}"] if done.holdout else []
    if (most := done.difference) is not None:
        told = f"{most.variable} {most.value or '(none)'}, {most.share:.3f} of {most.split}, {most.overall:.3f} of all"
        lines.append(f"largest share difference: {told}")
    for what, left in (("withdrawn", done.withdrawn), ("quarantined, in no split", done.quarantined)):
        lines += [f"{len(left)} {what}:"] if left else []
        lines += [f"  {each.article}: {each.reason}" for each in left[:SHOWN]]
        lines += [f"  and {len(left) - SHOWN} more (--json lists all)"] if len(left) > SHOWN else []
    return "\n".join(lines + done.warnings)
