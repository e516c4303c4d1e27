"""Push against the SDK's import; pull against the SDK's loop over tasks and a bare export download; and how both grow.

One real server (SQLite), one run.

The corpus: tasks of about 4 kB, each with an annotation of 10 regions and 8 relations. Peer and own take turns; the best of the
rounds counts.

Run: .venv/bin/python benchmarks/sync.py [--sizes 1000,5000,10000,20000] [--rounds 2] [--only push] [--server FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec

from annotate.records import Article
from annotate.schema import load_schema
from annotate.steps import init, push
from annotate.store import Progress, Store
from annotate.studio.client import Client
from annotate.studio.project import Project, find_project, make_project
from annotate.studio.pull import OVERLAP, seen_tasks
from annotate.studio.server import Server, down, find_program, up
from annotate.studio.tasks import ANNOTATION_FIELDS, PAGE, Page, RawTask, including, newest, spans
from annotate.workspace import Workspace, find_workspace

BATCH = 250
EDITS = 10
WORDS = ("قصفت", "فيلمورا", "الجسر", "في", "نهرين", "يوم", "الاثنين", "وقالت", "كارش", "إن", "الهجوم", "لن", "يمر", "بلا", "رد")

# A process's peak counts what its parent held when it was started, so this one is started small.
PULL = """
import json, os, sys, time
from pathlib import Path
from annotate.steps import pull
from annotate.workspace import find_workspace
workspace = find_workspace(Path(sys.argv[1]), os.environ)
started = time.perf_counter()
done = pull.run(workspace)
seconds = time.perf_counter() - started
peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")) / 1024
print(json.dumps([seconds, peak, done.new, done.changed, done.labellings]))
"""


def article(number: int) -> Article:
    draw = random.Random(number)
    text = " ".join(draw.choice(WORDS) for _ in range(420))
    return Article(f"velmora-{number:06}", None, f"{number}\n{text}", "ar")


def annotation(of: Article) -> dict[str, Any]:
    """Six mentions and four events, each of these with an actor and a recipient."""
    starts = [100 * each + len(of.id) for each in range(10)]
    regions = [
        {
            "id": f"r{number}",
            "from_name": "mentions" if number < 6 else "events",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": start,
                "end": start + 20,
                "text": of.text[start : start + 20],
                "labels": ["GOV" if number < 6 else "ASSAULT"],
            },
        }
        for number, start in enumerate(starts)
    ]
    arrows = [
        {"type": "relation", "from_id": f"r{event}", "to_id": f"r{event - 6 + other}", "direction": "right", "labels": [role]}
        for event in range(6, 10)
        for other, role in enumerate(("actor", "recipient"))
    ]
    return {"result": [*regions, *arrows], "ground_truth": False, "lead_time": 12.5}


def make_workspace(folder: Path, server: Server, size: int) -> Workspace:
    """A workspace and its project with ``size`` annotated tasks."""
    init.run(folder, "event-stance")
    workspace = find_workspace(folder, {"LABEL_STUDIO_URL": server.url})
    articles = [article(number) for number in range(size)]
    with Store(workspace.store_path) as store, Client(server.url, server.token) as client:
        store.put_articles(articles)
        project = make_project(client, store.meta("workspace"), folder.name, load_schema(workspace.schema_path), 1)
        for start in range(0, size, BATCH):
            tasks = [
                {
                    "data": {"text": each.text, "article": each.id},
                    "meta": {"article": each.id, "sha256": each.sha256},
                    "annotations": [annotation(each)],
                }
                for each in articles[start : start + BATCH]
            ]
            client.post(f"/api/projects/{project.number}/import", tasks)
    return workspace


def project_of(workspace: Workspace, client: Client) -> Project:
    with Store(workspace.store_path) as store:
        found = find_project(client, store.meta("workspace"))
    assert found is not None
    return found


def fresh(workspace: Workspace, name: str) -> Path:
    """A copy of the workspace that has pulled nothing yet."""
    folder = workspace.folder.with_name(name)
    folder.mkdir()
    for file in ("annotate.toml", "annotate.sqlite"):
        (folder / file).write_bytes((workspace.folder / file).read_bytes())
    (folder / "schema").symlink_to(workspace.folder / "schema")
    return folder


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def pulled(folder: Path, server: Server) -> tuple[float, float, int, int, int]:
    """(seconds, peak in MB, new, changed, usable) of `annotate pull` in a process of its own; its start is not counted."""
    environment = os.environ | {"LABEL_STUDIO_URL": server.url, "LABEL_STUDIO_API_KEY": server.token}
    done = subprocess.run([sys.executable, "-c", PULL, str(folder)], env=environment, check=True, capture_output=True, text=True)
    seconds, peak, new, changed, usable = json.loads(done.stdout)
    return seconds, peak, new, changed, usable


def sdk_loop(server: Server, project: Project) -> None:
    from label_studio_sdk import LabelStudio

    label_studio = LabelStudio(base_url=server.url, api_key=server.token)  # type: ignore[no-untyped-call]
    for _ in label_studio.tasks.list(project=project.number, fields="all"):
        pass


def sdk_push(server: Server, project: Project, articles: list[Article]) -> None:
    from label_studio_sdk import LabelStudio

    label_studio = LabelStudio(base_url=server.url, api_key=server.token)  # type: ignore[no-untyped-call]
    for start in range(0, len(articles), BATCH):
        label_studio.projects.import_tasks(id=project.number, request=[bare_task(each) for each in articles[start : start + BATCH]])


def bare_task(of: Article) -> Any:
    return {"data": {"text": of.text, "article": of.id}, "meta": {"article": of.id, "sha256": of.sha256}}


def pushes(folder: Path, server: Server, client: Client, size: int, rounds: int) -> None:
    """Push of new articles against the SDK's import of the same tasks into an empty project, and push again with nothing new."""
    articles = [article(number) for number in range(size)]
    sdk, first, again = [], [], []
    for number in range(rounds):
        init.run(folder / f"push-{size}-{number}", "event-stance")
        workspace = find_workspace(folder / f"push-{size}-{number}", {"LABEL_STUDIO_URL": server.url})
        with Store(workspace.store_path) as store:
            store.put_articles(articles)
        peers = make_project(client, f"peer-{size}-{number}", "The SDK's", load_schema(workspace.schema_path), 2)
        sdk.append(timed(partial(sdk_push, server, peers, articles)))
        first.append(timed(partial(push.run, workspace)))
        again.append(timed(partial(push.run, workspace)))
        assert newest(client, peers).tasks == newest(client, project_of(workspace, client)).tasks == size
    share = min(again) / min(first)
    print(f"  SDK's import_tasks, batches of {BATCH}      {min(sdk):7.1f} s   {size / min(sdk):.0f} tasks/s")
    print(f"  push, looked up before and after      {min(first):7.1f} s   {min(sdk) / min(first):.2f} × its rate (at least 0.95)")
    print(f"  push again, nothing new               {min(again):7.2f} s   1/{1 / share:.0f} of the first push (at most 1/10)", flush=True)


