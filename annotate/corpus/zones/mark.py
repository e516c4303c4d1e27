"""What each line of an article is, and the spans inside lines that are not the story. Text is marked, never moved or deleted.

Two looks at every line: what it says, by the rules (lines.py; annotate/corpus/rules holds them, a file a language), and where it
stands: to the title, to the first and last paragraph, to its neighbours, and whether its outlet prints it under every article. Nothing
that looks like a paragraph is taken for anything else unless a rule knows it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from itertools import chain

from annotate.corpus.zones.lines import CLOSED, PARAGRAPH, QUOTES, Line, is_date, is_outlet, pieces, read_lines
from annotate.corpus.zones.rules import Rules, Words, bundled_rules, fits, fold
from annotate.records import Zone

CREDIT = re.compile(r"[(\[/]([^()\[\]/\d]{2,45})[)\]/]\s*\.?\Z")
INITIALLED = re.compile(r"(?:[^\W\d_]{1,2}[./ ]{1,3}){1,8}\(([^()]{2,60})\)\.?")
BEHIND_BAR = re.compile(r"[^|/]{12,} ?[|/] ?[^|/\d]{2,25}\Z")
DASHED = re.compile(r"[-–—]\s?([^.,،\d–—-]{2,25})\Z")
BRACKETED = re.compile(r"[(\[]([^()\[\]]{2,45})[)\]]")
# The article and what may be a clitic are left out; of a longer word at least three letters stay.
STEM = re.compile(r"\b[وف]?(?:[بكل]?ال|لل|[بكل])?(\w{3,})")
BULLET = re.compile(r"[-•*–—▪●■·]|@\w|\d{1,2}[.)-]\s")

Labels = list[str | None]


def zones(
    text: str,
    title: str | None,
    *,
    publisher: str | None = None,
    recurring: frozenset[str] = frozenset(),
    unknown: Set[int] = frozenset(),
    rules: Rules | None = None,
) -> tuple[Zone, ...]:
    """One zone a line that is not blank, and the spans inside body lines (dateline, agency), sorted by start.

    A line's zone is the whole line without its outer white space; a span's zone lies inside it and comes after it, so a stretch of text
    may lie in two zones, of which the shorter says more. At most one line is the title: the one that is ``title``, else the first that
    looks like one; where it is printed again, that is boilerplate.

    publisher: the outlet's name, which its pages print among the menus
    recurring: the outlet's lines from ``annotate.corpus.zones.recurring``
    unknown:   where lines start of which it is known that no rule knows them
    rules:     from ``load_rules``; the bundled ones where none are given
    """
    rules = rules or bundled_rules()
    outlet = fold(publisher or "")
    folded_title = fold((title or "")[:PARAGRAPH])
    lines = list(read_lines(text, rules, outlet, folded_title, unknown))
    labels = [line.says or ("boilerplate" if not line.paragraph and line.folded in recurring else None) for line in lines]
    heading = _heading(lines, labels, folded_title)
    _place(lines, labels, rules, outlet, heading)
    whole = (Zone(line.start, line.end, label or "body") for line, label in zip(lines, labels, strict=True))
    return tuple(sorted(chain(whole, _spans(text, lines, labels, rules)), key=lambda zone: (zone.start, -zone.end)))


# The title


def _heading(lines: list[Line], labels: Labels, title: str) -> int | None:
    """The title's line; the others that print it again become boilerplate. ``title`` is the one given, folded."""
    found = _given_title(lines, title)
    if found is None:
        found = _likely_title(lines, labels)
    if found is not None:
        for n, line in enumerate(lines):
            if line.folded == lines[found].folded:
                labels[n] = "boilerplate"
        labels[found] = "title"
    return found


def _given_title(lines: list[Line], title: str) -> int | None:
    """The line that is the title, else the one that has no more than the outlet's name behind it."""
    if not title:
        return None
    begin = [n for n, line in enumerate(lines) if line.folded.startswith(title)]
    equal = next((n for n in begin if lines[n].folded == title or len(title) >= PARAGRAPH - 5), None)
    if equal is not None:
        return equal
    rest = {n: lines[n].folded[len(title) :] for n in begin}
    return next((n for n in begin if len(rest[n]) < 45 and re.match(r" ?[|–—:»-]", rest[n])), None)


