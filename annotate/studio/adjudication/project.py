"""The workspace's adjudication project on the server, with a mark of its own; its tasks, each article and round once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from annotate.errors import Problem
from annotate.records import Article
from annotate.schema import Schema
from annotate.schema.adjudication_page import adjudication_page
from annotate.studio.adjudication.sheet import Sheet
from annotate.studio.adjudication.tasks import MODEL, task_payload
from annotate.studio.client import Client
from annotate.studio.predictions import check_page
from annotate.studio.project import Project, find_marked, require_accepted
from annotate.studio.results import Page
from annotate.studio.tasks import Task, list_tasks

log = logging.getLogger(__name__)

INSTRUCTIONS = {
    "ar": """<div dir="rtl" style="text-align: right">
<p><b>احسم ما اختلف فيه الموسِّمون؛ وما اتفقوا عليه مقفل.</b></p>
<ol>
<li>لكل موضع خلاف مرشَّح أو أكثر: A وB …؛ و«A+B» قول اثنين. الحروف مخلوطة في كل مقال، فلا تدل على أحد.</li>
<li>اختر المرشَّح (من النص، فإن تراكبا فانقر حرفه، أو من قائمة المناطق) ثم «يُعتمد» أو «يُرفض».
اعتماد واحد يرفض سائر مرشَّحي الموضع. وإن رفضتها كلها فارفض كل واحد.</li>
<li>لك أن تعدّل ما تعتمده: حدوده ونوعه وصفاته وأسهمه؛ وأن تضيف بوسوم المخطط ما فات الجميع.</li>
<li>اذكر سبب الخلاف إن تبيّن، وعلّق إن شئت؛ فبهما يُصلَح الدليل.</li>
<li>أجب في أسفل الصفحة عن الأسئلة التي بجانبها أقوال مختلفة، وعلّم الروابط الصحيحة.</li>
</ol></div>""",
    "en": """<p><b>Decide what the annotators differ on; what they agree on is locked.</b></p>
<ol>
<li>Each contested item has one candidate or more: A, B …; "A+B" is what two of them said. The letters are shuffled in every article.</li>
<li>Choose a candidate (in the text, by its letter where two lie on each other, or in the list of regions), then take or reject it.
Taking one rejects the item's others. To reject all, reject each.</li>
<li>You may edit what you take: its edges, type, attributes and arrows; and add, with the schema's own labels, what everybody missed.</li>
<li>Say why they differ where you can tell, and comment if you like: that is what the guidelines are mended by.</li>
<li>At the bottom, answer the questions that have differing answers beside them, and tick the links that hold.</li>
</ol>""",
}


def mark(workspace: str) -> str:
    """Must not hold the labelling project's mark."""
    return f"annotate adjudication {workspace}"


def find_adjudication(client: Client, workspace: str) -> Project | None:
    return find_marked(client, mark(workspace))


def make_adjudication(client: Client, workspace: str, title: str, schema: Schema, letters: Sequence[str], overlap: int) -> Project:
    settings = _settings(schema, letters, overlap)
    check_page(settings["label_config"])
    made = client.post("/api/projects/", settings | {"title": f"{title} – adjudication", "description": mark(workspace)})
    return Project(made["id"], made["title"])


def update_adjudication(client: Client, project: Project, schema: Schema, letters: Sequence[str], overlap: int) -> None:
    """Bring the project's page and settings in step; raises StudioProblem when labels that the new page lacks are in use."""
    now = client.get_json(f"/api/projects/{project.number}")
    wanted = _settings(schema, letters, overlap)
    changed = {key: value for key, value in wanted.items() if now.get(key) != value}
    if "label_config" in changed:
        require_accepted(client, project, wanted["label_config"])
    if changed:
        client.patch(f"/api/projects/{project.number}", changed)


def _settings(schema: Schema, letters: Sequence[str], overlap: int) -> dict[str, Any]:
    return {
        "label_config": adjudication_page(schema, letters).strip(),
        "expert_instruction": INSTRUCTIONS[schema.language],
        "show_instruction": True,
        "maximum_annotations": overlap,
        "enable_empty_annotation": True,
        "sampling": "Sequential sampling",  # in the order in which they are sent: the worst first
        "show_collab_predictions": True,  # a new annotation starts as the prediction
        "model_version": MODEL,
    }


def tasks_by_round(client: Client, project: Project | None) -> tuple[dict[tuple[str, int], Task], list[Problem]]:
    """(article, round) → its task, and what stands twice."""
    found: dict[tuple[str, int], Task] = {}
    problems = []
    for task in list_tasks(client, project) if project is not None else ():
        if task.article is None or task.round is None:
            continue
        key = (task.article, task.round)
        if key in found:
            said = (
                f"round {task.round} has two tasks on the server, {found[key].number} and {task.number}; delete the one without annotations"
            )
            problems.append(Problem(task.article, said))
        found.setdefault(key, task)
    return found, problems


def send_sheets(
    client: Client,
    project: Project,
    page: Page,
    articles: Mapping[str, Article],
    sheets: Sequence[Sheet],
    letters: Sequence[str],
    batch: int,
) -> list[Problem]:
    """Import the sheets' tasks in their order; one whose prediction the page does not fit is not sent, and named."""
    problems = []
    fits = _checker(page.schema, letters)
    for at in range(0, len(sheets), batch):
        payloads = []
        for sheet in sheets[at : at + batch]:
            payload = task_payload(page, articles[sheet.article], sheet)
            if faults := fits(payload["predictions"][0]):
                problems.append(Problem(sheet.article, f"not sent: its prediction does not fit the page: {'; '.join(faults[:3])}"))
            else:
                payloads.append(payload)
        if payloads:
            client.post(f"/api/projects/{project.number}/import", payloads, {"return_task_ids": "true"})
        log.info("adjudicate push", extra={"done": min(at + batch, len(sheets)), "total": len(sheets)})
    return problems


def _checker(schema: Schema, letters: Sequence[str]) -> Callable[[dict[str, Any]], list[str]]:
    """A function from a prediction to its faults: Label Studio itself takes any prediction, and shows half of a wrong one."""
    from label_studio_sdk.label_interface.interface import LabelInterface

    interface = LabelInterface(adjudication_page(schema, letters))
    return lambda prediction: interface.validate_prediction(prediction, return_errors=True)  # type: ignore[no-untyped-call]


def close_tasks(client: Client, tasks: Iterable[Task], *, closed: bool) -> None:
    """Take tasks that nobody has decided out of the queue, or back into it. Nothing is deleted, for somebody may have a draft there."""
    for task in tasks:
        client.patch(f"/api/tasks/{task.number}/", {"is_labeled": closed})
