"""The numbers that a text names, in digits of any script or in Arabic or English words: 612, ٦١٢, ستمئة واثني عشر, six hundred and twelve.

Words are compared normalised (``annotate.corpus.normalise``). A comma before exactly three digits parts thousands, before any others it is
a decimal comma. A magnitude multiplies: 4.2 مليار is 4,200,000,000. Forms that are read amiss cost a clue, never more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_ONES: dict[int, str] = {
    1: "واحد واحده احد احدي one",
    2: "اثنان اثنين اثنا اثني اثنتا اثنتي اثنتان اثنتين two",
    3: "ثلاث ثلاثه three",
    4: "اربع اربعه four",
    5: "خمس خمسه five",
    6: "ست سته six",
    7: "سبع سبعه seven",
    8: "ثمان ثمانيه ثماني eight",
    9: "تسع تسعه nine",
    10: "عشر عشره ten",
    **dict(enumerate(("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"), 11)),
    20: "عشرون عشرين twenty",
    30: "ثلاثون ثلاثين thirty",
    40: "اربعون اربعين forty",
    50: "خمسون خمسين fifty",
    60: "ستون ستين sixty",
    70: "سبعون سبعين seventy",
    80: "ثمانون ثمانين eighty",
    90: "تسعون تسعين ninety",
    100: "ميه مايه hundred",
    200: "ميتان ميتين ميتا ميتي مايتان مايتين مايتا مايتي",
}
_HUNDREDS = {3: "ثلاث", 4: "اربع", 5: "خمس", 6: "ست", 7: "سبع", 8: "ثمان", 9: "تسع"}
_MAGNITUDES = {
    1_000: "الف الاف thousand",
    1_000_000: "مليون ملايين مليونا million",
    1_000_000_000: "مليار مليارات مليارا billion",
}
_DOUBLED = {2_000: "الفان الفين الفا الفي", 2_000_000: "مليونان مليونين مليوني", 2_000_000_000: "ملياران مليارين ملياري"}
VALUE = {word: value for value, words in (_ONES | _DOUBLED).items() for word in words.split()}
VALUE |= {head + hundred: 100 * value for value, head in _HUNDREDS.items() for hundred in ("ميه", "مايه")}
MAGNITUDE = {word: value for value, words in _MAGNITUDES.items() for word in words.split()}
DOUBLED = frozenset(_DOUBLED)
ALONE = ("الف", "مليون", "مليار")  # a thousand and so on, where no number stands before it
FIGURE = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
LONGEST = 16  # characters; what is longer is no number of anything
THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


def numbers_in(words: Iterable[str]) -> Iterator[float]:
    """The numbers in a text's normalised words and figures, in order."""
    done, part = 0.0, 0.0  # what magnitudes have closed, and what goes on
    for word in words:
        value, magnitude = _value(word), _magnitude(word)
        if magnitude and (part or (word in ALONE and not done)):
            done, part = done + (part or 1) * magnitude, 0.0
        elif value is not None and value in DOUBLED and not part:
            done += value
        elif value is not None and not word[0].isdigit() and (_goes_on(part, value) or (done and not part and value < 1000)):
            part = _joined(part, value)
        elif not (part and word == "and"):
            if done or part:
                yield done + part
            done, part = 0.0, value or 0.0
    if done or part:
        yield done + part


@lru_cache(maxsize=1 << 18)
def is_number(word: str) -> bool:
    """Whether a normalised word is a figure, a number word, or what joins number words."""
    return word == "and" or _value(word) is not None or _magnitude(word) is not None


def _value(word: str) -> float | None:
    if word[0].isdigit():
        return _figure(word)
    found = VALUE.get(word)
    return VALUE.get(word[1:]) if found is None and word[0] == "و" else found


def _figure(word: str) -> float | None:
    if len(word) > LONGEST:
        return None
    if THOUSANDS.fullmatch(word):
        return float(word.replace(",", ""))
    return float(word.replace(",", ".")) if FIGURE.fullmatch(word) else None


def _magnitude(word: str) -> int | None:
    return MAGNITUDE.get(word) or (MAGNITUDE.get(word[1:]) if word[0] == "و" else None)


def _joined(part: float, value: float) -> float:
    if value == 100 and part:
        return part * value
    return part + value


def _goes_on(part: float, value: float) -> bool:
    """Whether a number word continues a number: tens on ones or ones on tens, either on hundreds, a hundred on its factor."""
    if value == 100:
        return 1 <= part < 10
    ones, tens = part % 10, part % 100
    if value == 10:
        return 1 <= tens < 10
    if value >= 20:
        return 1 <= tens < 10 and value < 100 if tens else part >= 100 and value < 100
    return bool(part) and (tens == 0 or (ones == 0 and tens >= 20 and value < 10))