def export(server: Server, project: Project) -> int:
    address = f"{server.url}/api/projects/{project.number}/export"
    headers = {"Authorization": f"Token {server.token}"}
    return len(httpx.get(address, params={"exportType": "JSON"}, headers=headers, timeout=600).content)


def edit(client: Client, project: Project) -> None:
    """Ten edits, as people make them."""
    some: list[RawTask] = []
    for span in spans(client, project, "id,annotations"):
        some += span.tasks
        break
    for task in some[:: max(1, len(some) // EDITS)][:EDITS]:
        number = json.loads(bytes(task.annotations[0]))["id"]
        client.patch(f"/api/annotations/{number}/", {"result": []})


def against_peers(workspace: Workspace, server: Server, client: Client, rounds: int) -> None:
    project = project_of(workspace, client)
    loop, bare, first = [], [], []
    time.sleep(OVERLAP.total_seconds())  # the second pull would look once more at what was imported so shortly before the first
    for number in range(rounds):
        first.append(pulled(fresh(workspace, f"{workspace.folder.name}-{number}"), server))
        bare.append(timed(lambda: export(server, project)))
        loop.append(timed(lambda: sdk_loop(server, project)))
    best = min(each[0] for each in first)
    print(f"  SDK's tasks.list(fields='all') loop   {min(loop):7.1f} s   {min(loop) / best:6.2f} × the first pull (at least 2.5)")
    print(
        f"  bare export download                  {min(bare):7.1f} s   first pull, stored and read: {best / min(bare):.2f} × (at most 1.3)"
    )
    print(f"  first pull, stored and read           {best:7.1f} s   {first[0][2]} annotations, peak {first[0][1]:.0f} MB")
    edit(client, project)
    again = pulled(workspace.folder.with_name(f"{workspace.folder.name}-0"), server)
    print(f"  pull after {again[3]} edits                   {again[0]:7.2f} s   1/{best / again[0]:.0f} of the first pull (at most 1/20)")


def parts(workspace: Workspace, server: Server, client: Client) -> None:
    """Where the time of a first pull goes; and its pages parsed and stored without a server, against the SDK's models of the same.

    The SDK has two: of an annotation, and of the pages of tasks that its loop reads, with their texts, in which annotations stay plain.
    """
    from label_studio_sdk.core.unchecked_base_model import construct_type
    from label_studio_sdk.types.annotation import Annotation
    from label_studio_sdk.types.paginated_role_based_task_list import PaginatedRoleBasedTaskList

    project = project_of(workspace, client)
    query = {"project": project.number, "page_size": PAGE}
    count = newest(client, project).tasks
    numbers = range(1, -(-count // PAGE) + 1)
    pages: list[bytes] = []
    asked = query | including(ANNOTATION_FIELDS)
    wire = timed(lambda: pages.extend(client.get("/api/tasks", asked | {"page": each}) for each in numbers))
    whole = [client.get("/api/tasks", query | {"fields": "all", "page": each}) for each in numbers]
    folder = fresh(workspace, f"{workspace.folder.name}-parts")
    own = timed(lambda: store_pages(folder, pages))
    models = timed(
        lambda: [
            construct_type(type_=list[Annotation], object_=task["annotations"]) for page in pages for task in json.loads(page)["tasks"]
        ]
    )
    tasks = timed(lambda: [construct_type(type_=PaginatedRoleBasedTaskList, object_=json.loads(page)) for page in whole])
    print(f"  where it goes: server and wire {wire:.1f} s, parse and store {own:.2f} s (while the next page is on its way), then reading")
    print(f"  {count} annotations parsed and stored: {own:.2f} s")
    print(f"    the SDK's models of annotations: {models:.2f} s: {models / own:.1f} × (at least 10)")
    print(f"    the SDK's models of its pages of tasks: {tasks:.2f} s: {tasks / own:.1f} ×", flush=True)


def store_pages(folder: Path, pages: list[bytes]) -> None:
    with Store(folder / "annotate.sqlite") as store, store.on_disk_at_the_end():
        begun = store.begin_pull("benchmark", 1, "event-stance@1.0.0", "2031-01-01")
        for page in pages:
            store.record_tasks(begun, seen_tasks(msgspec.json.decode(page, type=Page).tasks), None, Progress())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="1000,5000,10000,20000")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--only", choices=["push"])
    options.add_argument("--server", type=Path, help="The folder of a server that is to be used, and left running.")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        server, started = up(asked.server or folder / "server", find_program(Path.cwd()))
        try:
            os.environ["LABEL_STUDIO_API_KEY"] = server.token
            with Client(server.url, server.token) as client:
                for size in map(int, asked.sizes.split(",")):
                    print(f"{size} tasks pushed", flush=True)
                    pushes(folder, server, client, size, asked.rounds)
                    if asked.only == "push":
                        continue
                    began = time.perf_counter()
                    workspace = make_workspace(folder / f"of-{size}", server, size)
                    print(f"{size} tasks, imported in {time.perf_counter() - began:.0f} s", flush=True)
                    against_peers(workspace, server, client, asked.rounds)
                    parts(workspace, server, client)
        finally:
            if asked.server is None and started:
                down(folder / "server")


if __name__ == "__main__":
    main()
