"""The page for the annotators' meeting, in the schema's language, as Markdown and as HTML.

Whatever comes from an article stands in a ``bdi`` element, so that Arabic and English beside one another keep their order, and is escaped
for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from annotate.gold.discussion import GENERAL, Discussion, Example, Reasoned, Topic
from annotate.schema import Schema
from annotate.schema.guidelines import WORDS as GUIDELINES

Block = tuple[str, list[list[str]]]  # "h2", "p", "ul" or "table" and its rows of cells, in HTML

RTL = ("ar", "fa", "he", "ur")
KINDS = {
    "unusable": {"ar": "صلاحية المقال", "en": "whether the article can be annotated"},
    "missed": {"ar": "علّمه بعضهم وتركه غيرهم", "en": "marked by some only"},
    "boundary": {"ar": "الحدود", "en": "boundaries"},
    "clitic boundary": {"ar": "الحدود: السوابق المتصلة", "en": "boundaries: attached proclitics"},
    "type": {"ar": "النوع", "en": "type"},
    "stance flip": {"ar": "موقفان متضادان", "en": "opposite stances"},
    "stance neutral": {"ar": "موقف أم حياد", "en": "a stance, or neutral"},
    "attribute": {"ar": "الصفات", "en": "attributes"},
    "role": {"ar": "الدور", "en": "the role of an argument"},
    "argument": {"ar": "الحجج", "en": "arguments"},
    "link": {"ar": "الروابط", "en": "links"},
    "answer": {"ar": "أسئلة المقال", "en": "questions about the article"},
}
REASONS = {
    "guideline unclear": {"ar": "الدليل غير واضح", "en": "guideline unclear"},
    "annotator slip": {"ar": "سهو", "en": "annotator slip"},
    "truly ambiguous": {"ar": "ملتبس حقًا", "en": "truly ambiguous"},
    "text error": {"ar": "خطأ في النص", "en": "text error"},
}
WORDS = {
    "ar": {
        "title": "للنقاش",
        "what": "مقالات وسمها اثنان فأكثر: {articles}؛ الموسِّمون: {annotators}؛ المقالات المحسومة: {adjudicated}. "
        "الأعداد أزواج من الموسِّمين اختلفا.",
        "none": "لا خلاف بين الموسِّمين.",
        "times": "العدد",
        "ways": "كيف اختلفوا",
        "reasons": "أسباب الخلاف كما رآها المحكِّمون",
        "reason": "السبب",
        "nothing": "لا شيء",
        "article": "المقال كله",
    },
    "en": {
        "title": "To discuss",
        "what": "{articles} articles that two or more labelled, by {annotators} annotators; {adjudicated} of them are adjudicated. "
        "Counts are of pairs of annotators who differ.",
        "none": "The annotators differ in nothing.",
        "times": "Count",
        "ways": "How they differ",
        "reasons": "Why they differ, as adjudicators saw it",
        "reason": "Reason",
        "nothing": "nothing",
        "article": "the whole article",
    },
}
STYLE = """body { font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse }
td, th { border: 1px solid #bbb; padding: .2rem .6rem; text-align: start }"""


def markdown_page(schema: Schema, found: Discussion) -> str:
    direction = 'dir="rtl"' if schema.language in RTL else 'dir="ltr"'
    lines = [f"<div {direction}>", ""]
    for kind, rows in _blocks(schema, found):
        lines += [*_markdown(kind, rows), ""]
    return "\n".join([*lines, "</div>", ""])


def html_page(schema: Schema, found: Discussion) -> str:
    direction = "rtl" if schema.language in RTL else "ltr"
    head = f'<!doctype html>\n<html lang="{schema.language}" dir="{direction}">\n<meta charset="utf-8">\n'
    title = escape(f"{WORDS[_language(schema)]['title']}: {schema.title[schema.language]}")
    body = "\n".join(_html(kind, rows) for kind, rows in _blocks(schema, found))
    return f"{head}<title>{title}</title>\n<style>{STYLE}</style>\n<body>\n{body}\n</body>\n</html>\n"


def _language(schema: Schema) -> str:
    return schema.language if schema.language in WORDS else "en"


def _blocks(schema: Schema, found: Discussion) -> Iterator[Block]:
    words = WORDS[_language(schema)]
    yield "h1", [[_quoted(f"{words['title']}: {schema.title[schema.language]}")]]
    counts = {"articles": found.articles, "annotators": found.annotators, "adjudicated": found.adjudicated}
    yield "p", [[words["what"].format(**counts)]]
    if not found.topics:
        yield "p", [[words["none"]]]
    for layer in dict.fromkeys([*(each.layer for each in found.topics), *(each.layer for each in found.reasons)]):
        own = [each for each in found.topics if each.layer == layer]
        for part, topics in groupby(own, key=lambda each: each.part):
            yield "h2", [[_section(schema, layer, part)]]
            for topic in topics:
                yield from _topic(schema, topic)
        if not own:
            yield "h2", [[_section(schema, layer, "rules")]]
        yield from _reasons(schema, [each for each in found.reasons if each.layer == layer])


def _section(schema: Schema, layer: str, part: str) -> str:
    """The title of the guidelines' section."""
    words = GUIDELINES[_language(schema)]
    if layer == GENERAL:
        return words["general"]
    title = next((each.title[schema.language] for each in schema.layers if each.name == layer), layer)
    return _quoted(title) + ("" if part == "rules" else f" › {words[part]}")


def _topic(schema: Schema, topic: Topic) -> Iterator[Block]:
    words = WORDS[_language(schema)]
    yield "h3", [[f"{KINDS.get(topic.kind, {}).get(_language(schema), topic.kind)} ({topic.count})"]]
    yield "table", [[words["ways"], words["times"]], *([_quoted(each.what), str(each.count)] for each in topic.ways)]
    if topic.examples:
        yield "ul", [[_example(schema, each)] for each in topic.examples]


def _example(schema: Schema, each: Example) -> str:
    words = WORDS[_language(schema)]
    context = f"<bdi>…{_plain(each.before)}<b>{_plain(each.marked)}</b>{_plain(each.after)}…</bdi>" if each.marked else words["article"]
    says = " / ".join(
        f"{count} × {_quoted(said) if said is not None else words['nothing']}"
        for said, count in zip((each.first, each.second), each.sides, strict=True)
    )
    reasons = [_reason(schema, reason) for reason in each.reasons] + [_quoted(comment) for comment in each.comments]
    return f"{_quoted(each.article)}: {context} — {says}" + (f" ({'; '.join(reasons)})" if reasons else "")


def _reasons(schema: Schema, reasons: list[Reasoned]) -> Iterator[Block]:
    if reasons:
        words = WORDS[_language(schema)]
        yield "h3", [[words["reasons"]]]
        rows = [[_quoted(each.type), _reason(schema, each.reason), str(each.count)] for each in reasons]
        yield "table", [[GUIDELINES[_language(schema)]["type"], words["reason"], words["times"]], *rows]


def _reason(schema: Schema, reason: str) -> str:
    return REASONS.get(reason, {}).get(_language(schema)) or _quoted(reason)


def _quoted(words: str) -> str:
    return f"<bdi>{_plain(words)}</bdi>"


def _plain(words: str) -> str:
    """Escaped for HTML and Markdown both, on one line."""
    one_line = " ".join(words.split()) if "\n" in words else words
    return "".join(f"&#{ord(each)};" if each in "*_`[]|\\#~<>&\"'!" else each for each in one_line)


def _markdown(kind: str, rows: list[list[str]]) -> list[str]:
    if kind == "table":
        head, *body = rows
        return [_row(head), _row(["---"] * len(head)), *map(_row, body)]
    if kind == "ul":
        return [f"- {cell}" for (cell,) in rows]
    marks = {"h1": "# ", "h2": "## ", "h3": "### "}.get(kind, "")
    return [f"{marks}{rows[0][0]}"]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _html(kind: str, rows: list[list[str]]) -> str:
    if kind == "table":
        head, *body = rows
        lines = ["".join(f"<th>{cell}</th>" for cell in head), *("".join(f"<td>{cell}</td>" for cell in row) for row in body)]
        return "<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"
    if kind == "ul":
        return "<ul>\n" + "\n".join(f"<li>{cell}</li>" for (cell,) in rows) + "\n</ul>"
    return f"<{kind}>{rows[0][0]}</{kind}>"
