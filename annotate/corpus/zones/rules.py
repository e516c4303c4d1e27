"""The rules by which lines are told apart, read from files that people extend, and how a line is folded before they see it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from annotate.corpus.code_page import article_in_code_page, holds, those
from annotate.errors import BadInput

LANGUAGES = ("ar", "en")

Own = tuple[tuple[str, bytes], ...]  # files of rules of one's own: (name, content)


class ByLabel(Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns or phrases by the label of the lines they know; where two fit, the label named first wins."""

    syndication: list[str] = []
    boilerplate: list[str] = []
    agency: list[str] = []
    caption: list[str] = []
    byline: list[str] = []
    dateline: list[str] = []


class Ago(Struct, frozen=True, forbid_unknown_fields=True):
    times: list[str] = []


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    dateline: list[str] = []


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """Lists of words and names, folded. What each is for stands in en.toml."""

    sections: frozenset[str] = frozenset()
    buttons: frozenset[str] = frozenset()
    related: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    credit: frozenset[str] = frozenset()
    small: frozenset[str] = frozenset()
    page: frozenset[str] = frozenset()
    address: frozenset[str] = frozenset()
    web: frozenset[str] = frozenset()
    reader: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


class RuleFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of rules as it stands; en.toml says what each table means."""

    line: ByLabel = ByLabel()
    start: ByLabel = ByLabel()
    inside: ByLabel = ByLabel()
    head: ByLabel = ByLabel()
    tail: ByLabel = ByLabel()
    ago: Ago = Ago()
    span: Span = Span()
    words: Words = Words()


class Rules(Struct, frozen=True, eq=False):
    """Compiled rules: a pattern for each file of somebody's own, then one for the bundled files; a group's name is the label.

    inside: (phrase, label) of those in ASCII, and of the others
    """

    line: tuple[re.Pattern[str], ...]
    start: tuple[re.Pattern[str], ...]
    head: tuple[re.Pattern[str], ...]
    tail: tuple[re.Pattern[str], ...]
    inside: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
    ago: re.Pattern[str]
    dateline: re.Pattern[str]
    words: Words


@cache
def bundled_rules() -> Rules:
    """The project's own rules, Arabic and English together: pages mix the two."""
    return rules_of(())


def load_rules(paths: Sequence[Path]) -> Rules:
    """The bundled rules with the files' own before them. Raises BadInput naming the file and what is wrong in it."""
    return rules_of(read_rules(paths))


def read_rules(paths: Sequence[Path]) -> Own:
    """(name, content) of files of rules. Raises BadInput where one is not there."""
    return tuple((str(path), _bytes(path)) for path in paths)


@cache
def rules_of(own: Own) -> Rules:
    """The bundled rules with one's own before them. Raises BadInput naming the file and what is wrong in it."""
    folder = files("annotate.corpus").joinpath("rules")
    bundled = [_read(name, folder.joinpath(f"{name}.toml").read_bytes()) for name in LANGUAGES]
    every = [_read(name, content) for name, content in own]
    for (name, _), file in zip(own, every, strict=True):
        _require_patterns(name, file)
    return _compile(every, bundled)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a file of rules") from None


def _read(name: str, content: bytes) -> RuleFile:
    try:
        found = msgspec.convert(tomllib.loads(content.decode("utf-8")), RuleFile)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput(f"{name}: {error}; mend it, the bundled en.toml shows the form") from None
    return found


def _require_patterns(name: str, file: RuleFile) -> None:
    """Raises BadInput where a pattern is none, or names a group."""
    for pattern in _patterns(file):
        try:
            names = re.compile(_without_capture(pattern)).groupindex
        except re.error as error:
            raise BadInput(f"{name}: {pattern!r} is no regular expression ({error}); mend it") from None
        if names:
            raise BadInput(f"{name}: {pattern!r} names a group; leave the name out")


def _patterns(file: RuleFile) -> Iterator[str]:
    for table in (file.line, file.start, file.head, file.tail):
        for label in ByLabel.__struct_fields__:
            yield from getattr(table, label)
    yield from file.ago.times
    yield from file.span.dateline


def _compile(own: list[RuleFile], bundled: list[RuleFile]) -> Rules:
    every = [*own, *bundled]
    phrases = [(fold_letters(phrase), label) for file in every for label, phrase in _labelled([file.inside])]

    def of(table: str) -> tuple[re.Pattern[str], ...]:
        tables = [*([getattr(file, table)] for file in own), [getattr(file, table) for file in bundled]]
        return tuple(_by_label(each) for each in tables if any(_labelled(each)))

    return Rules(
        line=of("line"),
        start=of("start"),
        head=of("head"),
        tail=of("tail"),
        inside=(tuple(each for each in phrases if each[0].isascii()), tuple(each for each in phrases if not each[0].isascii())),
        ago=re.compile(_any(fold_letters(each) for file in every for each in file.ago.times)),
        dateline=re.compile(_any(each for file in every for each in file.span.dateline)),
        words=Words(
            **{name: frozenset(fold(each) for file in every for each in getattr(file.words, name)) for name in Words.__struct_fields__}
        ),
    )


