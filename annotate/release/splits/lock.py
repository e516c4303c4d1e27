"""What a lock means for articles drawn before, and for new ones that belong to their groups. What is locked never moves.

- A new article that belongs with locked ones of one split goes there. One that belongs with locked ones of two is quarantined, and
  so are two new ones of which each belongs to another split and which belong together. What hangs on a quarantined article alone is free.
- When locked articles of two splits prove to belong together, those of train are withdrawn and those of test stay (dev's before train's,
  after test's); they keep their place, and return to it should they turn out to be apart after all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from annotate.records import LeftOut, Locked, SplitLock
from annotate.release.splits.groups import Drawable, Key

KEPT_FIRST = ("test", "dev", "train")


class Settled(NamedTuple):
    """articles: locked ones and new ones that joined them; free: new ones, to be drawn; why: quarantined article → reason"""

    articles: dict[str, Locked]
    withdrawn: list[LeftOut]
    why: dict[str, str]
    free: list[Drawable]


def settle(articles: Iterable[Drawable], lock: SplitLock) -> Settled:
    """What the lock decides on these articles by itself. Locked articles that are not among them stay as they are."""
    known = {each.id: each for each in articles}
    locked = {each.article: each for each in lock.articles}
    locked |= {each.article: Locked(each.article, each.split, each.group) for each in lock.withdrawn if each.split and each.group}
    withdrawn = _withdrawn(known, locked)
    active = {name: each for name, each in locked.items() if name not in withdrawn}
    homes: dict[Key, Locked] = {}
    for name, place in sorted(active.items()):
        for key in known[name].keys if name in known else ():
            homes.setdefault(key, place)
    waiting = {name: each for name, each in sorted(known.items()) if name not in locked}
    joined, why = _joined(waiting, homes)
    out = [LeftOut(name, reason, locked[name].split, locked[name].group) for name, reason in sorted(withdrawn.items())]
    free = [each for name, each in waiting.items() if name not in joined and name not in why]
    return Settled(active | joined, out, why, free)


def _withdrawn(known: Mapping[str, Drawable], locked: Mapping[str, Locked]) -> dict[str, str]:
    """Locked article → why it is withdrawn. What was withdrawn already withdraws nothing."""
    holders: dict[Key, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, place in sorted(locked.items()):
        for key in known[name].keys if name in known else ():
            holders[key][place.split].append(name)
    crossing = {key: by_split for key, by_split in holders.items() if len(by_split) > 1}
    found: dict[str, str] = {}
    for rank, split in enumerate(KEPT_FIRST):
        for (kind, value), by_split in sorted(crossing.items()):
            kept = next((name for name in by_split.get(split, ()) if name not in found), None)
            if kept is not None:
                for other in KEPT_FIRST[rank + 1 :]:
                    for name in by_split.get(other, ()):
                        found.setdefault(name, f"proved to share its {kind} group {value} with {kept}, locked in {split}")
    return found


def _joined(waiting: Mapping[str, Drawable], homes: dict[Key, Locked]) -> tuple[dict[str, Locked], dict[str, str]]:
    """(new article → where its group is locked, quarantined one → why), in rounds, from the locked articles outwards."""
    members: dict[Key, list[str]] = defaultdict(list)
    for article in waiting.values() if homes else ():
        for key in article.keys:
            members[key].append(article.id)
    joined: dict[str, Locked] = {}
    why: dict[str, str] = {}
    frontier = _unsettled((key for key in homes), members, joined, why)
    while frontier:
        round_ = {name: _own_place(waiting[name], homes, why) for name in frontier}
        places = {name: place for name, place in round_.items() if place is not None}
        _quarantine_meetings(waiting, places, homes, why)
        fresh: list[Key] = []
        for name, place in places.items():
            if name not in why:
                joined[name] = Locked(name, place.split, place.group)
                fresh += [key for key in waiting[name].keys if homes.setdefault(key, place) is place]
        frontier = _unsettled(fresh, members, joined, why)
    return joined, why


def _unsettled(keys: Iterable[Key], members: Mapping[Key, list[str]], joined: Mapping[str, Locked], why: Mapping[str, str]) -> list[str]:
    return sorted({name for key in keys for name in members.get(key, ()) if name not in joined and name not in why})


def _own_place(article: Drawable, homes: Mapping[Key, Locked], why: dict[str, str]) -> Locked | None:
    """Where the groups are that it belongs to; None, and a reason, where they are in two splits."""
    places = sorted((homes[key] for key in article.keys if key in homes), key=lambda each: (each.split, each.group))
    splits = sorted({each.split for each in places})
    if len(splits) > 1:
        why[article.id] = f"joins articles locked in {' and '.join(splits)}"
        return None
    return places[0]


def _quarantine_meetings(
    waiting: Mapping[str, Drawable], places: Mapping[str, Locked], homes: Mapping[Key, Locked], why: dict[str, str]
) -> None:
    """New articles of two splits that share a group which is locked nowhere yet."""
    meeting: dict[Key, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, place in places.items():
        for key in waiting[name].keys:
            if key not in homes:
                meeting[key][place.split].append(name)
    for (kind, value), by_split in meeting.items():
        if len(by_split) > 1:
            for name in (each for own in by_split.values() for each in own):
                why[name] = f"joins articles locked in {' and '.join(sorted(by_split))}, through the {kind} group {value}"
