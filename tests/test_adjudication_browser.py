"""The adjudicator's page in a real browser: blinded, decided with keys and mouse, and gold shows just what was decided."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from annotate.records import Answer, Argument, Frame, Labelling, Mention
from annotate.schema import Schema
from annotate.steps import adjudicate, gold, pull, push
from annotate.steps.stored import articles_by_id, stored_adjudications, stored_gold
from annotate.store import Store
from annotate.studio.adjudication.project import find_adjudication
from annotate.studio.adjudication.sheet import Sheet
from annotate.studio.client import Client
from annotate.studio.people import invite_link, sign_up
from annotate.studio.results import page_of, write_results
from annotate.studio.server import Server
from annotate.workspace import Workspace
from tests.conftest import PASSWORD
from tests.handmade import shape
from tests.on_server import Join, MakeWorkspace, put, submit, tasks_of
from tests.test_browser import ARGUMENTS, button, choose, fill_in, mark, wait_for_text
from tests.test_browser import submit as submit_page

ARTICLE = "velmora-9"
TEXT = "قصفت فيلمورا الجسر القديم يوم الاثنين، ونفت كارش ذلك ودانت الهجوم.\n\nوقالت كارش إن الجسر سليم."


def place(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


def said(annotator: str, bridge: str, denial: str, role: str, stance: str, *, lone: bool, genre: str) -> Labelling:
    """What the two annotators say, but for what they differ on: a boundary, a type, a role, a stance, whether a mention is there."""
    mentions = [Mention("m1", "mentions", "GOV", *place("فيلمورا")), Mention("m2", "mentions", "FAC", *place(bridge))]
    mentions += [Mention("m3", "mentions", "GOV", *place("كارش"))]
    mentions += [Mention("m4", "mentions", "TIME", *place("يوم الاثنين"))] if lone else []
    past: dict[str, str | None] = {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": None}
    frames = (
        Frame("e1", "events", "ASSAULT", *place("قصفت"), past, (Argument("actor", "m1"), Argument(role, "m2"))),
        Frame("e2", "events", denial, *place("نفت"), past, (Argument("actor", "m3"),)),
        Frame("s1", "stances", stance, *place("دانت"), {"strength": "verbal"}, (Argument("holder", "m3"), Argument("target", "e1"))),
    )
    return Labelling(ARTICLE, annotator, tuple(mentions), frames, (), (Answer("document", "genre", genre),))


@pytest.fixture
def page(chromium: Path, server: Server, client: Client) -> Iterator[Page]:
    """The page of an adjudicator of their own, logged in, on a small screen."""
    email = f"judge-{secrets.token_hex(4)}@velmora.example"
    sign_up(invite_link(client), email, PASSWORD)
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        opened = browser.new_page(base_url=server.url, viewport={"width": 1366, "height": 768})
        opened.goto("/user/login/")
        fill_in(opened, email, PASSWORD)
        yield opened
        browser.close()


@pytest.fixture
def disputed(make_workspace: MakeWorkspace, server: Server, client: Client, schema: Schema, join: Join) -> Workspace:
    """Two annotators have labelled the article, and what they differ on was sent."""
    workspace = make_workspace(server=server)
    put(workspace, {ARTICLE: TEXT})
    push.run(workspace)
    with Store(workspace.store_path) as store:
        article = articles_by_id(store)[ARTICLE]
    both = (
        said("first", "الجسر القديم", "STATE", "recipient", "against", lone=True, genre="news"),
        said("second", "الجسر", "REJECT", "place", "favor", lone=False, genre="opinion"),
    )
    for labelling in both:
        submit(join(labelling.annotator), tasks_of(client, workspace)[ARTICLE], *write_results(page_of(schema), article, labelling))
    assert pull.run(workspace).labellings == 2
    assert adjudicate.run_push(workspace).problems == []
    return workspace


def open_queue(page: Page, workspace: Workspace, client: Client) -> None:
    with Store(workspace.store_path) as store:
        project = find_adjudication(client, store.meta("workspace"))
    assert project is not None
    page.goto(f"/projects/{project.number}/data")
    page.get_by_role("button", name="Label All Tasks").click()
    expect(page.get_by_text("احسم ما اختلف فيه الموسِّمون")).to_be_visible()
    page.get_by_role("button", name="Close modal").click()
    wait_for_text(page)


class Candidates:
    """The article's candidates by annotator, as the page has them."""

    def __init__(self, page: Page, workspace: Workspace) -> None:
        self.page = page
        with Store(workspace.store_path) as store:
            (record,) = store.sheets()
            self.people = {email.split("-")[0]: email for email in store.people().values()}
        self.sheet = msgspec.json.decode(record, type=Sheet)

    def id_of(self, words: str, annotator: str) -> str:
        return next(
            each.id
            for each in self.sheet.regions
            if (each.start, each.end) == place(words) and each.letters and any(name.startswith(annotator) for name in each.annotators)
        )

    def choose(self, words: str, annotator: str) -> str:
        """Click the candidate at its letter, in the left of its last piece; Arabic ends there."""
        region = self.id_of(words, annotator)
        self.page.keyboard.press("Escape")
        shown = self.page.locator(f'.htx-highlight[data-label][class*="htx-highlight-{region}"]')
        shown.scroll_into_view_if_needed()
        shown.click(position={"x": 4, "y": 12})
        expect(self.page.locator(".lsf-detailed-region")).to_contain_text(region)
        return region


