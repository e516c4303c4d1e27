"""Takes docs/labelling-page.png: a bundled Arabic article with its gold regions and relations, on a real server, in Debian's Chromium.

Run: .venv/bin/python docs/screenshot.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from annotate.demo.corpus import ARTICLES, labellings
from annotate.schema import load_schema
from annotate.steps import ingest, init, push, studio
from annotate.steps.stored import articles_by_id
from annotate.store import Store
from annotate.studio.project import find_project
from annotate.studio.results import page_of, write_results
from annotate.studio.tasks import list_tasks
from annotate.workspace import Workspace, find_workspace

SHOWN = "ar-01"
PICTURE = Path(__file__).parent / "labelling-page.png"


def prepare(workspace: Workspace) -> str:
    """Push the bundled articles, and submit the gold of the one that is shown; the path of its page."""
    ingest.run(workspace, [str(ARTICLES)])
    push.run(workspace)
    gold = next(each for each in labellings("gold") if each.article == SHOWN)
    with Store(workspace.store_path) as store, studio.client_of(workspace) as client:
        project = find_project(client, store.meta("workspace"))
        assert project is not None
        task = next(each for each in list_tasks(client, project) if each.article == SHOWN)
        result = write_results(page_of(load_schema(workspace.schema_path)), articles_by_id(store)[SHOWN], gold)
        client.post(f"/api/tasks/{task.number}/annotations/", {"result": result})
        return f"/projects/{project.number}/data?task={task.number}"


def photograph(page: Page, path: str, started: studio.Started) -> None:
    page.goto(f"{started.url}/user/login/")
    page.locator("[name=email]").fill(started.email)
    page.locator("[name=password]").fill(started.password)
    page.get_by_role("button").first.click()
    page.wait_for_url(lambda address: "/user/" not in address)
    page.goto(started.url + path)
    page.wait_for_selector(".htx-highlight")
    page.wait_for_timeout(3000)  # fonts, relations and the side panels settle
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        init.run(Path(folder), "event-stance")
        workspace = find_workspace(Path(folder), {"ANNOTATE_STUDIO_PROJECT": "Events and stances"})
        started = studio.run_up(workspace)
        try:
            path = prepare(workspace)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
                photograph(browser.new_page(viewport={"width": 1600, "height": 1000}), path, started)
                browser.close()
        finally:
            studio.run_down(workspace)
