"""Unitizing alphas are what their equations say, reckoned section by section and character by character."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given

from tests.unitizing import LABELS, Texts, alpha_u_by_definition, approx, few, ratio, results_of, some_texts


@few
@given(texts=some_texts)
def test_1995_is_its_definition(texts: Texts) -> None:
    found = [each.value for each in results_of(texts) if each.measure == "krippendorff_alpha_u"]
    marked = {place[2] for text in texts.values() for places in text.marks.values() for place in places}
    expected = [alpha_u_by_definition(texts, LABELS)] + [alpha_u_by_definition(texts, [label]) for label in LABELS]
    assert found == approx([value if marked & set(own) else None for value, own in zip(expected, [LABELS, *LABELS], strict=True)])


GAP = "φ"


def by_characters(texts: Texts) -> tuple[dict[tuple[str, str], float], list[tuple[str, int]], list[tuple[str, int]]]:
    """l_ck, character by character; the units' (label, length); and (label, characters that another's unit covers)."""
    values = [GAP, *LABELS]
    o = {(c, k): 0.0 for c in values for k in values}
    units, met = [], []
    for text in texts.values():
        said = {name: [GAP] * text.length for name in text.marks}
        for name, places in text.marks.items():
            for start, end, label in places:
                said[name][start:end] = [label] * (end - start)
        for first, second in permutations(said, 2):
            for c, k in zip(said[first], said[second], strict=True):
                o[c, k] += 1 / (len(said) - 1)
        for name, places in text.marks.items():
            for start, end, label in places:
                others = [any(said[other][at] != GAP for other in said if other != name) for at in range(start, end)]
                units.append((label, end - start))
                met.append((label, sum(others)))
    return o, units, met


def expected_coincidences(o: dict[tuple[str, str], float], values: list[str], units: list[tuple[str, int]]) -> dict[tuple[str, str], float]:
    """ε_ck (eq. 4): l.. (l_c. l_.k − [c = k] Σ l²) / (l..² − Σ l²), with Σ l in place of Σ l² for gaps."""
    margin = {c: sum(o[c, k] for k in values) for c in values}
    squares = {c: sum(n**2 for label, n in units if label == c) for c in values} | ({GAP: margin[GAP]} if GAP in values else {})
    total = sum(margin.values())
    denominator = total**2 - sum(squares.values())
    if denominator <= 1e-9:
        return {}
    return {(c, k): total * (margin[c] * margin[k] - (squares[c] if c == k else 0)) / denominator for c in values for k in values}


def differing(o: dict[tuple[str, str], float], values: list[str]) -> float:
    return sum(o[c, k] for c in values for k in values if c != k)


def family_by_definition(texts: Texts) -> list[float | None]:
    """u, |u, cu and its coverage, then (k)u and its coverage for each label."""
    o, units, met = by_characters(texts)
    everything, total = [GAP, *LABELS], sum(o.values())
    e, starred = expected_coincidences(o, everything, units), expected_coincidences(o, LABELS, met)
    found: list[float | None] = []
    for share in (
        ratio(differing(o, everything), differing(e, everything)) if e else None,
        ratio(sum(o[GAP, k] for k in LABELS), sum(e[GAP, k] for k in LABELS)) if e else None,
        ratio(differing(o, LABELS), differing(starred, LABELS)) if starred else None,
    ):
        found.append(None if share is None else 1 - share)
    found.append(ratio(sum(o[c, k] for c in LABELS for k in LABELS), total))
    for label in LABELS:
        l_k, all_k = sum(o[c, label] for c in LABELS), sum(o[c, label] for c in everything)
        found += [ku_by_definition(o, starred, label, l_k), ratio(l_k, all_k)]
    return found


def ku_by_definition(o: dict[tuple[str, str], float], starred: dict[tuple[str, str], float], label: str, l_k: float) -> float | None:
    """Eq. 13: 1 − (ε*_.k / l*_.k)(l*_.k − l*_kk) / (ε*_.k − ε*_kk)."""
    e_k = sum(starred[c, label] for c in LABELS) if starred else 0
    other = e_k - starred[label, label] if starred else 0
    return None if l_k == 0 or e_k <= 1e-12 or other <= 1e-12 else 1 - e_k / l_k * (l_k - o[label, label]) / other


@few
@given(texts=some_texts)
def test_2016_is_its_definition(texts: Texts) -> None:
    found = [v for each in results_of(texts) if each.measure != "krippendorff_alpha_u" for v in (each.value, *each.details.values())]
    assert found == approx(family_by_definition(texts))
    assert all(value is None or value <= 1 + 1e-12 for value in found)
