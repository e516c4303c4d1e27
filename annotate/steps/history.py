"""`annotate history`: every version of every annotation of an article, whatever became of it."""

from __future__ import annotations

from msgspec import Struct

from annotate.errors import UsageProblem
from annotate.store import Store
from annotate.studio.history import Event, events
from annotate.workspace import Workspace


class History(Struct, frozen=True):
    """``present``: how many annotations there are now, of all that there ever were."""

    article: str
    annotations: int
    present: int
    events: list[Event]


def run(workspace: Workspace, article: str) -> History:
    """Raises UsageProblem when the store knows no such article, or had to forget it."""
    with Store(workspace.store_path) as store:
        if article in (forgotten := store.forgotten_articles()):
            raise UsageProblem(f"{article} was forgotten at {forgotten[article]}; nothing of it is left")
        versions = list(store.history(article))
        if not versions and store.article(article) is None:
            raise UsageProblem(f"no article {article!r} in this workspace; its id stands in the task's data on the server")
        last = {each.work: each.body is not None for each in versions}
        return History(article, len(last), sum(last.values()), events(versions, store.people()))


def show(done: History) -> str:
    lines = [f"{done.article}: {done.annotations} annotations, {done.present} of them there now"]
    return "\n".join(lines + [f"  {_line(each)}" for each in done.events])


def _line(event: Event) -> str:
    by = f" (by {event.by})" if event.by else ""
    made = f", saved {event.made}" if event.made else ""
    return (
        f"pull {event.pull}, {event.at}: {event.annotator}: {event.kind}{by}{made}"
        f" [project {event.project}, task {event.task}, annotation {event.annotation}, {event.items} items, {event.schema}]"
    )
