"""Results in words: what belongs together stands together, so that a high percent agreement with a low alpha can be seen for what it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import groupby

from annotate.agreement.annotators import Confusion
from annotate.agreement.disagreements import Disagreement
from annotate.agreement.results import FEW_DOCUMENTS, Category, Interval, Marginal, Result
from annotate.agreement.sample_size import SampleSize

# What is shown of a layer when nobody asked for it by name.
HEADLINE = (
    "span_f1_exact",
    "span_f1_clitic",
    "span_f1_overlap",
    "span_f1_token",
    "krippendorff_alpha_u",
    "u_alpha",
    "gamma",
    "gamma_cat",
    "frame_anchor_f1",
    "frame_type_agreement",
    "frame_argument_f1",
    "frame_argument_role_f1",
    "frame_content_f1",
    "frame_f1_whole",
    "link_f1",
    "percent_agreement",
    "krippendorff_alpha",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "masi_alpha",
    "jaccard_alpha",
)
RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff (2019, ch. 12)
MOST_MARGINALS = 8
FEW = (
    f"fewer than {FEW_DOCUMENTS} documents: intervals are too narrow; at 10 documents a 95% percentile interval holds the true value "
    "about 87–90% of the time (docs/agreement.md)"
)
COLUMNS = (
    "layer",
    "measure",
    "category",
    "phase",
    "guidelines",
    "value",
    "low",
    "high",
    "reason",
    "units",
    "pairable",
    "annotators",
    "signature",
)


def tables(
    results: Sequence[Result],
    marginals: Sequence[Marginal],
    confusions: Sequence[Confusion] = (),
    *,
    everything: bool = False,
    by_category: bool = False,
) -> list[str]:
    """A block a layer: its support, its numbers with intervals, and how often each value was given."""
    lines: list[str] = []
    for layer, own in groupby(sorted(results, key=lambda each: _order(results, each)), key=lambda each: each.layer):
        of_layer = list(own)
        shown = [each for each in of_layer if everything or each.measure in HEADLINE]
        lines += ["", f"{layer}  ({_support(of_layer)})"]
        if not everything and all(each.value is None for each in shown):
            lines.append(f"  nothing to measure: {shown[0].reason}" if shown else "  nothing to measure")
            shown = []
        for each in shown:
            lines.append(_row(each.measure, each.value, each.interval, each.reason, band(each)))
            if everything and len(each.pairs) > 1:
                lines += [_row("  " + " – ".join(pair.annotators), pair.value, None, pair.reason, f"n {pair.units}") for pair in each.pairs]
            if by_category:
                lines += [_category(part) for part in each.by]
        given = [each for each in marginals if each.layer == layer and each.annotator is None and each.count]
        if given:
            lines.append("  given: " + _given(given))
        lines += confusion([each for each in confusions if each.layer == layer])
    return lines


def band(result: Result) -> str:
    """Krippendorff's bands, beside his alpha alone; there are none for gamma, and those of Landis and Koch rest on nothing."""
    if result.measure != "krippendorff_alpha" or result.value is None:
        return ""
    if result.value >= RELIABLE:
        return "reliable (0.800 or more)"
    return "for tentative conclusions (0.667 to 0.800)" if result.value >= TENTATIVE else "not reliable (below 0.667)"


def disagreement(found: Disagreement) -> list[str]:
    """What two sides say of one place, and the text around it."""
    sides = [", ".join(names) for names in found.annotators]
    said = [each or "nothing" for each in (found.first, found.second)]
    times = f", {found.count} pairs" if found.count > 1 else ""
    lines = [
        f"  {found.document}  {found.layer}  {found.kind}: {found.what}{times}",
        f"      {sides[0]}: {said[0]}   {sides[1]}: {said[1]}",
    ]
    return lines if found.start is None else [*lines, f"      …{found.before}⟦{found.marked}⟧{found.after}…"]


def how_much_more(sizes: Sequence[SampleSize]) -> list[str]:
    """What is still to be labelled twice: a line a layer, and one for all those of which it cannot be told for the same reason."""
    unknown: dict[str | None, list[str]] = {}
    for each in sizes:
        if each.documents_needed is None:
            unknown.setdefault(each.reason, []).append(each.layer)
    known = [_how_much_more(each) for each in sizes if each.documents_needed is not None]
    return known + [f"  {', '.join(layers)}: cannot be told: {reason}" for reason, layers in unknown.items()]


def _how_much_more(size: SampleSize) -> str:
    if not size.more:
        first = f"the interval is ±{size.half_width_now:.3f}, which is ±{size.half_width:g} or less"
    else:
        first = f"{size.more} more documents for ±{size.half_width:g} (now ±{size.half_width_now:.3f} with {size.documents})"
    if size.documents_by_bloch_kraemer is None or size.design_effect is None:
        return f"  {size.layer}: {first}"
    effect = max(1.0, size.design_effect)
    second = f"Bloch–Kraemer's {size.units_needed} units × design effect {effect:.2f} = {size.documents_by_bloch_kraemer} documents"
    return f"  {size.layer}: {first}; {second}"


def confusion(found: Sequence[Confusion]) -> list[str]:
    """The values that two annotators gave one unit where they differ, the most frequent first."""
    differing = [each for each in found if each.first_annotator is None and each.first != each.second]
    shown = sorted(differing, key=lambda each: -each.count)[:MOST_MARGINALS]
    return [f"  confused: {', '.join(f'{each.first} ↔ {each.second} {each.count}' for each in shown)}"] if shown else []


def csv_of(results: Iterable[Result]) -> str:
    """One row a number, single categories too."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    for each in results:
        of = (each.layer, each.measure)
        when = (each.phase or "", each.guidelines or "")
        tail = (each.annotators, each.signature)
        write.writerow(
            [*of, each.category or "", *when, *_numbers(each.value, each.interval, each.reason), each.units, each.pairable, *tail]
        )
        for part in each.by:
            numbers = _numbers(part.value, part.interval, part.reason)
            write.writerow([*of, part.category, *when, *numbers, part.units, part.pairable, *tail])
    return out.getvalue()


def _order(results: Sequence[Result], result: Result) -> int:
    """Layers stay together in the order in which they first come."""
    return [each.layer for each in results].index(result.layer)


def _support(of_layer: list[Result]) -> str:
    """Units and those that two or more judged, of the layer's first number."""
    first = of_layer[0]
    return f"{first.pairable} of {first.units} units judged by two or more, {first.annotators} annotators"


def _row(name: str, value: float | None, interval: Interval | None, reason: str | None, remark: str) -> str:
    number = "      –" if value is None else f"{value:7.3f}"
    span = f"{interval.low:6.3f} to {interval.high:.3f}" if interval else ""
    said = "; ".join(each for each in (remark, reason) if each)
    return f"  {name:<38} {number}  {span:<16}  {said}".rstrip()


def _category(part: Category) -> str:
    return _row(f"  {part.category}", part.value, part.interval, part.reason, f"n {part.units}")


def _given(given: Sequence[Marginal]) -> str:
    most = sorted(given, key=lambda each: -each.count)
    shown = [f"{each.category} {each.count} ({each.share:.0%})" for each in most[:MOST_MARGINALS]]
    return ", ".join(shown + ([f"and {len(most) - MOST_MARGINALS} more"] if len(most) > MOST_MARGINALS else []))


def _numbers(value: float | None, interval: Interval | None, reason: str | None) -> list[str]:
    low, high = (interval.low, interval.high) if interval else (None, None)
    return ["" if each is None else repr(each) for each in (value, low, high)] + [reason or ""]
