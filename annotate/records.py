"""The few types that cross rooms. Offsets are code points over the article's stored text, half-open: ``text[start:end]``."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Literal, NamedTuple

from msgspec import Struct

# What CSV, YAML, pandas or a data set loader would take for a number, a date, a truth value or nothing.
NOT_AN_ID = re.compile(
    r"[\d.eE+_-]+|[\d/:.,+ T-]+Z?|0[xob][\da-f_]+|[+-]?\.?(nan|inf|infinity)|null|none|~|<?na>?|n/a|#n/?a|true|false|yes|no|on|off",
    re.IGNORECASE,
)


# What articles, labellings and gold are made of refers to nothing that could refer back, so Python's collector need not look at it (a tenth
# of a pool's time, and more where the trails of gold are read).
class Zone(Struct, frozen=True, gc=False):
    """A stretch of an article and what it is: title, byline, dateline, body, caption, headline, boilerplate, agency, syndication."""

    start: int
    end: int
    label: str


class Paragraph(Struct, frozen=True, gc=False):
    """A line that is not blank and its language, "ar", "en", "fa", "ur" or "und"; offsets leave out its outer white space."""

    start: int
    end: int
    lang: str


class Source(Struct, frozen=True, gc=False):
    """Where an article comes from, and through whom (``syndicator``). ``rights`` is None while nobody has said."""

    publisher: str | None = None
    agency: str | None = None
    url: str | None = None
    rights: str | None = None
    syndicator: str | None = None


class Date(Struct, frozen=True, gc=False):
    """A date as integers, as far as it is known, and what it rests on (byline, metadata, inferred, scrape, unknown)."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    precision: str = "unknown"
    basis: str = "unknown"


class Article(Struct, frozen=True, gc=False):
    """One article as stored. ``original_id`` is the user's own id where it had to be prefixed.

    date_span: where in the text its date stands, None where its row gave it; date_doubt: what speaks against it
    paragraphs: each paragraph's language
    """

    id: str
    original_id: str | None
    text: str
    lang: str
    title: str | None = None
    source: Source = Source()
    date: Date = Date()
    zones: tuple[Zone, ...] = ()
    duplicates: str | None = None
    story: str | None = None
    weight: float = 1.0
    date_span: tuple[int, int] | None = None
    date_doubt: str | None = None
    paragraphs: tuple[Paragraph, ...] = ()

    @property
    def sha256(self) -> str:
        return text_digest(self.text)


class Mention(Struct, frozen=True, gc=False):
    """A typed span. ``entity`` names what it refers to, when somebody said so."""

    id: str
    layer: str
    type: str
    start: int
    end: int
    entity: str | None = None
    unsure: bool = False


class Argument(Struct, frozen=True, gc=False):
    """A role of a frame, filled by the mention or frame whose id is ``ref``."""

    role: str
    ref: str


class Frame(Struct, frozen=True, gc=False):
    """A typed anchor span with attributes (None: not answered) and arguments: an event, a stance."""

    id: str
    layer: str
    type: str
    start: int
    end: int
    attributes: dict[str, str | None] = {}
    arguments: tuple[Argument, ...] = ()
    unsure: bool = False


class Link(Struct, frozen=True, gc=False):
    """Two frames joined by a link layer; the order of the two means nothing."""

    layer: str
    first: str
    second: str


class Answer(Struct, frozen=True, gc=False):
    """One question about the whole article, answered."""

    layer: str
    question: str
    value: str


class Labelling(Struct, frozen=True, gc=False):
    """Everything one annotator said of one article. ``unusable`` is the reason why it cannot be annotated.

    submitted:  when the annotator first submitted it, as the server wrote it (ISO 8601)
    guidelines: the schema version that was in force
    """

    article: str
    annotator: str
    mentions: tuple[Mention, ...] = ()
    frames: tuple[Frame, ...] = ()
    links: tuple[Link, ...] = ()
    answers: tuple[Answer, ...] = ()
    unusable: str | None = None
    note: str | None = None
    submitted: str | None = None
    guidelines: str | None = None

    @property
    def items(self) -> list[Mention | Frame]:
        """The typed spans of every layer."""
        return [*self.mentions, *self.frames]

    def of_layer(self, layer: str) -> list[Mention | Frame]:
        return [each for each in self.items if each.layer == layer]


class Share(Struct, frozen=True, gc=False):
    """How large a part of the annotators gave an answer, or how probable a model holds it."""

    value: str
    p: float


class Ballot(Struct, frozen=True, gc=False):
    """Who said one thing of what was to be decided. ``value`` None: did not mark it, or left it unanswered."""

    value: str | None
    annotators: tuple[str, ...]


class Decision(Struct, frozen=True, gc=False, omit_defaults=True):
    """One decision on the way to gold, and the trail of it. ``votes`` of ``of`` were for the leading value.

    item:         the gold item's id; None where it was left out, or of the whole article
    start, end:   what the annotators' spans cover together; None of the whole article
    outcome:      what was decided; None where nothing was (a tie, or an item that was left out)
    how:          unanimous, majority, model, single, adjudicated; or why there is no answer: minority (too few said
                  it), tie, too few (a model wants three annotators), waiting (for an adjudicator), duplicate (its place was taken),
                  dependent (what it refers to was left out, or became something that its role does not take)
    strategy:     what was declared for the layer
    confidence:   the share of the votes, or the model's probability, that the outcome has; None without an outcome
    ballots:      who said what; of an adjudicated decision still what the annotators said
    posterior:    a model's probabilities, where one was asked
    adjudicators: who decided it, or was asked to and could not agree
    at:           when the last of them did (ISO 8601)
    reasons:      theirs, as far as they gave any
    """

    layer: str
    item: str | None
    decision: str
    outcome: str | None
    how: str
    votes: int
    of: int
    start: int | None = None
    end: int | None = None
    strategy: str = "majority"
    confidence: float | None = None
    ballots: tuple[Ballot, ...] = ()
    posterior: tuple[Share, ...] = ()
    adjudicators: tuple[str, ...] = ()
    at: str | None = None
    reasons: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


