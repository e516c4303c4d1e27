"""Which texts contain a keyword. Text and keywords are compared as normalised: marks, tatweel, hamza seats and case do not count.

A keyword is found as whole words. An Arabic one also behind proclitics (و ف ب ك ل س) and the article, and with a suffixed pronoun: سياسة in
وبسياستها. Letters decide, not roots: a keyword of two letters finds more than is meant. Between its words may stand any white space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from annotate.corpus.normalise import normalised
from annotate.errors import UsageProblem

ARABIC = re.compile("[\u0621-\u064a]")
BEFORE = "(?:[وف]?[بكلس]?(?:ال|ل)?)"
PRONOUN = "(?:هما|ها|هم|هن|ه|نا|كما|كم|كن|ك|ي)"
TA_MARBUTA = "ة"


def finder(keywords: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text contains any of the keywords. Raises UsageProblem for one without a letter or digit."""
    patterns = [_pattern(keyword) for keyword in keywords]
    found = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")
    return lambda text: found.search(normalised(text).text) is not None


def _pattern(keyword: str) -> str:
    words = normalised(keyword).text.split()
    if not any(character.isalnum() for word in words for character in word):
        raise UsageProblem(f"keyword {keyword!r}: it has no letter or digit; give words, separated by commas or one a line")
    literal = r"\s+".join(map(re.escape, words))
    if not ARABIC.search(words[0]):
        return literal
    if keyword.strip().endswith(TA_MARBUTA):  # written ه by itself, ت before a pronoun
        return f"{BEFORE}{literal[:-1]}(?:ه|ت{PRONOUN})"
    return f"{BEFORE}{literal}{PRONOUN}?"