def _likely_title(lines: list[Line], labels: Labels) -> int | None:
    """The first line above the first paragraph that no rule knows; one that is printed twice, or that the story takes up, before others.

    A single word right above a paragraph is a place, not a title.
    """
    above = []
    for n, (line, label) in enumerate(zip(lines, labels, strict=True)):
        if label is None:
            if line.paragraph and (line.text[-1] in ".…" or line.end - line.start > PARAGRAPH):
                break
            above.append(n)
    counts = Counter(lines[n].folded for n in above)
    above = [n for n in above if counts[lines[n].folded] > 1] or above
    if len(above) == 1 and lines[above[0]].words == 1 and above[0] + 1 < len(lines) and lines[above[0] + 1].paragraph:
        labels[above[0]] = "dateline"
        return None
    long = [n for n in above if lines[n].words > 3] or above
    if len(long) < 2:
        return long[0] if long else None
    story = _stems(line for line in lines if line.paragraph)
    return next((n for n in long if _told(lines[n], story) > 0.3), long[0])


# The place


def _place(lines: list[Line], labels: Labels, rules: Rules, outlet: str, heading: int | None) -> None:
    """Label what no rule knew by its place. Lines are visited in order, so each sees what those above it became."""
    first, last = _extent(lines, labels, heading)
    tidy = _ends_closed(lines, labels)
    begun = False  # whether the page's own lines have begun below the story
    for n, line in enumerate(lines):
        if labels[n] is None and not line.paragraph:
            if heading is not None and n < heading:
                labels[n] = "boilerplate"
            elif n < first:
                labels[n] = _in_head(line, rules, outlet, first < len(lines)) or _among(lines, labels, n, rules.words)
            elif n > last:
                labels[n] = _in_tail(lines, n, rules, outlet, n <= last + 3) or _below(lines, labels, n, rules.words, begun, tidy)
            elif n not in (first, last):
                labels[n] = _in_body(lines, labels, n, rules.words, outlet)
        begun = begun or (n > last and labels[n] in ("boilerplate", "syndication", "agency"))
    if tidy:
        _mark_headlines(lines, labels, range(first + 1, last), rules.words)


def _extent(lines: list[Line], labels: Labels, heading: int | None) -> tuple[int, int]:
    """The first and last paragraph below the title; both the number of lines where there is none."""
    start = 0 if heading is None else heading + 1
    unknown = [n for n in range(start, len(lines)) if labels[n] is None]
    paragraphs = [n for n in unknown if lines[n].paragraph] or [n for n in unknown if _is_signed(lines[n])]
    if not paragraphs:
        return len(lines), len(lines)
    last = paragraphs[-1]
    while last + 1 < len(lines) and labels[last + 1] is None and _is_signed(lines[last + 1]):
        last += 1
    return paragraphs[0], last


def _is_signed(line: Line) -> bool:
    """A sentence with an agency's credit behind its full stop."""
    found = _signature(line.text)
    return found is not None and CLOSED.search(line.text[: found.start()]) is not None


def _signature(end: str) -> re.Match[str] | None:
    """The name behind a line's full stop, in brackets or behind a dash."""
    if end[-1] == "." and not end[:-1].rstrip().endswith((")", "]", "/")):
        return None  # as nearly every paragraph ends
    return CREDIT.search(end) or DASHED.search(end)


def _ends_closed(lines: list[Line], labels: Labels) -> bool:
    """Whether this article's paragraphs end with full stops, so that a line without one says something."""
    closed = [line.closed for line, label in zip(lines, labels, strict=True) if label is None and line.paragraph]
    return sum(closed) >= 0.7 * len(closed)


def _in_head(line: Line, rules: Rules, outlet: str, story: bool) -> str | None:
    """Between title and first paragraph; ``story`` says whether there is one."""
    if line.folded in rules.words.sections:
        return "boilerplate"
    if line.folded in rules.words.agencies or _is_initialled(line, rules.words):
        return "agency"
    if line.closed:
        return None
    if line.words > 3 and _has_credit(line, rules.words):
        return "caption"
    if _is_place_and_date(line.folded, rules) or (line.text[-1] in ":-–—" and rules.dateline.fullmatch(line.text)):
        return "dateline"
    if label := fits(rules.head, line.folded):
        return label
    return "byline" if story and (is_outlet(line.folded, outlet) or _is_name(line, rules.words)) else None