def test_the_whole_loop(page: Page, disputed: Workspace, client: Client, schema: Schema) -> None:
    open_queue(page, disputed, client)
    candidates = Candidates(page, disputed)
    seen = page.content() + str(
        page.evaluate("() => JSON.stringify(Htx.task.data) + JSON.stringify(Htx.annotationStore.selected.serializeAnnotation())")
    )
    assert not any(
        email in seen or email.split("@")[0] in seen for email in candidates.people.values() if email.startswith(("first", "second"))
    )

    candidates.choose("الجسر", "second")  # a boundary
    expect(page.locator(".lsf-detailed-region__meta-text")).to_contain_text("«الجسر القديم»")  # what the other says stands beside it
    page.keyboard.press("v")
    candidates.choose("نفت", "first")  # a type
    expect(page.locator('.annotate-region [name="deny"]')).to_be_visible()
    page.keyboard.press("v")
    candidates.choose("قصفت", "first")  # a role
    page.keyboard.press("v")
    candidates.choose("دانت", "first")  # a stance, taken after an edit
    page.keyboard.press("n")
    page.keyboard.press("v")
    page.locator('.annotate-region [name="guideline unclear"]').check()
    candidates.choose("يوم الاثنين", "first")
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    mark(page, "Shift+K", *place("الهجوم"))  # what everybody missed
    choose(page, "رأي")
    submit_page(page, "Submit")

    done = adjudicate.run_pull(disputed)
    assert (done.new, done.status.problems, done.status.decided) == (1, [], [ARTICLE])
    gold.run(disputed)
    with Store(disputed.store_path) as store:
        (found,) = stored_gold(store)
        (decision,) = stored_adjudications(store, schema)
    past: dict[str, str | None] = {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": None}
    wanted = Labelling(
        ARTICLE,
        "gold",
        mentions=(
            Mention("m1", "mentions", "GOV", *place("فيلمورا")),
            Mention("m2", "mentions", "FAC", *place("الجسر")),
            Mention("m3", "mentions", "GOV", *place("كارش")),
        ),
        frames=(
            Frame("e1", "events", "ASSAULT", *place("قصفت"), past, (Argument("actor", "m1"), Argument("recipient", "m2"))),
            Frame("e2", "events", "STATE", *place("نفت"), past, (Argument("actor", "m3"),)),
            Frame("e3", "events", "ASSAULT", *place("الهجوم"), past),
            Frame("s1", "stances", "neutral", *place("دانت"), {"strength": None}, (Argument("holder", "m3"), Argument("target", "e1"))),
        ),
        answers=(Answer("document", "genre", "opinion"),),
    )
    assert shape(decision.labelling) == shape(wanted)
    assert shape(found.labelling) == shape(wanted)
    by_kind = {(each.layer, each.type): each for each in decision.verdicts if each.verdict != "reject"}
    assert (by_kind["stances", "neutral"].verdict, by_kind["stances", "neutral"].reason) == ("edit", "guideline unclear")
    assert {each.verdict for each in decision.verdicts} == {"take", "edit", "reject", "add"}
    assert found.adjudicators == (decision.adjudicator,)


def test_a_page_left_undecided_stays_open(page: Page, disputed: Workspace, client: Client) -> None:
    open_queue(page, disputed, client)
    choose(page, "رأي")
    expect(button(page, "Submit")).to_be_enabled()
    submit_page(page, "Submit")
    status = adjudicate.run_pull(disputed).status
    assert (status.decided, status.waiting) == ([], [ARTICLE])
    assert all("no verdict on" in str(each) for each in status.problems)
    assert len(status.problems) == 9
