"""Gates: what agreement must reach, such as ``stances.krippendorff_alpha.low>=0.667``."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence

from msgspec import Struct

from annotate.agreement.results import Result
from annotate.errors import UsageProblem

COMPARISONS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
FIELDS = ("value", "low", "high", "width", "units", "pairable", "annotators")
WORDS = re.compile(r"^\s*(?P<name>[\w.-]+?)\s*(?P<sign>>=|<=|>|<)\s*(?P<bound>-?\d+(\.\d+)?)\s*$")


class Gate(Struct, frozen=True):
    """A gate and whether it is met; ``found`` is the number that was compared, ``reason`` why there is none."""

    gate: str
    met: bool
    found: float | None
    reason: str | None


def check_gate(words: str, results: Sequence[Result]) -> Gate:
    """LAYER.MEASURE[.FIELD] OP NUMBER; the field is ``value`` when left out. A number that is undefined meets no gate.

    ``stances`` stands for ``stances.type`` where the measure is one of categories. Raises UsageProblem when nothing has this name.
    """
    parsed = WORDS.match(words)
    if parsed is None:
        raise UsageProblem(f"a gate is LAYER.MEASURE[.FIELD]>=NUMBER, such as stances.krippendorff_alpha.low>=0.667; not {words!r}")
    result, field = _named(parsed["name"], results)
    found = _field(result, field)
    if found is None:
        return Gate(words, False, None, result.reason or f"{result.layer} {result.measure} has no {field}")
    return Gate(words, bool(COMPARISONS[parsed["sign"]](found, float(parsed["bound"]))), found, None)


def _named(name: str, results: Sequence[Result]) -> tuple[Result, str]:
    parts = name.split(".")
    field = parts.pop() if parts[-1] in FIELDS else "value"
    layer, measure = ".".join(parts[:-1]), parts[-1]
    for wanted in (layer, f"{layer}.type"):
        for each in results:
            if (each.layer, each.measure) == (wanted, measure):
                return each, field
    of_layer = sorted({each.measure for each in results if each.layer in (layer, f"{layer}.type")})
    known = ", ".join(of_layer) if of_layer else "layers " + ", ".join(dict.fromkeys(each.layer for each in results))
    raise UsageProblem(f"no {measure} of {layer or 'no layer'}; there is {known or 'nothing'}")


def _field(result: Result, field: str) -> float | None:
    if field in ("low", "high", "width"):
        if result.interval is None:
            return None
        low, high = result.interval.low, result.interval.high
        return high - low if field == "width" else low if field == "low" else high
    number = getattr(result, field)
    return None if number is None else float(number)
