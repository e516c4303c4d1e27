"""Articles to tasks, each once. An article is found on the server by its own id, never by Label Studio's.

A request whose answer was lost may have been done, may not have been, or may still be running, and Label Studio imports it again if it is
sent again. So nothing is sent that was not looked for first; after a lost answer push waits until the batch shows up or the server has had
time to finish it; and before it says that it is done, everything is looked up once more and doubles without work are removed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.records import Article
from annotate.schema.labelling_page import TEXT, ZONES
from annotate.studio.client import Client
from annotate.studio.doubles import remove_doubles, work_on
from annotate.studio.known import Known, Seen, adds_up, all_tasks, is_there, look_up
from annotate.studio.predictions import check
from annotate.studio.project import Project
from annotate.studio.refusals import Refused, Unsure
from annotate.studio.results import zone_results

log = logging.getLogger(__name__)

# How long a request whose answer was lost is waited for: so many seconds at least, and so many times as long as the slowest import of this
# push and the slowest look-up took, for a busy server is slow with all of them (idle, an import takes seven times a look-up).
QUIET_SECONDS = 5.0
QUIET_IMPORTS = 3
QUIET_LOOKS = 20
LOOK_EVERY = 0.25
# After each round that lost answers, batches are smaller by this: an article that the server cannot take is found, and a slow server
# has less to do at a time.
SHRINK = 8
ROUNDS = 6
BATCH_CHARACTERS = 5_000_000
REFUSED_BATCH = frozenset({400, 413, 422})  # what is sent is at fault, not who sends it or where to


class PushPlan(Struct, frozen=True):
    """What a push would do, or did: article ids to send, those whose text changed, how many are there; doubles removed (task numbers)."""

    send: list[str]
    changed: list[str]
    there: int
    removed: list[int]
    problems: list[Problem]


class Memory(NamedTuple):
    """What one push leaves to the next, however it ended.

    known: the tasks the last one knew of
    aloft: the first article of each batch whose answer the last one did not see
    flying: is told what is about to be sent, before it is, and what is left without an answer when all is sent
    """

    known: Known | None
    aloft: Sequence[str]
    flying: Callable[[Sequence[str]], None]


def plan_push(client: Client, project: Project | None, digests: dict[str, str], last: Known | None) -> PushPlan:
    """Compare the store's articles (id → digest of the text) with the tasks on the server."""
    known = look_up(client, project, last) if project is not None else Known(0, "", {})
    problems = [
        Problem(
            article, f"{len(tasks)} tasks on the server: {', '.join(str(task.number) for task in tasks)}; a push removes those without work"
        )
        for article, tasks in known.by_article().items()
        if len(tasks) > 1
    ]
    return msgspec.structs.replace(_plan(known, digests), problems=problems)


def push(
    client: Client,
    project: Project,
    page: str,
    digests: dict[str, str],
    article: Callable[[str], Article],
    batch: int,
    memory: Memory,
    *,
    force: bool,
) -> tuple[PushPlan, Known]:
    """Send the articles that have no task, ``batch`` at a time; with ``force`` put changed texts into tasks nobody has worked on.

    page: the project's labelling page, on which the predictions of each article are checked before they go
    article: gives the article of an id. Returns what was done, and the tasks known at the end.
    Raises StudioProblem when the server cannot be reached or refuses; what was sent by then is found by the next push.
    """
    pushing = _Push(client, project, page, article, memory)
    if pushing.lost:
        known = pushing.settled(Known(project.number, "", {}))
    else:
        known = all_tasks(client, project) if force else look_up(client, project, memory.known)
    plan = _plan(known, digests)
    if force:
        pushing.replace(known, plan.changed)
    known = pushing.bring(known, digests, batch)
    return msgspec.structs.replace(plan, removed=pushing.removed, problems=list(pushing.problems.values())), known


def _plan(known: Known, digests: dict[str, str]) -> PushPlan:
    found = known.by_article()
    send = [each for each in digests if each not in found]
    changed = [each for each, digest in digests.items() if each in found and all(task.sha256 != digest for task in found[each])]
    return PushPlan(send, changed, len(digests) - len(send), [], [])


