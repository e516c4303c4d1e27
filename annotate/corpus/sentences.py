"""Sentences of Arabic and English text with exact offsets.

- A sentence ends at its line's end, or at its mark (``. ! ? ؟ … ۔``) before white space. Semicolons (؛ ;) and colons part clauses, so they
  end none; nor do two dots, which Arabic headlines write for a pause (``عاجل.. فيلمورا توقع``).
- The closing quotation marks and brackets behind a mark belong to the sentence, one set apart (``نعم . " ثم``) too. Inside a quotation
  sentences end as they do elsewhere.
- A mark does not end a sentence before a small letter (``“Why?” he asked``), a dash between them or not, nor behind a quotation before its
  verb (``«لماذا؟» سأل``).
- A full stop does not end one behind a title (``Mr.``), what wants a number (``No. 5``), a number or letter that opens a list's line, a
  single letter or letters with dots (``أ. ف. ب``, ``د.``, ``U.S.``) or ``Inc.``; these last end one only before a word that opens sentences
  (``the U.S. The``, ``أ. ف. ب. وقال``). Behind a number a single Arabic letter is a unit, and ends one: ``عام 2024 م. ثم``.
- Behind an Arabic word a mark ends a sentence even where the space was forgotten: ``الاتفاق.وقال``.

What decides lies inside the sentence or in its next word, so each sentence by itself is found whole again. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotate.tokens import CONJUNCTIONS, FORMAT, PREPOSITIONS


def _words(*several: str) -> frozenset[str]:
    return frozenset(" ".join(several).split())


TITLES = _words("Mr Mrs Ms Messrs Dr Prof Gen Col Lt Sgt Capt Maj Brig Cmdr Adm Cpl Gov Sen Sens Rep Reps Rev Hon Pres Mt vs cf viz approx")
NUMBERED = _words(
    "No no Nos nos Vol vol Fig fig Art art Sec sec Ch ch pp para pop",
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun",
)
SHORTENED = _words("Inc Ltd Co Corp Bros Jr Sr St Ave etc al est dept Dept Univ إلخ الخ")
OPENERS = _words(
    "The A An He She It They We I You This That These Those There His Her Its Their Our My What Who Why How Where When While After Before",
    "In On At By For From With As Since Until But And Or So If Although Though However Meanwhile Earlier Later Some Many Most Both Not",
    "وقال وقالت وقالوا وأضاف وأضافت وأكد وأكدت وذكر وذكرت وأشار وأشارت وأوضح وأوضحت وأعلن وأعلنت ونقل ونقلت وتابع وتابعت ويقول وتقول",
    "وكان وكانت وكانوا وبحسب ومن وفي وعلى ولم ولن وقد ويأتي وتأتي كما لكن ولكن غير وفيما وبينما بينما ثم",
)
SPEECH = _words(
    "قال قالت قالوا يقول تقول سأل سألت يسأل تساءل تساءلت يتساءل أضاف أضافت أكد أكدت أوضح أوضحت صرح صرحت رد ردت أجاب أجابت",
    "هتف هتفت هتفوا كتب كتبت صاح صاحت",
)
PROCLITICS = CONJUNCTIONS + PREPOSITIONS
MARKS = ".!?؟…۔‼⁇⁈⁉"
QUOTES = "\"'”’»›"  # those that close; “ and « do so where white space follows
VOWELS = "\u064b-\u065f\u0670\u0640"  # tashkīl and tatweel, with which a word is the same word
REACH = 16  # code points in which an abbreviation has room, with all its vowels
WORD = re.compile(r"\w")
SIGN = re.compile(f"[{MARKS}]")
VOWEL = re.compile(f"[{VOWELS}]")
NOT_A_MARK = re.compile(f"[^{MARKS}]")
# A web address but for the marks at its end, which is passed over; or a mark with the marks and closing signs behind it.
MARK = re.compile(
    rf"(?:https?://|www\.)\S*[^\s{MARKS}{QUOTES})\],;:،؛]"
    rf"|(?P<mark>[{MARKS}](?:[{MARKS}{QUOTES})\]{FORMAT}]|[“«](?!\S)|[ \xa0](?:[{MARKS}](?!\w)|[»”›)\]\"](?![^\s,.،])))*)"
)
AHEAD = re.compile(
    rf"(?P<gap>\s*)[{FORMAT}]*(?:[-–—]\s)?(?P<opening>[\"'“«‘„‹(\[]*)(?P<comma>[,;:،؛]?)"
    rf"(?P<address>https?:|www\.)?(?P<word>[\w{VOWELS}]*)(?P<joined>[-‑'’]\w)?"
)
BEFORE = re.compile(
    rf"(?:(?P<number>(?<=\d)|(?<=\d[ \xa0]))|(?<![\w‑{VOWELS}=/&#@-])(?<!\w['’]))"
    rf"(?P<name>[^\W\d_](?:[^\W\d_]|[{VOWELS}])*)(?P<space>[ \xa0]?)\Z"
)
LISTED = re.compile(rf"[{FORMAT}]*[(\[]?(?:\d{{1,3}}|[ivxIVX]{{2,4}}|[^\W\d_][{VOWELS}]*)")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence in order, half-open, in code points; between two of them lies white space, or nothing."""
    behind = 0
    for line in text.splitlines(keepends=True):
        begin, behind = behind, behind + len(line)
        start, end = behind - len(line.lstrip()), begin + len(line.rstrip())
        if start < end:
            yield from _of_line(text, start, end)


