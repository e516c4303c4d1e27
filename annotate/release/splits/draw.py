"""Train, dev and test by group: drawn before labelling, locked, never moved.

What the lock decides comes first (``annotate.release.splits.lock``); the groups that are left are drawn by its strategy:

- stratified: every split like the whole (``annotate.release.splits.balance``);
- temporal: by the cuts of the lock, which the first draw sets (``annotate.release.splits.temporal``);
- hash: by a digest of the seed and the group's name alone, so that nothing else decides where a group goes.

A holdout (``publisher=…``, ``type=…``) is test, and test is nothing else but what is in one group with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from math import sqrt

from msgspec import structs

from annotate.agreement.intervals import documents_needed
from annotate.errors import BadInput, UsageProblem
from annotate.records import LeftOut, Locked, SplitCuts, SplitLock, SplitShares
from annotate.release.splits.balance import balanced
from annotate.release.splits.groups import Drawable, Group, groups_of
from annotate.release.splits.lock import settle
from annotate.release.splits.temporal import cuts_for, days_of, group_split, split_at, undated

SPLITS = ("train", "dev", "test")
NORMAL = 1.96  # standard deviations: a 95% interval
EXPECTED_SCORE = 0.8
WANTED_HALF_WIDTH = 0.05
NAMED = 10  # of what could be held out
Place = Mapping[str, str]  # group's name → split
HeldOut = Callable[[Drawable], bool]


def draw(articles: Iterable[Drawable], lock: SplitLock) -> SplitLock:
    """The lock with a split for every article that has none, but for those it lists as quarantined, with the reason.

    The lock of a first draw has the terms and no articles. Raises BadInput for shares that are none and for dates that part nothing,
    UsageProblem for a holdout that nothing is.
    """
    shares = _shares(lock.shares)
    known = {each.id: each for each in articles}
    held_out = _held_out(lock.holdout, known.values())
    settled = settle(known.values(), lock)
    before = {each.article for each in lock.articles} | {each.article for each in lock.withdrawn}
    why = dict(settled.why)
    for name, place in settled.articles.items():
        if name not in before and (reason := _misplaced(known[name], place.split, lock, held_out)) is not None:
            why[name] = reason
    why |= {each.id: reason for each in settled.free if (reason := _refused(each, lock)) is not None}
    groups = groups_of(each for each in settled.free if each.id not in why)
    kept = {name: place for name, place in settled.articles.items() if name not in why}
    if lock.strategy == "temporal" and lock.cuts == SplitCuts() and groups:
        lock = structs.replace(lock, cuts=cuts_for(groups, shares))
    held: dict[str, list[Drawable]] = {split: [] for split in SPLITS}
    for name, place in kept.items():
        if name in known:
            held[place.split].append(known[name])
    where = _place(groups, held, lock, shares, held_out)
    for group in groups:
        split = where.get(group.name)
        for each in group.members:
            if split is None:
                why[each.id] = _across(group, lock.cuts)
            else:
                kept[each.id] = Locked(each.id, split, group.name)  # type: ignore[arg-type]
    return structs.replace(
        lock,
        articles=tuple(kept[name] for name in sorted(kept)),
        withdrawn=tuple(settled.withdrawn),
        quarantined=tuple(LeftOut(name, why[name]) for name in sorted(why)),
    )


def expected_half_width(documents: int) -> float:
    """Half of the 95% interval's width of a test score of 0.8, a share of so many documents: 1.96·√(p(1 − p)/n)."""
    return NORMAL * sqrt(EXPECTED_SCORE * (1 - EXPECTED_SCORE) / documents)


def small_test(documents: int) -> str | None:
    """A warning where so few test documents will leave a score uncertain."""
    if not documents or expected_half_width(documents) <= WANTED_HALF_WIDTH:
        return None
    half = expected_half_width(documents)
    holds = f"{documents} article{'s' if documents > 1 else ''}"
    return (
        f"test holds {holds}: a score of {EXPECTED_SCORE} on them, counted by article, has a 95% interval of ±{half:.2f}; "
        f"{documents_needed(documents, half, WANTED_HALF_WIDTH)} would give ±{WANTED_HALF_WIDTH}"
    )


def _shares(given: SplitShares) -> dict[str, float]:
    shares = {"train": given.train, "dev": given.dev, "test": given.test}
    if not all(0 <= share < math.inf for share in shares.values()) or sum(shares.values()) <= 0:
        raise BadInput(f"split shares {shares}: give shares of 0 or more, at least one above 0")
    return shares


