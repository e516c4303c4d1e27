"""What a sample was drawn from, and how: so that a release can say it, and anybody can undo the sampling."""

from __future__ import annotations

from msgspec import Struct

from annotate.corpus.sampling.design import Design

FORMAT = 1


class PoolFile(Struct, frozen=True):
    """One file of the pool: its path below the folder that holds all of them, and how many articles were read of it. ``sha256`` is null for
    a file by URL, of which only some columns are fetched."""

    path: str
    sha256: str | None
    bytes: int
    articles: int


class Stratum(Struct, frozen=True):
    """One stratum's articles, and what became of them.

    articles = without_keyword + duplicates + beyond_story + can_be_drawn (N_h); of these ``drawn`` (n_h) are in the sample, ``before`` of
    them from earlier draws. ``weight`` is max(N_h, τ) / n_h, null where nothing was drawn.
    """

    stratum: dict[str, str | None]
    articles: int
    without_keyword: int
    duplicates: int
    beyond_story: int
    can_be_drawn: int
    drawn: int
    before: int
    weight: float | None


class Manifest(Struct, frozen=True):
    """What a sample was drawn from, and how.

    left_out:  rows of the pool that cannot be read or have no id
    known_probabilities: false where what was drawn before is not what this design would have drawn first: weights are then approximate
    threshold: τ, the highest priority of a stratum that did not come in; 0 where all did
    refused:   ids of drawn articles, up to now, that could not go into the store; they keep their place in the sample
    """

    format: int
    tool: str
    design: Design
    files: list[PoolFile]
    left_out: int
    strata: list[Stratum]
    known_probabilities: bool
    threshold: float
    refused: list[str] = []


def explain(manifest: Manifest) -> str:
    """What was drawn from what, and what the weights say, for people."""
    total = {name: sum(getattr(each, name) for each in manifest.strata) for name in Stratum.__struct_fields__[1:-1]}
    design = manifest.design
    lines = [f"{total['drawn']:,} of {total['articles']:,} articles are in the sample, {total['before']:,} of them from earlier draws."]
    if manifest.refused:
        lines.append(f"{len(manifest.refused):,} of the sample could not go into the store.")
    left = [
        (total["without_keyword"], "contain no keyword"),
        (total["duplicates"], "are duplicates of one that can be drawn"),
        (total["beyond_story"], f"are beyond {design.per_story} of a story"),
        (manifest.left_out, "rows cannot be read or have no id"),
    ]
    lines += [f"{count:,} {why}." for count, why in left if count]
    strata = f"{len(manifest.strata)} strata by {', '.join(design.by)}, {design.allocation} shares" if design.by else "no strata"
    lines.append(f"{total['can_be_drawn']:,} could be drawn; {strata}, seed {design.seed}.")
    lines.append(f"Weights speak for the pool's {'articles with a keyword' if design.keywords else 'articles'}, duplicates counting once.")
    if manifest.threshold:
        lines.append("Not every stratum came in; the weights of those that did speak for the others too, which more articles would mend.")
    if not manifest.known_probabilities:
        lines.append("They are approximate: what was there before is not what this seed and these options would have drawn first.")
    return "\n".join(lines)
