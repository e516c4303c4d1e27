"""What a data set should say of itself, answered from what the store knows.

The questions are those of datasheets (Gebru et al. 2021, Communications of the ACM 64(12)) and data statements (Bender and Friedman 2018,
TACL 6), as far as a toolkit can answer them; the rest is the researcher's: settings under [export] and the file card.md of the workspace.
"""

from __future__ import annotations

from msgspec import Struct

from annotate.release.about import About, Counted
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

UNSAID = "Its makers have not said."


class Sheet(Struct, frozen=True):
    """Answers in words."""

    collection: str
    languages: str
    time_frame: str
    preprocessing: str
    annotators: str
    training: str
    protocol: str
    platform: str
    splits: str
    left_out: str
    gaps: str
    rights: str
    personal: str
    maintenance: str


def sheet(about: About, schema: Schema) -> Sheet:
    counts = about.counts
    return Sheet(
        collection=f"{_drawn(about)} Publishers named in the {counts.documents} articles released: {counts.publishers or 'none'}.",
        languages=f"Language of each article (`lang`, as its row or its text says): {_listed(counts.languages)}.",
        time_frame=f"Articles by the year they came out in: {_listed(counts.years)}. `date.basis` says what each date rests on.",
        preprocessing="Texts are as they came, but for line ends (CR LF became LF). Zones and sentences are marked by rules beside "
        "the text; nothing in it was moved, corrected or deleted.",
        annotators=f"{counts.annotators} annotators labelled, each under a pseudonym that is the same in every file. "
        f"{about.told.annotators or 'Who they are, its makers have not said.'}",
        training=about.told.training or UNSAID,
        protocol=f"Schema `{schema.id}`; the guidelines are in `schema/`. Several annotations of an article became one answer by the "
        f"strategy “{about.resolved}”: {_resolutions(about)}. {_adjudicated(about)}`provenance.decisions` of each document lists what was "
        "not unanimous.",
        platform="Label Studio Community, with `annotate` (" + about.tool + ").",
        splits=f"{_splits(about)} {_withheld(about)}",
        left_out=_left_out(about),
        gaps=about.told.gaps or UNSAID,
        rights=_rights(about),
        personal="Names of people stand in news, and are labelled. Annotators stand under pseudonyms, keyed by a salt that is not "
        "released; no e-mail address is in the release outside of the articles' own text.",
        maintenance="A release never changes; what is corrected gets a new version.",
    )


def _drawn(about: About) -> str:
    if not about.drawn:
        return "The articles were chosen by the researchers, not drawn from a pool by the toolkit."
    return " ".join(
        f"`{each.manifest}`: {each.drawn:,} articles drawn from a pool of {each.pool:,}"
        + (f", in strata by {', '.join(each.strata)}" if each.strata else "")
        + (f", of those with one of {each.keywords} keywords" if each.keywords else "")
        + "; `weight` undoes the sampling."
        for each in about.drawn
    )


def _resolutions(about: About) -> str:
    parts = [f"{each.split} {_listed(each.resolutions)}" for each in about.counts.splits if each.documents]
    return "; ".join(parts) or "no documents"


def _adjudicated(about: About) -> str:
    """What adjudicators decided, and what every document of a split had to have."""
    decided = ", ".join(f"{each.split} {each.adjudicated}" for each in about.counts.splits if each.adjudicated)
    said = f"Documents of which an adjudicator decided what was disputed: {decided}. " if decided else "Nothing was adjudicated. "
    gates = [
        f"Every document of {gate.split} has at least {gate.annotators} annotators"
        + (", and no dispute left open. " if gate.adjudicated else ". ")
        for gate in about.gates
        if gate.split not in about.withheld
    ]
    return said + "".join(gates)


def _splits(about: About) -> str:
    terms = about.splits
    late = f", {terms.late} of the articles after they had been labelled" if terms.late else " before labelling"
    held = f"; only test has {', '.join(terms.holdout)}" if terms.holdout else ""
    return (
        f"Drawn by group{late} (strategy {terms.strategy}, seed {terms.seed}{held}): copies of one article and articles that tell one "
        "story never cross splits; `splits.lock.json` holds every article's split and group, and goes from release to release: no article "
        "in it ever moves."
    )


def _withheld(about: About) -> str:
    return f"The labels of {', '.join(about.withheld)} are withheld." if about.withheld else f"All of {', '.join(SPLITS)} are labelled."


def _left_out(about: About) -> str:
    reasons = "; ".join(f"{each.count} {each.name}" for each in about.left_out)
    return f"Articles of the workspace that are not in the release: {reasons}." if reasons else "Every article of the workspace is in it."


def _rights(about: About) -> str:
    text = (
        "`source.rights` of each document says under what its text may be used"
        if about.text
        else "Texts, titles and quotations are not in this release; `annotate rehydrate` puts them back for who has the articles"
    )
    return f"{text}. The licence of the annotations: {about.license or 'not said'}."


def _listed(counted: list[Counted]) -> str:
    return ", ".join(f"{each.name} {each.count}" for each in counted) or "none"
