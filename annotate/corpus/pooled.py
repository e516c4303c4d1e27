"""What `annotate pool` found out about an article, with the help of its outlet's others, so that one alone would not give it again."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, structs

from annotate.errors import Problem
from annotate.records import Article, Date, Zone


class _Found(Struct, frozen=True):
    """The columns of a pool that ingest does not know, and the date as it stands in the pool."""

    sha256: str
    zones: tuple[Zone, ...]
    date: Date = Date()
    date_span: tuple[int, int] | None = None
    date_doubt: str | None = None


def as_pooled(place: str, article: Article, row: dict[str, Any]) -> Article | Problem:
    """The article of a row as `annotate pool` made it; as it is where the row is from elsewhere."""
    if "zones" not in row or "sha256" not in row:
        return article
    try:
        found = msgspec.convert(row, _Found)
    except msgspec.ValidationError as error:
        return Problem(place, f"not as `annotate pool` writes it ({error}); make the pool again")
    if found.sha256 != article.sha256 or any(not 0 <= each.start < each.end <= len(article.text) for each in found.zones):
        return Problem(place, "its text is not the one that the pool was made of; make the pool again")
    return structs.replace(article, zones=found.zones, date=found.date, date_span=found.date_span, date_doubt=found.date_doubt)