def _labelled(tables: list[ByLabel]) -> Iterator[tuple[str, str]]:
    return ((label, each) for label in ByLabel.__struct_fields__ for table in tables for each in getattr(table, label))


def _by_label(tables: list[ByLabel]) -> re.Pattern[str]:
    patterns: dict[str, list[str]] = {}
    for label, pattern in _labelled(tables):
        patterns.setdefault(label, []).append(fold_letters(pattern))
    return re.compile("|".join(f"(?P<{label}>{_any(each)})" for label, each in patterns.items()))


def _any(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(f'(?:{_without_capture(each)})' for each in patterns)})"


def _without_capture(pattern: str) -> str:
    """Groups that capture cost time at every repeat, and nothing here looks at them."""
    return re.sub(r"(\\.|\[(?:\\.|[^\]\\])+\])|\((?!\?)", lambda found: found[1] or "(?:", pattern)


def fits(patterns: tuple[re.Pattern[str], ...], folded: str) -> str | None:
    """The label of the first pattern that fits the whole line."""
    return next((found.lastgroup for each in patterns if (found := each.fullmatch(folded))), None)


def begins(patterns: tuple[re.Pattern[str], ...], folded: str) -> str | None:
    """The label of the first pattern that fits the line's beginning."""
    return next((found.lastgroup for each in patterns if (found := each.match(folded))), None)


# Folding

LETTERS = tuple(zip("أإآٱىةیک'‘`", "ااااي" + "هيك" + "’’’", strict=True))
DIGITS = str.maketrans({zero + digit: str(digit) for zero in (0x660, 0x6F0) for digit in range(10)})
# Combining marks of Arabic and Latin, tatweel, soft hyphens, zero-width and direction characters, variation selectors.
IGNORED = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+"
)
IGNORED_OR_EASTERN = re.compile(f"{IGNORED.pattern[:-2]}٠-٩۰-۹]")
# White space, bullets, arrows and emoji: what decorates a line's edges and says nothing.
DECORATION = r"[\s•▪·*–—‹›|~_=\-\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff]"
OTHER_SPACE = re.compile("[\t\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_NOT_PLAIN = those(lambda each: IGNORED_OR_EASTERN.match(each) or OTHER_SPACE.match(each))
LEADING, DECORATED = re.compile(rf"{DECORATION}+"), re.compile(DECORATION)


def fold(line: str) -> str:
    """The line as rules see it: lower case, white space single, letters folded, without what only decorates its edges.

    For comparing; its offsets are not the line's.
    """
    return _undecorated(" ".join(fold_letters(line.lower()).split()))


def is_plain(text: str) -> bool:
    """Whether it is known that nothing in the text is IGNORED, an Eastern digit or OTHER_SPACE, as in most."""
    written = article_in_code_page(text)
    return written is not None and not holds(written, _NOT_PLAIN)


def fold_lines(lines: Sequence[str], plain: bool = False) -> Iterator[str]:
    """``fold`` of each of the lines, which hold no line feeds: of all in one go, since most of the time goes into beginning.

    plain: ``is_plain`` of all of them
    """
    joined = "\n".join(lines).lower()
    folded = _in_plain_letters(joined) if plain else fold_letters(joined)
    single = "  " not in folded and (plain or OTHER_SPACE.search(folded) is None)
    return (_undecorated(each if single else " ".join(each.split())) for each in folded.split("\n"))


def _undecorated(folded: str) -> str:
    if folded and not folded[0].isalnum() and (found := LEADING.match(folded)):
        folded = folded[found.end() :]
    end = len(folded)
    while end and not folded[end - 1].isalnum() and DECORATED.match(folded, end - 1):
        end -= 1
    return folded[:end]


def fold_letters(text: str) -> str:
    """Text, or a pattern, without marks and tatweel, alef, ya and ta marbuta as one letter each, Arabic digits as 0-9.

    Capitals stay: in a pattern \\S is not \\s.
    """
    if text.isascii() and "'" not in text and "`" not in text:
        return text
    folded = text
    if IGNORED_OR_EASTERN.search(text):
        folded = IGNORED.sub("", text).translate(DIGITS)
    return _in_plain_letters(folded)


def _in_plain_letters(text: str) -> str:
    for old, new in LETTERS:
        text = text.replace(old, new)
    return text