def _is_place_and_date(folded: str, rules: Rules) -> bool:
    place, _, date = folded.replace("،", ",").replace(" - ", ",", 1).partition(",")
    words = place.split()
    named = len(words) < 4 and place.replace(" ", "").isalpha() and rules.words.dates.isdisjoint(words)
    return named and is_date(date.strip(), rules)


def _is_name(line: Line, words: Words) -> bool:
    """Few words, and where letters have cases all but the small words with a capital."""
    parts = [part.strip(".,،") for part in line.text.split()]
    if not 1 < len(parts) <= 6 or any(map(str.isdigit, line.text)) or line.text[-1] in ":؟?!" or line.text[0] in QUOTES:
        return False
    cased = [part for part in parts if part.lower() != part.upper()]
    if cased:
        return all(part[0].isupper() or part in words.small for part in cased)
    return len(parts) <= 4 and parts[0] not in words.own


def _in_body(lines: list[Line], labels: Labels, n: int, words: Words, outlet: str) -> str | None:
    """Between paragraphs."""
    line = lines[n]
    if is_outlet(line.folded, outlet) or (line.folded in words.sections and "boilerplate" in (labels[n - 1], labels[n + 1])):
        return "boilerplate"
    if not line.closed and line.words > 3 and _has_credit(line, words):
        return "caption"
    return _among(lines, labels, n, words)


def _in_tail(lines: list[Line], n: int, rules: Rules, outlet: str, near: bool) -> str | None:
    """Behind the last paragraph, ``near`` it or not."""
    line = lines[n]
    if (
        not rules.words.agencies.isdisjoint(pieces(line.folded))
        or _is_initialled(line, rules.words)
        or (near and _is_credited(line, lines))
    ):
        return "agency"
    if line.folded in rules.words.sections or is_outlet(line.folded, outlet):
        return "boilerplate"
    if not line.closed and line.words > 3 and _has_credit(line, rules.words):
        return "caption"
    if label := fits(rules.tail, line.folded):
        return label
    return "agency" if _is_dashed(line) and not any(map(_is_dashed, (lines[n - 1], *lines[n + 1 : n + 2]))) else None


def _is_dashed(line: Line) -> bool:
    """A few words behind a dash: an agency's name, where no other such line makes a list of it."""
    return line.words < 5 and line.text[0] in "-–—" and not line.closed


def _is_initialled(line: Line, words: Words) -> bool:
    """Editors' initials with agencies in brackets behind them: ن.س / م.ك (د ب أ، رويترز)."""
    found = INITIALLED.fullmatch(line.text)
    return found is not None and any(_is_credit(name, words) for name in pieces(fold(found[1])))


def _is_credited(line: Line, lines: list[Line]) -> bool:
    """Whether a short line's name stands in brackets in the article: in a dateline, under a picture."""
    if line.closed or line.words > 4 or len(line.folded) < 3:
        return False
    others = (each.text for each in lines if each is not line and ("(" in each.text or "[" in each.text))
    return any(line.folded in fold(name) for other in others for name in BRACKETED.findall(other))


def _below(lines: list[Line], labels: Labels, n: int, words: Words, begun: bool, tidy: bool) -> str | None:
    """Below the story a line without a full stop is the page's: any where the page's lines have begun, a short one before that."""
    line, above = lines[n], lines[n - 1]
    if line.closed or (labels[n - 1] is None and above.text.endswith(":")):
        return None
    short = tidy and line.words < 8 and (labels[n - 1] is not None or above.paragraph) and not _is_own(line, words)
    return "boilerplate" if begun or short else None


