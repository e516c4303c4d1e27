"""splits.lock.json of a release against its documents: each where it is locked, and no group in two splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from annotate.errors import Problem
from annotate.records import Locked, SplitLock
from annotate.release.about import ABOUT, About
from annotate.release.lines import pretty, read_json
from annotate.release.verify.records import Documents

LOCK = "splits.lock.json"


def lock_problems(folder: Path, documents: Documents, about: About | None, digest: str) -> Iterator[Problem]:
    """``digest``: SHA-256 of the lock, by which is told whether it or release.json was changed."""
    try:
        lock = _read_lock((folder / LOCK).read_bytes())
    except (ValueError, msgspec.ValidationError) as error:
        yield Problem(LOCK, f"not a list of articles with split and group ({error})")
        return
    for article, count in Counter(each.article for each in lock.articles).items():
        if count > 1:
            yield Problem(LOCK, f"{article}: stands {count} times")
    for out in (*lock.withdrawn, *lock.quarantined):
        if out.article in documents.places:
            yield Problem(LOCK, f"{out.article}: is in the release, though it {out.reason}")
    locked = {each.article: each for each in lock.articles}
    for article, place in documents.places.items():
        if article not in locked or locked[article].split != place.split:
            yield Problem(LOCK, f"{article}: is in {place.split}, but not locked there")
    yield from _crossing(locked, documents)
    if about is not None:
        terms, said = (lock.strategy, lock.seed, list(lock.holdout)), about.splits
        for what, is_, told in zip(("strategy", "seed", "holdout"), terms, (said.strategy, said.seed, said.holdout), strict=True):
            if is_ != told:
                vouched_for = any(each.file == LOCK and each.sha256 == digest for each in about.sums)
                if vouched_for:
                    yield Problem(ABOUT, f"says {what} {told}, {LOCK} {is_}")
                else:
                    yield Problem(LOCK, f"its {what} is {is_}, release.json says {told}")


def _read_lock(raw: bytes) -> SplitLock:
    """What the codec writes again byte for byte is read as it is, a tenth of what plain dictionaries of it take."""
    try:
        lock = msgspec.json.decode(raw, type=SplitLock)
        if pretty(lock) == raw:
            return lock
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    return msgspec.convert(read_json(raw), SplitLock)


def _crossing(locked: Mapping[str, Locked], documents: Documents) -> Iterator[Problem]:
    homes: dict[str, str] = {}
    crossed: dict[str, set[str]] = {}
    for each in locked.values():
        if homes.setdefault(each.group, each.split) != each.split:
            crossed.setdefault(each.group, {homes[each.group]}).add(each.split)
    for group, found in sorted(crossed.items()):
        yield Problem(LOCK, f"the group {group} crosses {' and '.join(sorted(found))}")
    for (kind, name), by_split in sorted(documents.groups.items()):
        if len(by_split) > 1:
            splits, first = " and ".join(sorted(by_split)), ", ".join(sorted(by_split.values()))
            yield Problem(LOCK, f"the {kind} group {name} crosses {splits}: {first}")
