"""What a person should look at in an article that goes in as it is."""

from __future__ import annotations

from collections.abc import Iterator

from annotate.corpus.hidden import hidden_text
from annotate.errors import Problem
from annotate.records import Article


def doubts(place: str, article: Article) -> Iterator[Problem]:
    """Characters that can hide text, a date that the text speaks against."""
    if (hidden := hidden_text(place, article)) is not None:
        yield hidden
    if article.date_doubt is not None:
        yield Problem(place, f"its date is doubtful: {article.date_doubt}; give the right one in a `date` column")