class _Push:
    """The state of one push: what it could not do, which answers were lost, and how long answers take."""

    def __init__(self, client: Client, project: Project, page: str, article: Callable[[str], Article], memory: Memory) -> None:
        self.client = client
        self.project = project
        self.page = page
        self.article = article
        self.flying = memory.flying
        # The first article of each batch whose answer was lost, and when that was: its request may still be running.
        self.lost: dict[str, float] = dict.fromkeys(memory.aloft, time.monotonic())
        self.problems: dict[str, Problem] = {}
        self.removed: list[int] = []
        self.longest = 0.0  # seconds that the answer to an import took, or was waited for
        self.slowest_look = 0.0  # seconds that a look-up took which got its answer

    def bring(self, known: Known, digests: dict[str, str], batch: int) -> Known:
        """Send what is missing until each article has one task, or a problem that names it."""
        for _ in range(ROUNDS):
            if missing := self._missing(known, digests):
                self._send_all(known, missing, batch)
                batch = max(1, batch // SHRINK) if self.lost else batch
                known = self.settled(known)
            if not self._tidy(known) and not self._missing(known, digests):
                return known
        for each in self._missing(known, digests):
            self.problems[each] = Problem(each, "no answer came when it was sent; push again, and look at the server's log")
        return known

    def settled(self, known: Known) -> Known:
        """The tasks when no request is running any more; what is known already, where no answer was lost and the count is right."""
        if not self.lost:
            return known if adds_up(self.client, self.project, known) else all_tasks(self.client, self.project)
        self._wait_for_lost()
        known = all_tasks(self.client, self.project)
        self.lost.clear()
        self.flying(())
        return known

    def replace(self, known: Known, changed: Sequence[str]) -> None:
        """Put changed texts into their tasks, but not where somebody has worked on the old one."""
        found = known.by_article()
        for each in changed:
            task = found[each][0]
            if work := work_on(self.client, task.number):
                what = f"its text changed, but task {task.number} has {work} of the old text; give the new text another id"
                self.problems[each] = Problem(each, what)
            else:
                article = self.article(each)
                if self._is_sound(article):
                    self._mark_zones(task.number, article)
                    self.client.patch(f"/api/tasks/{task.number}/", _task(article))
                    known.tasks[task.number] = Seen(task.number, each, article.sha256)

    def _is_sound(self, article: Article) -> bool:
        """Can its predictions be shown? The server would take any, or drop them, without a word."""
        faults = [fault for each in _predictions(article) for fault in check(self.page, each["result"])]
        if faults:
            self.problems[article.id] = Problem(article.id, f"its zones cannot be shown on the labelling page: {'; '.join(faults)}")
        return not faults

    def _mark_zones(self, task: int, article: Article) -> None:
        """Put the new text's zones in the place of the old one's; before the text, whose digest says that all is done."""
        for old in self.client.get_json("/api/predictions", {"task": task}):
            self.client.delete(f"/api/predictions/{old['id']}/")
        for marked in _predictions(article):
            self.client.post("/api/predictions", marked | {"task": task})

    def _missing(self, known: Known, digests: dict[str, str]) -> list[str]:
        found = known.by_article()
        return [each for each in digests if each not in found and each not in self.problems]

    def _tidy(self, known: Known) -> bool:
        """Remove doubles without work; True when there were any."""
        removed, both = remove_doubles(self.client, known)
        self.removed += removed
        self.problems |= {problem.place: problem for problem in both}
        return bool(removed)

    def _send_all(self, known: Known, missing: Sequence[str], batch: int) -> None:
        """Send one batch after another; the next is read, checked and written as JSON while the server has one."""
        sent = 0
        batches = map(_written, _batches(filter(self._is_sound, map(self.article, missing)), batch))
        following = next(batches, None)
        with ThreadPoolExecutor(1) as wire:
            while following is not None:
                now = following
                self.flying([*self.lost, now.articles[0].id])
                answer = wire.submit(self._import, now)
                following = next(batches, None)
                self._take(known, now, answer.result)
                sent += len(now.articles)
                log.info("push", extra={"done": sent, "total": len(missing)})
        # One that has its answer stays remembered until the next is sent: if push is killed by then, the next one only looks for it.
        self.flying([*self.lost])

    def _send(self, known: Known, articles: list[Article]) -> None:
        self.flying([*self.lost, articles[0].id])
        batch = _written(articles)
        self._take(known, batch, lambda: self._import(batch))

    def _take(self, known: Known, batch: _Batch, answer: Callable[[], list[int]]) -> None:
        """Take in a batch's answer; where it is refused send its halves, down to the article that is."""
        try:
            numbers = answer()
        except Refused as error:
            self._refused(known, batch.articles, error)
        except Unsure as error:
            log.info("%s", error)
            self.lost[batch.articles[0].id] = time.monotonic()
        else:
            known.tasks.update({n: Seen(n, each.id, each.sha256) for n, each in zip(numbers, batch.articles, strict=True)})

    def _refused(self, known: Known, articles: list[Article], error: Refused) -> None:
        if error.status not in REFUSED_BATCH:
            raise error
        if len(articles) == 1:
            self.problems[articles[0].id] = Problem(articles[0].id, f"not taken: {error}")
            return
        middle = len(articles) // 2
        for half in (articles[:middle], articles[middle:]):
            self._send(known, half)

    def _import(self, batch: _Batch) -> list[int]:
        """The numbers of the new tasks, in the order of the articles. Raises Unsure, Refused."""
        began = time.monotonic()
        try:
            answer = self.client.post(f"/api/projects/{self.project.number}/import", batch.body, {"return_task_ids": "true"})
        finally:
            self.longest = max(self.longest, time.monotonic() - began)
        try:
            numbers = msgspec.convert(answer, _Imported).task_ids
        except msgspec.ValidationError as error:
            raise Unsure(f"{self.client.url}: an answer that is not of an import ({error})") from None
        if len(numbers) != len(batch.articles):
            raise Unsure(f"{self.client.url}: {len(batch.articles)} articles were sent and {len(numbers)} tasks answered")
        return numbers

    def _wait_for_lost(self) -> None:
        """Until every batch whose answer was lost shows up, which it does as a whole, or its request has had its time."""
        for article, since in self.lost.items():
            while not self._is_there(article):
                left = since + max(QUIET_SECONDS, QUIET_IMPORTS * self.longest, QUIET_LOOKS * self.slowest_look) - time.monotonic()
                if left < 0:
                    break
                time.sleep(min(LOOK_EVERY, left))

    def _is_there(self, article: str) -> bool:
        began = time.monotonic()
        found = is_there(self.client, self.project, article)
        self.slowest_look = max(self.slowest_look, time.monotonic() - began)
        return found


class _Imported(Struct):
    task_ids: list[int]


class _Batch(NamedTuple):
    """Articles that go together, and the body of the request that imports them."""

    articles: list[Article]
    body: msgspec.Raw


def _written(articles: list[Article]) -> _Batch:
    return _Batch(articles, msgspec.Raw(msgspec.json.encode([_payload(each) for each in articles])))


def _batches(articles: Iterable[Article], batch: int) -> Iterator[list[Article]]:
    """At most ``batch`` at a time, fewer where they are long."""
    together: list[Article] = []
    characters = 0
    for each in articles:
        if together and (len(together) == batch or characters + len(each.text) > BATCH_CHARACTERS):
            yield together
            together, characters = [], 0
        together.append(each)
        characters += len(each.text)
    if together:
        yield together


def _payload(article: Article) -> dict[str, Any]:
    """A task as it is imported, with what is not the article marked."""
    predictions = _predictions(article)
    return _task(article) | ({"predictions": predictions} if predictions else {})


def _task(article: Article) -> dict[str, Any]:
    """The text people see, and the id and digest that find it again (in ``meta``, which a pull can ask for without the text)."""
    return {"data": {TEXT: article.text, "article": article.id}, "meta": {"article": article.id, "sha256": article.sha256}}


def _predictions(article: Article) -> list[dict[str, Any]]:
    zones = zone_results(article)
    return [{"model_version": ZONES, "result": zones}] if zones else []
