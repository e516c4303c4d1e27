"""`annotate split`: train, dev and test by group, before labelling, locked."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from annotate.errors import Problem
from annotate.release.split import draw
from annotate.store import Store
from annotate.workspace import Workspace


class Split(Struct, frozen=True):
    """Articles by split after the draw, how many were drawn now, the size of the largest group."""

    sizes: dict[str, int]
    drawn: int
    largest_group: int
    problems: list[Problem]


def run(workspace: Workspace) -> Split:
    """Draw splits for the articles that have none."""
    settings = workspace.settings.split
    with Store(workspace.store_path) as store:
        shares = {"train": settings.train, "dev": settings.dev, "test": settings.test}
        drawn, problems = draw(list(store.articles()), store.splits(), shares, settings.seed)
        store.lock_splits(drawn)
        locked = store.splits()
    sizes = Counter(split for split, _ in locked.values())
    groups = Counter(group for _, group in locked.values())
    return Split({name: sizes[name] for name in shares}, len(drawn), max(groups.values(), default=0), problems)


def show(done: Split) -> str:
    sizes = ", ".join(f"{size} {name}" for name, size in done.sizes.items())
    lines = [f"{sizes}; {done.drawn} drawn now, the rest stays as locked; the largest group holds {done.largest_group}"]
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])
