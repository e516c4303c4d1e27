"""`annotate demo`: the whole line on the bundled corpus, against a real Label Studio, with simulated annotators."""

from __future__ import annotations

import logging
from pathlib import Path

from msgspec import Struct, structs

from annotate.agreement.results import Result
from annotate.demo.adjudicate import adjudicate as decide_all
from annotate.demo.corpus import ARTICLES, labellings
from annotate.demo.label import join, label
from annotate.demo.simulate import ANNOTATORS, simulate
from annotate.errors import StudioProblem, UsageProblem
from annotate.schema import load_schema
from annotate.steps import adjudicate, agree, export, gold, ingest, init, pull, push, split, studio
from annotate.steps.stored import articles_by_id, stored_sheets
from annotate.store import Store
from annotate.studio.adjudication.project import find_adjudication
from annotate.studio.people import invite_link
from annotate.studio.project import find_project
from annotate.studio.results import page_of
from annotate.workspace import CONFIG, Workspace, find_workspace

log = logging.getLogger(__name__)

HEAD = "# The settings of `annotate demo`."
TOML = """\
{head}
[studio]
project = "annotate demo"
overlap = {overlap}

[export]
name = "{name}"
license = "apache-2.0"
annotators = "They are programs: the bundled gold with declared noise, and an adjudicator who takes the gold's side."
training = "None, for they are programs."
gaps = "Every article is invented; the release shows what this toolkit makes, and says nothing of the world."
"""

NAME = "demo"
VERSION = "1.0.0"
SEED = 0
PASSWORD = "simulated-annotator"
ADJUDICATOR = "adjudicator"
SHOWN = (
    "mentions span_f1_exact",
    "events span_f1_exact",
    "events.type krippendorff_alpha",
    "stances span_f1_overlap",
    "stances.type krippendorff_alpha",
)


class LogIn(Struct, frozen=True):
    email: str
    password: str


class Demo(Struct, frozen=True):
    """What the line did. ``address`` is None when the server was stopped at the end."""

    articles: int
    submitted: int
    left_out: int
    disputed: int
    adjudicated: int
    agreement: list[Result]
    items: dict[str, int]
    release: str
    release_is_new: bool
    workspace: str
    address: str | None
    people: list[LogIn]


def run(folder: Path, exports: Path, *, keep: bool = False) -> Demo:
    """Run the line in the workspace ``folder``, releasing under ``exports``. Killed anywhere, it goes on when it is run again.

    With ``keep`` the server is left running.
    """
    workspace = _workspace(folder, exports)
    log.info("starting Label Studio (its first start takes half a minute)")
    started = studio.run_up(workspace)
    try:
        done = _line(workspace)
    finally:
        if not keep:
            studio.run_down(workspace)
    if not keep:
        return done
    people = [
        LogIn(started.email, started.password),
        *(LogIn(_email(name), PASSWORD) for name in (*(each.name for each in ANNOTATORS), ADJUDICATOR)),
    ]
    return structs.replace(done, address=started.url, people=people)


def _workspace(folder: Path, exports: Path) -> Workspace:
    config = folder / CONFIG
    if config.exists() and not config.read_text("utf-8").startswith(HEAD):
        raise UsageProblem(f"{folder} is a workspace of your own; name another folder for the demo")
    settings = TOML.format(head=HEAD, overlap=len(ANNOTATORS), name=NAME)
    init.run(folder, "event-stance", settings)
    workspace = find_workspace(folder, {"ANNOTATE_EXPORT_FOLDER": str(exports.resolve())})
    with Store(workspace.store_path) as store:
        # A salt of its own would give every clone's demo other pseudonyms, so other bytes.
        store.set_meta("salt", NAME)
    return workspace


