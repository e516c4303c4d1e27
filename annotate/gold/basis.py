"""What an adjudication rests on: a digest of the labellings that were before the adjudicator."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from annotate.records import Labelling


def basis_of(labellings: Iterable[Labelling]) -> str:
    """SHA-256, in hexadecimal, of who said what of one article: of the annotators and everything they marked, in no particular order.

    When something was submitted, under which guidelines, and notes to the editors do not count.
    """
    said = sorted(msgspec.json.encode(_content(each)) for each in labellings)
    return sha256(b"\n".join(said)).hexdigest()


def _content(labelling: Labelling) -> list[object]:
    parts = (labelling.mentions, labelling.frames, labelling.links, labelling.answers)
    encoder = msgspec.json.Encoder(order="deterministic")
    return [labelling.annotator, labelling.unusable, *(sorted(encoder.encode(each).decode() for each in part) for part in parts)]
