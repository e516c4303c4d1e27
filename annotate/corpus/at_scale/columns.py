"""Articles as rows of a pool: the columns that ``annotate sample`` and ``annotate ingest`` know, and what was found out besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from annotate.corpus.minhash import Hashes
from annotate.corpus.sentences import sentences
from annotate.records import Article
from annotate.tokens import count_tokens

DATE = pa.struct([("year", pa.int32()), ("month", pa.int32()), ("day", pa.int32()), ("precision", pa.string()), ("basis", pa.string())])
ZONE = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("label", pa.string())])
PARAGRAPH = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("lang", pa.string())])
COLUMNS = [
    ("id", pa.string()),  # the user's own
    ("title", pa.string()),
    ("text", pa.string()),
    ("lang", pa.string()),
    ("date", DATE),
    ("date_span", pa.list_(pa.int32())),
    ("date_doubt", pa.string()),
    ("publisher", pa.string()),
    ("agency", pa.string()),
    ("syndicator", pa.string()),
    ("url", pa.string()),
    ("rights", pa.string()),
    ("story", pa.string()),
    ("duplicates", pa.string()),
    ("zones", pa.list_(ZONE)),
    ("paragraphs", pa.list_(PARAGRAPH)),
    ("tokens", pa.int32()),
    ("sentences", pa.int32()),
    ("sha256", pa.string()),
]
POOL = pa.schema([*COLUMNS, ("number", pa.uint64())])  # number: only until the pool is finished
SOURCE = ("publisher", "agency", "syndicator", "url", "rights")
PLAIN = ("title", "text", "lang", "date_doubt", "story", "duplicates", "sha256")


def pool_table(articles: Sequence[Article], numbers: Hashes) -> pa.Table:
    columns: dict[str, Any] = {name: [getattr(each, name) for each in articles] for name in PLAIN}
    columns |= {name: [getattr(each.source, name) for each in articles] for name in SOURCE}
    columns |= {
        "id": [each.original_id or each.id for each in articles],
        "date": _structs([each.date for each in articles], DATE),
        "date_span": [each.date_span for each in articles],
        "zones": _lists([each.zones for each in articles], ZONE),
        "paragraphs": _lists([each.paragraphs for each in articles], PARAGRAPH),
        "tokens": [count_tokens(each.text) for each in articles],
        "sentences": [sum(1 for _ in sentences(each.text)) for each in articles],
        "number": numbers,
    }
    return pa.table([pa.array(columns[field.name], field.type) for field in POOL], schema=POOL)


def _structs(records: Sequence[Any], kind: pa.StructType) -> pa.StructArray:
    fields = [pa.array([getattr(each, field.name) for each in records], field.type) for field in kind]
    return pa.StructArray.from_arrays(fields, fields=list(kind))


def _lists(records: Sequence[Sequence[Any]], kind: pa.StructType) -> pa.ListArray:
    ends = np.cumsum([0, *map(len, records)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), _structs([each for own in records for each in own], kind))
