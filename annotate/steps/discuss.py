"""`annotate discuss`: a page for the annotators' next meeting."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.errors import BadInput, UsageProblem
from annotate.gold.discussion import discussion
from annotate.gold.discussion_page import html_page, markdown_page
from annotate.schema import load_schema
from annotate.steps.stored import articles_by_id, first_labellings, stored_adjudications
from annotate.store import Store
from annotate.workspace import Workspace


class Written(Struct, frozen=True):
    """Where the page lies; pairs of annotators who differ, by layer and class; reasons by how often they were given."""

    path: str
    articles: int
    disagreements: dict[str, int]
    reasons: dict[str, int]


def run(workspace: Workspace, path: Path, examples: int) -> Written:
    """Write the page about what annotators first submitted.

    Raises UsageProblem for a name that ends otherwise, BadInput where the page cannot be written.
    """
    if path.suffix not in (".md", ".html"):
        raise UsageProblem(f"{path}: the page is .md or .html")
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        texts = {name: article.text for name, article in articles_by_id(store).items()}
        labellings = first_labellings(store, schema).labellings
        adjudications = stored_adjudications(store, schema)
    found = discussion(schema, labellings, adjudications, texts, examples)
    page = html_page(schema, found) if path.suffix == ".html" else markdown_page(schema, found)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); name another place") from None
    reasons: dict[str, int] = {}
    for each in found.reasons:
        reasons[each.reason] = reasons.get(each.reason, 0) + each.count
    return Written(str(path), found.articles, {f"{each.layer}: {each.kind}": each.count for each in found.topics}, reasons)


def show(done: Written) -> str:
    differ = ", ".join(f"{count} {what}" for what, count in done.disagreements.items()) or "none"
    reasons = ", ".join(f"{count} {reason}" for reason, count in done.reasons.items()) or "none given"
    return f"{done.path}: {done.articles} articles of two annotators or more\ndisagreements: {differ}\nadjudicators' reasons: {reasons}"