def _has_credit(line: Line, words: Words) -> bool:
    """A name in brackets, or behind a bar or dash, at the line's end, as under a picture."""
    if not line.closed and line.words > 5:
        dashed = DASHED.search(line.text)
        if BEHIND_BAR.fullmatch(line.text) or (dashed and fold(dashed[1]) in words.agencies):
            return True
    found = CREDIT.search(line.text) if line.text[-1] in ")]./" else None
    if found is None:
        return False
    name = fold(found[1]).strip(QUOTES)
    return name.count(" ") < 5 and (not line.closed or _is_credit(name, words))


def _is_credit(name: str, words: Words) -> bool:
    return name in words.agencies or any(word.strip(QUOTES) in words.credit for word in name.split(" "))


def _among(lines: list[Line], labels: Labels, n: int, words: Words) -> str | None:
    """A short line among menus is one; behind the head of a list of other stories it is a headline."""
    line, before = lines[n], labels[n - 1] if n else None
    if line.closed and not line.text.endswith(("!", "?", "؟")):
        return None
    if before == "headline" or (before == "boilerplate" and lines[n - 1].folded.rstrip(" :…") in words.related):
        return "headline" if line.words > 3 and not _is_own(line, words) else None
    after = labels[n + 1] if n + 1 < len(lines) else None
    return "boilerplate" if before == after == "boilerplate" else None


# Headlines of other stories


def _mark_headlines(lines: list[Line], labels: Labels, between: range, words: Words) -> None:
    """Mark lines alone between paragraphs, long for a subhead and without a full stop.

    A subhead speaks of its own story, so of five to eight words half at most may stand in the paragraphs too.
    """
    likely = [n for n in between if labels[n] is None and _may_be_headline(lines, labels, n, words)]
    story = _stems(line for line in lines if line.paragraph) if any(lines[n].words < 9 for n in likely) else set()
    for n in likely:
        if lines[n].words >= 9 or _told(lines[n], story) <= 0.5:
            labels[n] = "headline"


def _may_be_headline(lines: list[Line], labels: Labels, n: int, words: Words) -> bool:
    line, before, after = lines[n], n - 1, n + 1
    alone = (labels[before] is not None or lines[before].paragraph) and (labels[after] is not None or lines[after].paragraph)
    if not alone or line.paragraph or line.closed or not 5 <= line.words <= 20 or _is_own(line, words):
        return False
    return labels[before] is not None or not lines[before].text.endswith(":")


def _is_own(line: Line, words: Words) -> bool:
    """Whether a line begins as no headline does: a list's item, a quotation all through, small letters, a question or reporting word."""
    word = re.split(r"\W", line.folded, maxsplit=1)[0]
    bare = word[1:] if word[:1] in ("و", "ف") else word
    quoted = line.text[0] in QUOTES and line.text[-1] in QUOTES
    return quoted or line.text[0].islower() or word in words.own or bare in words.own or BULLET.match(line.text) is not None


def _stems(lines: Iterable[Line]) -> set[str]:
    """The longer words of lines, for comparing only."""
    return set(STEM.findall(" ".join(line.folded for line in lines)))


def _told(line: Line, story: set[str]) -> float:
    """The share of a line's longer words that stand in the story."""
    telling = _stems([line])
    return len(telling & story) / len(telling) if telling else 0.0


# Inside lines


def _spans(text: str, lines: list[Line], labels: Labels, rules: Rules) -> Iterator[Zone]:
    body = [line for line, label in zip(lines, labels, strict=True) if label is None and (line.paragraph or _is_signed(line))]
    for line in body[:3]:
        if found := rules.dateline.match(line.text):
            yield Zone(line.start, line.start + len(found[0].rstrip()), "dateline")
    for line in body:
        near = text[max(line.start, line.end - 60) : line.end]
        found = _signature(near)
        if found and found.start() and _signs(near, found, rules.words, line is body[-1]):
            yield Zone(line.end - len(near) + found.start(), line.end, "agency")


def _signs(near: str, found: re.Match[str], words: Words, at_end: bool) -> bool:
    """Whether a name behind a full stop is an agency's; any short one passes for it below the whole story."""
    name = fold(found[1]).strip(QUOTES)
    known = name in words.agencies or _is_credit(name, words) or (at_end and name.count(" ") < 4)
    return known and CLOSED.search(near[: found.start()]) is not None