def _line(workspace: Workspace) -> Demo:
    log.info("ingesting %s", ARTICLES.name)
    ingest.run(workspace, [str(ARTICLES)])
    split.run(workspace)
    log.info("pushing")
    pushed = push.run(workspace)
    submitted = _annotate(workspace)
    log.info("pulling")
    pulled = pull.run(workspace)
    log.info("measuring agreement")
    agreement = agree.run(workspace, gamma=False)  # the release has gamma, which costs most
    log.info("sending what is disputed to the simulated adjudicator, who decides the test articles")
    adjudicate.run_push(workspace)
    _adjudicate(workspace)
    status = adjudicate.run_pull(workspace).status
    log.info("resolving gold")
    resolved = gold.run(workspace)
    log.info("exporting and verifying")
    exported = export.run(workspace, VERSION)
    return Demo(
        articles=pushed.sent + pushed.there,
        submitted=submitted,
        left_out=len(pulled.problems) + len(status.problems),
        disputed=status.disputed,
        adjudicated=len(status.decided),
        agreement=agreement.results,
        items=resolved.items,
        release=exported.folder,
        release_is_new=exported.new,
        workspace=str(workspace.folder),
        address=None,
        people=[],
    )


def _annotate(workspace: Workspace) -> int:
    """Every simulated annotator signs up and submits what is not submitted yet; how many annotations that were."""
    schema = load_schema(workspace.schema_path)
    page, submitted = page_of(schema), 0
    with Store(workspace.store_path) as store, studio.client_of(workspace) as admin:
        project = find_project(admin, store.meta("workspace"))
        if project is None:
            raise StudioProblem("the demo's project vanished from the server; run the demo again")
        articles = articles_by_id(store)
        for annotator in ANNOTATORS:
            log.info("simulated annotator %s labels", annotator.name)
            work = {each.article: simulate(schema, articles[each.article], each, annotator, SEED) for each in labellings("gold")}
            with join(admin, invite_link(admin), _email(annotator.name), PASSWORD) as client:
                submitted += label(client, project, page, articles, work)
    return submitted


def _adjudicate(workspace: Workspace) -> int:
    """A simulated adjudicator, who is none of the annotators, decides the disputed articles of the test split; how many now."""
    page = page_of(load_schema(workspace.schema_path))
    with Store(workspace.store_path) as store, studio.client_of(workspace) as admin:
        project = find_adjudication(admin, store.meta("workspace"))
        if project is None:
            raise StudioProblem("the demo's adjudication project vanished from the server; run the demo again")
        test = {article for article, (split, _) in store.splits().items() if split == "test"}
        decisions = {each.article: each for each in labellings("gold") if each.article in test}
        with join(admin, invite_link(admin), _email(ADJUDICATOR), PASSWORD) as client:
            return decide_all(client, project, page, articles_by_id(store), stored_sheets(store, page.schema), decisions)


def _email(name: str) -> str:
    return f"{name}@annotate.example"


def show(done: Demo) -> str:
    items = ", ".join(f"{count} {layer}" for layer, count in done.items.items())
    state = "written and verified" if done.release_is_new else "there already, the same: verified, not rewritten"
    lines = [
        "",
        f"{done.articles} articles, labelled by {len(ANNOTATORS)} SIMULATED annotators (the bundled gold with declared noise)",
        f"{done.submitted} annotations submitted now; {done.left_out} parts of annotations did not fit and were left out",
        f"{done.disputed} articles are disputed; {done.adjudicated}, those of the test split, were decided by a SIMULATED adjudicator",
        f"gold by majority, and as adjudicated: {items}",
        "agreement:",
        *(
            f"  {each.layer:<14} {each.measure:<18} {each.value:.3f}"
            for each in done.agreement
            if f"{each.layer} {each.measure}" in SHOWN and each.value
        ),
        f"release: {done.release} ({state})",
    ]
    if done.address is not None:
        lines += [f"Label Studio is left running at {done.address}; log in as"]
        lines += [f"  {each.email}  {each.password}" for each in done.people]
        lines += [f"stop it with: annotate studio down --workspace {done.workspace}"]
    else:
        lines.append("Label Studio was stopped; `make demo KEEP=1` leaves it running and prints the log-ins")
    lines += [f"next: read {done.release}/README.md, or label articles of your own: annotate init my-project"]
    return "\n".join(lines)
