"""Lines that an outlet prints under article after article: its page's, which no rule has to know.

Paragraphs are left out: a background paragraph recurs as a disclaimer does, and is the story's own. So are lines that a rule knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set

from msgspec import structs

from annotate.corpus.dates.article import article_date
from annotate.corpus.zones.lines import CUT, short_lines, unknown_lines
from annotate.corpus.zones.mark import zones
from annotate.corpus.zones.rules import Rules, bundled_rules, fold
from annotate.records import Article

OFTEN = 3  # articles of one outlet, of different titles, from which a line is the page's


def recurring_lines(articles: Iterable[Article], rules: Rules | None = None) -> dict[str, frozenset[str]]:
    """Publisher → its lines, folded, that stand in at least OFTEN of its articles of different titles."""
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for article in articles:
        if article.source.publisher is not None:
            name = heading(article)
            for _, line in lines_unknown(article, rules):
                # The titles are kept only as far as they are counted.
                if len(titles := seen[article.source.publisher][line]) < OFTEN:
                    titles.add(name)
    return {outlet: frozenset(line for line, titles in counted.items() if len(titles) >= OFTEN) for outlet, counted in seen.items()}


def lines_unknown(article: Article, rules: Rules | None = None) -> Iterator[tuple[int, str]]:
    """The article's lines that may turn out to be its outlet's page: where each starts, and itself, folded."""
    return unknown_lines(article.text, rules or bundled_rules(), fold(article.source.publisher or ""))


def heading(article: Article) -> str:
    """By what articles differ: the title, else the first line; folded."""
    return fold(article.title or article.text.lstrip()[:CUT].split("\n", 1)[0].rstrip())


def with_recurring(article: Article, recurring: frozenset[str], rules: Rules | None = None) -> Article:
    """The article with its outlet's recurring lines marked. It is dated anew where its date stood in one of them."""
    if recurring.isdisjoint(line for _, line in short_lines(article.text)):
        return article
    unknown = dict(lines_unknown(article, rules))
    return with_lines_marked(article, recurring.intersection(unknown.values()), unknown.keys(), rules)


def with_lines_marked(article: Article, found: frozenset[str], unknown: Set[int], rules: Rules | None = None) -> Article:
    """The article with these of its lines marked. ``unknown``: where lines start of which it is known that no rule knows them."""
    if not found:
        return article
    marked = zones(article.text, article.title, publisher=article.source.publisher, recurring=found, unknown=unknown, rules=rules)
    changed = structs.replace(article, zones=marked)
    start = article.date_span[0] if article.date_span else -1
    if any(zone.start <= start < zone.end and zone.label == "boilerplate" for zone in marked):
        dated = article_date(article.text, marked)
        return structs.replace(changed, date=dated.date, date_span=dated.span, date_doubt=dated.why if dated.suspect else None)
    return changed