class Verdict(Struct, frozen=True):
    """What an adjudicator said of one contested item, link or answer.

    candidates: the annotators whose item it was ("A+B" on the page is two of them); empty for an item the adjudicator added
    verdict:    take, edit (taken after a change), reject, or add
    item:       the id of the item in the adjudication's labelling; None for a rejected one
    reason:     guideline unclear, annotator slip, truly ambiguous, text error; None when none was given
    """

    layer: str
    start: int
    end: int
    type: str | None
    candidates: tuple[str, ...]
    verdict: str
    item: str | None = None
    reason: str | None = None
    comment: str | None = None
    # Of a link: its layer, what both ends cover, no type, the two items' ids. Of an answer: its layer ("article": whether it can be
    # annotated), 0, 0, the answer as type, the question as item, and those who gave it; "edit" when nobody had.


class Adjudication(Struct, frozen=True):
    """One adjudicator's decision on one article: the whole article as it shall be, and a verdict for each contested item.

    labelling: legal, its annotator is the adjudicator; the agreed part is in it, unchanged
    at:        when it was submitted (ISO 8601)
    basis:     a digest of the labellings it was made from; when those are others now, the article is open again
    """

    article: str
    adjudicator: str
    at: str
    guidelines: str
    basis: str
    labelling: Labelling
    verdicts: tuple[Verdict, ...] = ()
    round: int = 1


class Marked(Struct, frozen=True, gc=False):
    """An annotator's (or adjudicator's) own item, by the id it has in their labelling, which is its region's in Label Studio."""

    annotator: str
    item: str


class Cluster(Struct, frozen=True, gc=False):
    """What annotators (and adjudicators) marked as one thing. ``item`` is the gold item's id; None where it was left out."""

    layer: str
    item: str | None
    start: int
    end: int
    members: tuple[Marked, ...]


class Gold(Struct, frozen=True, gc=False):
    """One article's gold: the labelling (annotator "gold"), who it was made from, and how.

    resolution:    the strategy; "single" where one annotator submitted the article
    decisions:     every one, also the unanimous
    distributions: "layer.question" → shares, of every question
    clusters:      every item that anybody marked
    schema:        the schema version in force; guidelines: those under which the annotators worked
    basis:         the digest of the labellings it was made from
    adjudicators:  whose adjudications of this basis were heard; outdated: those of adjudications of another basis
    """

    labelling: Labelling
    annotators: tuple[str, ...]
    resolution: str
    decisions: tuple[Decision, ...]
    distributions: dict[str, tuple[Share, ...]]  # "layer.question" → shares
    clusters: tuple[Cluster, ...] = ()
    schema: str = ""
    guidelines: tuple[str, ...] = ()
    basis: str = ""
    adjudicators: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()


class Locked(Struct, frozen=True, forbid_unknown_fields=True):
    """An article's split, for good. ``group`` names the articles that never part from it."""

    article: str
    split: Literal["train", "dev", "test"]
    group: str


class LeftOut(Struct, frozen=True, forbid_unknown_fields=True):
    """An article that is in no split, and why. ``split`` and ``group``: where it is locked, for one that was withdrawn from there.

    copies, stories: for a quarantined one, the articles that its text is a copy of, which are no copies of each other; the stories that
    it would make one
    """

    article: str
    reason: str
    split: Literal["train", "dev", "test"] | None = None
    group: str | None = None
    copies: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()


class SplitShares(Struct, frozen=True, forbid_unknown_fields=True):
    """Parts of the articles; only their proportions count."""

    train: float = 0.7
    dev: float = 0.1
    test: float = 0.2


class SplitCuts(Struct, frozen=True, forbid_unknown_fields=True):
    """The first day (YYYY-MM-DD) of dev and of test, of a temporal split; what is older is train. None: there is no such split."""

    dev: str | None = None
    test: str | None = None


class SplitLock(Struct, frozen=True, forbid_unknown_fields=True):
    """splits.lock.json: how articles were drawn, and where each is. It goes from release to release, and no article in it ever moves.

    strategy: stratified, temporal or hash; holdout: what only test has (``publisher=…``, ``type=…``)
    withdrawn: locked ones that proved to be of a group in another split; quarantined: new ones that would join two splits
    """

    strategy: Literal["stratified", "temporal", "hash"] = "stratified"
    seed: int = 0
    shares: SplitShares = SplitShares()
    cuts: SplitCuts = SplitCuts()
    holdout: tuple[str, ...] = ()
    articles: tuple[Locked, ...] = ()
    withdrawn: tuple[LeftOut, ...] = ()
    quarantined: tuple[LeftOut, ...] = ()


class Pulled(NamedTuple):
    """One annotation as the server gave it, with where it was found."""

    task: int
    annotation: int
    article: str | None
    article_sha256: str | None
    body: bytes


class Author(NamedTuple):
    """Who made an annotation: whom the first of its versions that names somebody names. Nobody: neither number nor e-mail address.

    url, user: the server and the number of the account there
    """

    url: str
    user: int | None = None
    email: str | None = None


class Kept(NamedTuple):
    """The present version of one annotation in the store. ``schema`` is the one in force when it was pulled.

    author: the same in all versions, for Label Studio takes the name off the work of an account that is deleted
    """

    url: str
    project: int
    task: int
    annotation: int
    article: str | None
    article_sha256: str | None
    schema: str
    body: bytes
    author: Author


def text_digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()
