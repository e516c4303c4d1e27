"""What each key of a release's records holds, in words, for its card."""

from __future__ import annotations

from collections.abc import Iterator

from annotate.schema import ChoiceLayer, FrameLayer, LinkLayer, MentionLayer, Schema

HEAD = (
    ("id", "the article's id, by which everything refers to it"),
    ("original_id", "`original:` and the id that its makers had given it, where that read like a number, a date or nothing; else null"),
    ("schema", "the schema its labels follow, and its version"),
    ("lang", "the language of most of its text (`und`: none was recognised)"),
    ("title, text", "as they came; offsets count code points of `text`"),
    ("text_sha256", "SHA-256 of the text's UTF-8 bytes"),
    ("zones", "what its lines are, by rules; zones may lie in one another (a dateline in a body)"),
    ("sentences", "by rules, whatever zone they are in"),
    (
        "source",
        "who published it, which agency wrote it, through whom it came (`syndicator`), its address, and under what rights its text stands",
    ),
    ("date", "when it came out, as far as known (`precision`), and what that rests on (`basis`: inferred is from the text itself)"),
    ("group", "what copies of one text, and articles that tell one story, have in common; they are never in two splits"),
    ("split", "the file it is in"),
    ("weight", "how many articles of the pool it stands for, relative to the others; 1 where nothing was sampled"),
)
DECISIONS = """A decision is on an item or, where the item was left out, has its place in words: `exists` (is there such an item?), `span`,
`type`, `attribute NAME`, `argument ROLE ITEM`, `link ITEM ITEM`, `answer QUESTION`, `entity`. `outcome` is null where nothing was
decided. `ballots` are who said what, `votes` of `of` were for the leading one. `how` is `majority`, `model`, `single` (one annotator),
`adjudicated`; or, without an outcome, `minority` (too few said it), `tie`, `too few` (for a model), `waiting` (for an adjudicator),
`duplicate` (its place was taken), `dependent` (what it refers to was left out)."""


def record_keys(schema: Schema) -> Iterator[tuple[str, str]]:
    """(keys, what they hold) of a gold record, in its order."""
    yield from HEAD
    for layer in schema.layers:
        if not isinstance(layer, LinkLayer):
            title = layer.title.get("en", layer.title[schema.language])
            yield layer.name, f"{title}: {_layer(schema, layer)}"
    yield (
        "distributions, distribution",
        "how what the annotators said is spread: `p` are shares of them, `posterior` a model's probabilities or null",
    )
    yield (
        "provenance",
        "who labelled it, under which guidelines, how several answers became one, who adjudicated it (null: nobody), and every decision "
        "that was not unanimous",
    )


def _layer(schema: Schema, layer: MentionLayer | FrameLayer | ChoiceLayer) -> str:
    if isinstance(layer, MentionLayer):
        return "typed spans; `entity` is what one refers to, as annotators named it, else its own words"
    if isinstance(layer, ChoiceLayer):
        return "questions about the whole article; a `value` of null is undecided"
    links = "".join(f"; `{link.name}`: all others that it is joined to" for link in schema.link_layers if link.between == layer.name)
    return (
        "typed spans with `attributes` (null: not asked of the type, or undecided) and `arguments` "
        f"(`ref` is the id of what fills the `role`, `kind` its layer){links}"
    )
