"""How a sample is drawn."""

from __future__ import annotations

from msgspec import Struct

from annotate.errors import UsageProblem

STRATIFY = ("publisher", "month", "year", "lang", "length")


class Design(Struct, frozen=True):
    """How a sample is drawn.

    size:       articles to draw, beside those that were drawn before
    by:         what strata are made of, of STRATIFY
    seed:       names the draw
    allocation: of the size to the strata: proportional to their articles, or equal
    per_story:  at most so many articles of a story; 0: no limit
    keywords:   only articles that contain one; none: every article
    diverse:    within a stratum, draw evenly along the words that articles share, instead of at random
    """

    size: int
    by: tuple[str, ...] = ()
    seed: int = 0
    allocation: str = "proportional"
    per_story: int = 1
    keywords: tuple[str, ...] = ()
    diverse: bool = False


def require_sound(design: Design) -> None:
    """Raises UsageProblem."""
    if design.size < 1 or design.per_story < 0:
        raise UsageProblem("give a size of at least 1, and a story limit of at least 0 (no limit)")
    if unknown := [name for name in design.by if name not in STRATIFY]:
        raise UsageProblem(f"cannot stratify by {', '.join(unknown)}; choose of {', '.join(STRATIFY)}")
    if design.allocation not in ("proportional", "equal"):
        raise UsageProblem(f"no allocation {design.allocation!r}; it is proportional or equal")
