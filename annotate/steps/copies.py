"""Groups of copies that a new article made one of, told apart again: two articles that it copies from need not be copies of each other.

`ingest` names groups by whatever links their articles. Where articles that are locked in two splits have come to bear one name, their texts
say whether they are copies of each other, or whether only new articles lie between them. No command of its own: `split` asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from annotate.corpus.duplicates import clustered, linked
from annotate.corpus.minhash import Sketch, sketches
from annotate.records import SplitLock
from annotate.release.splits.groups import Drawable
from annotate.steps.leakage import article_document
from annotate.store import Store


class Apart(NamedTuple):
    """The articles with their groups told apart.

    names:  article → the name of its group of copies from now on (None: it has none), where that may be another
    copies: new article → what it is a copy of, where these are not all copies of each other
    """

    articles: list[Drawable]
    names: dict[str, str | None]
    copies: dict[str, tuple[str, ...]]


class _Parts(NamedTuple):
    """Of one group: locked article → the first of its part; new article → the firsts of the parts, and the new ones, that it copies."""

    old: dict[str, str]
    new: dict[str, tuple[list[str], list[str]]]


def told_apart(store: Store, articles: Sequence[Drawable], lock: SplitLock) -> Apart:
    """A group of locked articles of two splits stays one where they are copies of each other, or where somebody named it."""
    locked = {each.article: each.split for each in lock.articles} | {each.article: each.split or "" for each in lock.withdrawn}
    by_id = {each.id: each for each in articles}
    names: dict[str, str | None] = {}
    copies = _known(store, by_id, lock, locked)
    for article in copies:
        by_id[article] = by_id[article]._replace(duplicates=None)  # its group's name says less than what it is a copy of
    groups: dict[str, list[str]] = defaultdict(list)
    for each in articles:
        if each.duplicates is not None:  # as it is stored, for those that were quarantined too
            groups[each.duplicates].append(each.id)
    for name, own in groups.items():
        old, new = ([article for article in own if (article in locked) == wanted] for wanted in (True, False))
        if new and len({locked[article] for article in old}) > 1 and (parts := _parts(store, old, new)) is not None:
            for article, first in parts.old.items():
                by_id[article] = by_id[article]._replace(duplicates=f"{name}: {first}")
            for article, (touched, others) in parts.new.items():
                by_id[article] = by_id[article]._replace(duplicates=None)
                copies[article] = tuple(sorted({*touched, *others, *copies.get(article, ())}))
            names |= _names(name, parts)
    return Apart(_joined(by_id, copies), names, copies)


def _known(store: Store, by_id: Mapping[str, Drawable], lock: SplitLock, locked: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What quarantined articles were found to be copies of, as far as they still are."""
    found: dict[str, tuple[str, ...]] = {}
    for each in lock.quarantined:
        others = [other for other in each.copies if other in by_id]
        if others and each.article in by_id and each.article not in locked:
            sketched = _sketched(store, [each.article, *others])
            if still := tuple(other for other in others if _copy(sketched, each.article, other)):
                found[each.article] = still
    return found


def _parts(store: Store, old: list[str], new: list[str]) -> _Parts | None:
    """The parts of a group, which are of locked articles that are copies of each other; None where the group is one."""
    sketched = _sketched(store, [*old, *new])
    everything, before = _firsts(sketched, [*old, *new]), _firsts(sketched, old)
    if len({everything[article] for article in old}) > 1 or len(set(before.values())) == 1:
        return None
    found: dict[str, tuple[list[str], list[str]]] = {}
    for article in new:
        touched = {before[other] for other in old if _copy(sketched, article, other)}
        found[article] = (sorted(touched), [other for other in new if other != article and _copy(sketched, article, other)])
    return _Parts(before, found)


def _sketched(store: Store, articles: Sequence[str]) -> dict[str, Sketch]:
    found = [store.article(article) for article in articles]
    bodies = ["" if article is None else article_document(article, "").body for article in found]
    return dict(zip(articles, sketches(bodies), strict=True))


def _copy(sketched: Mapping[str, Sketch], first: str, second: str) -> bool:
    return linked(first, sketched[first], second, sketched[second]) is not None


def _firsts(sketched: Mapping[str, Sketch], articles: Sequence[str]) -> dict[str, str]:
    """Article → the smallest id of those that it hangs together with by copies, among these articles."""
    links = (linked(one, sketched[one], other, sketched[other]) for one, other in combinations(articles, 2))
    clusters = clustered(filter(None, links)).clusters
    return {article: article for article in articles} | {article: own[0] for own in clusters for article in own}


def _joined(by_id: dict[str, Drawable], copies: Mapping[str, tuple[str, ...]]) -> list[Drawable]:
    """The articles, each with a group of its own with every article that it is a copy of."""
    for article, others in copies.items():
        for other in others:
            first, second = sorted((article, other))
            key = f"{first} and {second}"
            for each in (article, other):
                by_id[each] = by_id[each]._replace(copies=tuple(dict.fromkeys([*by_id[each].copies, key])))
    return list(by_id.values())


def _names(name: str, parts: _Parts) -> dict[str, str | None]:
    """What the parts are called from now on: the first keeps the group's name, others get that of their first article."""
    members: dict[str, list[str]] = defaultdict(list)
    for article, first in sorted(parts.old.items()):
        members[first].append(article)
    for article, (touched, _) in sorted(parts.new.items()):
        if len(touched) == 1:
            members[touched[0]].append(article)
    names: dict[str, str | None] = {}
    for first, own in sorted(members.items()):
        called = first if names else name
        names |= dict.fromkeys(own, called if len(own) > 1 else None)
    return names
