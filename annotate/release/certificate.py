"""What leakage.json says, and whether it is true: of a certificate alone, or beside one that was made anew."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from msgspec import Struct, structs

from annotate.errors import Problem


class Thresholds(Struct, frozen=True):
    """From where on two documents leak, or a sentence or quotation is looked at.

    near: Jaccard coefficient; contained: containment, of at least so many (``least``) shared 3-grams; words: of a sentence or quotation
    """

    near: float = 0.4
    contained: float = 0.4
    least: int = 30
    sentence_words: int = 8
    quotation_words: int = 6


STANDARD = Thresholds()


class Closest(Struct, frozen=True):
    """Two documents of different splits. ``value``: the check's measure of how close they are."""

    first: str
    first_split: str
    second: str
    second_split: str
    value: float


class Check(Struct, frozen=True):
    """One check across splits.

    measure:   what ``value`` of a pair is, and what ``threshold`` is of (None: any above 0)
    leak:      whether what it finds is a fault of the release
    found:     pairs; of sentences, quotations and groups: how many stand in two splits
    documents: how many documents are among them
    """

    name: str
    measure: str
    threshold: float | None
    leak: bool
    found: int
    documents: int
    closest: list[Closest]


class Sizes(Struct, frozen=True):
    train: int
    dev: int
    test: int


class Certificate(Struct, frozen=True):
    """What the splits share. ``sound``: no check that looks for leaks found one."""

    documents: Sizes
    thresholds: Thresholds
    checks: list[Check]
    sound: bool


def leaks(found: Certificate) -> list[Problem]:
    """What the certificate says against the release, in words with their remedy."""
    return [
        Problem(
            "leakage.json",
            f"{check.found} {check.name} across splits, such as {_pair(check.closest[0])}; give both one `duplicates` or `story` value "
            "(`annotate ingest --replace`) and run `annotate split`",
        )
        for check in found.checks
        if check.leak and check.found
    ]


def check(stated: Certificate, now: Certificate) -> list[Problem]:
    """What is wrong with a release whose certificate says ``stated`` and of which ``now`` holds: leaks, and words that are not true."""
    problems = leaks(now)
    if stated.thresholds != now.thresholds:
        return [*problems, Problem("leakage.json", "was made with other thresholds, so it cannot be compared")]
    if loose := _looser(stated):
        return problems + loose
    told = {each.name: each for each in stated.checks}
    others = _sizes_faults(stated, now.documents)
    if [each.name for each in stated.checks] != [each.name for each in now.checks]:
        said, wanted = (", ".join(each.name for each in found.checks) or "nothing" for found in (stated, now))
        others.append(Problem("leakage.json", f"checks {said}; what is checked is {wanted}"))
    faults = (f"{each.name}: {_other(told[each.name], each)}" for each in now.checks if told.get(each.name, each) != each)
    others += [Problem("leakage.json", f"{fault}; the certificate is not this release's") for fault in faults]
    return problems + (others or _contradiction(stated))


def itself(stated: Certificate, documents: Sizes) -> list[Problem]:
    """What is wrong with a certificate as far as can be told without the texts."""
    return _looser(stated) + _sizes_faults(stated, documents) + _contradiction(stated)


def _looser(stated: Certificate) -> list[Problem]:
    thresholds = structs.asdict(stated.thresholds)
    loose = {name: value for name, value in thresholds.items() if value > getattr(STANDARD, name)}
    return [Problem("leakage.json", f"its threshold {name} is {loose[name]}, looser than {getattr(STANDARD, name)}") for name in loose]


def _sizes_faults(stated: Certificate, now: Sizes) -> list[Problem]:
    if stated.documents == now:
        return []
    return [Problem("leakage.json", f"is of {_sizes(stated.documents)}; the release holds {_sizes(now)}")]


def _contradiction(stated: Certificate) -> list[Problem]:
    if stated.sound == (sound := is_sound(stated.checks)):
        return []
    said, is_ = ("sound" if each else "not sound" for each in (stated.sound, sound))
    return [Problem("leakage.json", f"says that the release is {said}, by its checks it is {is_}")]


def is_sound(checks: Iterable[Check]) -> bool:
    return not any(each.leak and each.found for each in checks)


def _other(stated: Check, now: Check) -> str:
    """The first thing that two results of one check do not have in common."""
    for key in ("measure", "threshold", "leak", "found", "documents"):
        if getattr(stated, key) != getattr(now, key):
            return f"says {key} {getattr(stated, key)}, it is {getattr(now, key)}"
    pairs = zip_longest(stated.closest, now.closest)
    told, is_ = next((_close(one), _close(other)) for one, other in pairs if one != other)
    return f"says that among the closest is {told}, it is {is_}"


def _close(pair: Closest | None) -> str:
    return "none" if pair is None else f"{_pair(pair)} at {pair.value}"


def _pair(pair: Closest) -> str:
    return f"{pair.first} ({pair.first_split}) and {pair.second} ({pair.second_split})"


def _sizes(sizes: Sizes) -> str:
    return f"{sizes.train} train, {sizes.dev} dev and {sizes.test} test documents"