def _held_out(holdout: Sequence[str], articles: Iterable[Drawable]) -> HeldOut:
    """What the holdout names. ``type=TYPE`` is any layer's, ``type=layer.TYPE`` one's."""
    publishers: set[str] = set()
    types: set[str] = set()
    for each in holdout:
        kind, sign, value = (part.strip() for part in each.partition("="))
        if kind not in ("publisher", "type") or not sign or not value:
            raise UsageProblem(f"a holdout is publisher=NAME or type=TYPE, not {each!r}")
        (publishers if kind == "publisher" else types).add(value)
    there: Counter[str] = Counter()
    for article in articles if holdout else ():
        there.update({*([f"publisher={article.publisher}"] if article.publisher else []), *(f"type={name}" for name in _types(article))})
    asked = {f"publisher={name}" for name in publishers} | {f"type={name}" for name in types}
    if unknown := sorted(asked - there.keys()):
        raise UsageProblem(f"no article is of {', '.join(unknown)}; {_known(there, {each.partition('=')[0] for each in unknown})}")
    return lambda article: article.publisher in publishers or not types.isdisjoint(_types(article))


def _known(there: Counter[str], kinds: Collection[str]) -> str:
    """What could be held out of these kinds, the commonest first."""
    known = [name for name, _ in there.most_common() if name.partition("=")[0] in kinds]
    if known:
        return f"there is {', '.join(known[:NAMED])}{' …' if len(known) > NAMED else ''}"
    return "nothing is labelled yet" if "type" in kinds else "no article names its publisher"


def _types(article: Drawable) -> set[str]:
    """The types of its items, with their layer and without."""
    layers = [(label.variable.removesuffix(".type"), label.value) for label in article.labels if label.variable.endswith(".type")]
    return {name for layer, value in layers for name in (value, f"{layer}.{value}")}


def _refused(article: Drawable, lock: SplitLock) -> str | None:
    """Why an article can be in no split, whatever its group."""
    if lock.strategy == "temporal":
        return undated(article)
    if not (article.labelled or article.labels) and any(each.strip().startswith("type") for each in lock.holdout):
        return "is not labelled, so nobody knows whether it is of a type that is held out"
    return None


def _misplaced(article: Drawable, split: str, lock: SplitLock, held_out: HeldOut) -> str | None:
    """Why a new article cannot be in the split of the group that it joined."""
    if (reason := _refused(article, lock)) is not None:
        return reason
    days = days_of(article.date)
    if lock.strategy == "temporal" and days is not None and split_at(days, lock.cuts) != split:
        return f"its group is locked in {split}, and its date is not of that time"
    if held_out(article) and split != "test":
        return f"is held out for test, and its group is locked in {split}"
    return None


def _place(
    groups: Sequence[Group], held: Mapping[str, Sequence[Drawable]], lock: SplitLock, shares: Mapping[str, float], held_out: HeldOut
) -> Place:
    """The split of each group; none for one that lies across a cut."""
    if lock.strategy == "temporal":
        if lock.holdout:
            raise UsageProblem("a temporal split has no holdout: its test is what is newest; use --strategy stratified or hash")
        return {group.name: split for group in groups if (split := group_split(group, lock.cuts)) is not None}
    tested = {group.name: "test" for group in groups if lock.holdout and any(map(held_out, group.members))}
    left = [group for group in groups if group.name not in tested]
    parts = {split: share for split, share in shares.items() if share > 0 and not (lock.holdout and split == "test")}
    if not parts:
        raise BadInput("the shares leave nothing but test, and a holdout is all that test has; give train or dev a share")
    if not left:
        return tested
    if lock.strategy == "hash":
        drawn = {group.name: _by_digest(group, parts, lock.seed) for group in left}
    else:
        drawn = balanced(left, {split: held[split] for split in parts}, parts, lock.seed)
    if "test" in parts and not held["test"] and "test" not in drawn.values():
        drawn[min(left, key=lambda group: (len(group.members), _digest(group, lock.seed))).name] = "test"
    return tested | drawn


def _by_digest(group: Group, shares: Mapping[str, float], seed: int) -> str:
    """The split whose part of the digests it has: [0, train), [train, train + dev) and the rest."""
    place, reached = _digest(group, seed) * sum(shares.values()), 0.0
    for split, share in shares.items():
        reached += share
        if place < reached:
            return split
    return list(shares)[-1]


def _digest(group: Group, seed: int) -> float:
    """A number from 0 up to 1 that only the seed and the group's name decide."""
    return int.from_bytes(sha256(f"{seed}:{group.name}".encode()).digest()[:6], "big") / 2**48


def _across(group: Group, cuts: SplitCuts) -> str:
    cut = " or ".join(day for day in (cuts.dev, cuts.test) if day)
    if len(group.members) == 1:
        return f"its date is not exact enough to tell on which side of the cut at {cut} it lies"
    return f"its group {group.name} ({len(group.members)} articles) lies across the cut at {cut}, or its date is not known to the day there"
