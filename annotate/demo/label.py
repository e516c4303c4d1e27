"""The simulated annotators at work on a real server: each signs up through the invite link and submits with a token of their own."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from annotate.records import Article, Labelling
from annotate.studio.client import Client
from annotate.studio.people import own_token, sign_up
from annotate.studio.project import Project
from annotate.studio.results import Page, write_results
from annotate.studio.submissions import submitted_by
from annotate.studio.tasks import ANNOTATION_FIELDS, spans

log = logging.getLogger(__name__)


def join(admin: Client, link: str, email: str, password: str) -> Client:
    """Sign up (once) and log in; a client with the annotator's own token."""
    sign_up(link, email, password)
    return Client(admin.url, own_token(admin.url, email, password))


def label(client: Client, project: Project, page: Page, articles: Mapping[str, Article], work: Mapping[str, Labelling]) -> int:
    """Submit the work (article id → labelling) for every task this annotator has not annotated yet; how many were submitted now."""
    me = client.get_json("/api/current-user/whoami")["id"]
    done = 0
    for task in [task for span in spans(client, project, ANNOTATION_FIELDS) for task in span.tasks]:
        if task.article is not None and task.article in work and me not in {submitted_by(raw) for raw in task.annotations}:
            result = write_results(page, articles[task.article], work[task.article])
            client.post(f"/api/tasks/{task.id}/annotations/", {"result": result})
            done += 1
            log.info("label", extra={"done": done, "total": len(work)})
    return done