def _of_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of a line without its outer white space. None of them lacks a word, unless the line does."""
    sign = SIGN.search(text, start, end)
    if sign is None or _next_word(text, sign.end(), end) == end:
        yield start, end
        return
    first = later = _next_word(text, start, end)
    for match in MARK.finditer(text, start, end):
        if match["mark"] is None or first >= match.start():
            continue
        if later < match.end():
            later = _next_word(text, match.end(), end)
        ahead = AHEAD.match(text, match.end(), end)
        if later == end or ahead is None:
            break
        if _ends(text, start, match, ahead):
            yield start, match.end()
            start, first = ahead.end("gap"), later
    yield start, end


def _next_word(text: str, start: int, end: int) -> int:
    found = WORD.search(text, start, end)
    return found.start() if found else end


def _ends(text: str, start: int, match: re.Match[str], ahead: re.Match[str]) -> bool:
    """Whether the sentence from ``start`` ends at the marks of ``match``, before what ``ahead`` holds."""
    marks = NOT_A_MARK.sub("", match["mark"])
    if marks == ".." or ahead["comma"] or _small(ahead) or not (ahead["gap"] or _space_forgotten(text, match, marks)):
        return False
    word = _plain(ahead["word"])
    if word in SPEECH and any(sign in QUOTES + "“«" for sign in match["mark"]):
        return False
    return marks != "." or not _abbreviates(text, start, match.start(), word)


def _small(ahead: re.Match[str]) -> bool:
    """Whether a small letter follows that goes on with the sentence; those of al-Sadiri, iPhone and a web address do not."""
    if ahead["opening"] or ahead["address"]:
        return False
    beginning = ahead["word"][:4] + (ahead["joined"] or "")
    return beginning[:1].islower() and not any(letter.isupper() for letter in beginning)


def _space_forgotten(text: str, match: re.Match[str], marks: str) -> bool:
    """Whether single marks stand between the letters of two Arabic words."""
    before, after = text[match.start() - 1], text[match.end()]
    return "…" not in marks and ".." not in marks and "\u0620" <= before <= "\u065f" and "\u0620" <= after <= "\u064a"


def _abbreviates(text: str, start: int, stop: int, word: str) -> bool:
    """Whether the full stop at ``stop`` belongs to what is before it, so that the sentence goes on with ``word``."""
    if LISTED.fullmatch(text, start, stop):
        return True
    before = BEFORE.search(text, max(start, stop - REACH), stop)
    if before is None:
        return False
    name = _plain(before["name"])
    if len(name) == 1:
        return before["number"] is None and word not in OPENERS
    if before["space"]:
        return False
    if name in NUMBERED:
        return word[:1].isdigit()
    initials = len(name) == 2 and name[0] in PROCLITICS and len(word) == 1
    return initials or name in TITLES or (name in SHORTENED and word not in OPENERS)


def _plain(word: str) -> str:
    return VOWEL.sub("", word)
