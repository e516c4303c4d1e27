"""Tasks on Daft: its own engine, or a Ray cluster. A task that is done has left its mark, and is not run again."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TypeVar

import daft
import msgspec
from daft import DataType, col
from msgspec import Struct

from annotate.corpus.at_scale import storage
from annotate.corpus.zones.rules import Own
from annotate.errors import BadInput, UsageProblem

log = logging.getLogger(__name__)

os.environ.setdefault("DAFT_PROGRESS_BAR", "0")  # progress is ours
# msgspec 0.22 crashes where two threads are the first to decode a type.
ONE_AT_A_TIME = threading.Lock()
COLLECTED = 100_000  # objects after which Python looks for rings among them, of which tasks make next to none; by itself it does after 700
FAILED = b"!"  # before what a task could not do


class Task(Struct, frozen=True, kw_only=True):
    """One part of one stage. ``work`` is the folder, a path or URL that every machine reaches, of what stages leave for each other."""

    work: str
    number: int
    rules: Own = ()  # files of rules of one's own, which not every machine may reach


S = TypeVar("S", bound=Struct)
T = TypeVar("T", bound=Task)
R = TypeVar("R", bound=Struct)


def use_engine(engine: str, address: str | None) -> None:
    """Daft's own engine (``native``), or the Ray cluster at the address; once a process.

    Raises UsageProblem where the words do not fit together, or no cluster answers.
    """
    if engine == "native":
        if address:
            raise UsageProblem("--address is a Ray cluster's; say --engine ray too")
        if daft.get_or_infer_runner_type() != "native":
            daft.set_runner_native()
        return
    import ray

    try:
        if not ray.is_initialized():
            ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageProblem(f"no Ray cluster at {address or 'this machine'} ({_first_line(error)}); name it with --address") from None
    daft.set_runner_ray(noop_if_initialized=True)


def run_tasks(
    name: str, function: Callable[[T], R], tasks: Sequence[T], made: type[R], *, alone: bool = False, apart: bool = False
) -> list[R]:
    """What the function gives for each task, in order; of tasks that were done before, what they left.

    alone: one at a time in a process, where Python does the work and not NumPy
    apart: in processes of their own

    Raises BadInput where a task could not read or write what it had to.
    """
    results = {task.number: done for task in tasks if (done := _left(name, task, made)) is not None}
    waiting = [task for task in tasks if task.number not in results]
    failed = []
    for number, content in _run(name, function, waiting, alone=alone, apart=apart) if waiting else ():
        if content.startswith(FAILED):
            failed.append(content.removeprefix(FAILED).decode())
        else:
            results[number] = msgspec.json.decode(content, type=made)
        log.info(name, extra={"done": len(results), "total": len(tasks)})
    if failed:
        raise BadInput("\n".join([*sorted(set(failed)), "see to it and run this again; it goes on where it stopped"]))
    return [results[task.number] for task in tasks]


def _left(name: str, task: Task, made: type[R]) -> R | None:
    mark = _mark(name, task)
    return msgspec.json.decode(storage.read(mark), type=made) if storage.is_there(mark) else None


def _mark(name: str, task: Task) -> str:
    return f"{task.work}/{name}/{task.number:06}.json"


def run_each(function: Callable[[S], R], tasks: Sequence[S], made: type[R], *, apart: bool = False) -> Iterator[R]:
    """What the function gives for each task, in order; nothing is left behind. ``apart``: in processes of their own."""
    if not tasks:
        return
    kind = type(tasks[0])

    def done(encoded: bytes) -> bytes:
        return _result(function, encoded, kind)

    waiting: dict[int, bytes] = {}
    following = 0
    for number, result in _on_daft(done, [(number, msgspec.msgpack.encode(task)) for number, task in enumerate(tasks)], apart=apart):
        waiting[number] = result
        while following in waiting:
            yield msgspec.msgpack.decode(waiting.pop(following), type=made)
            following += 1


def _result(function: Callable[[S], R], encoded: bytes, kind: type[S]) -> bytes:
    with ONE_AT_A_TIME:
        return msgspec.msgpack.encode(function(msgspec.msgpack.decode(encoded, type=kind)))


def _run(name: str, function: Callable[[T], R], tasks: Sequence[T], *, alone: bool, apart: bool) -> Iterator[tuple[int, bytes]]:
    """(number, what its mark holds) of each task as it is done."""
    kind = type(tasks[0])

    def done(encoded: bytes) -> bytes:
        return _done(name, function, encoded, kind, alone=alone)

    yield from _on_daft(done, [(task.number, msgspec.msgpack.encode(task)) for task in tasks], apart=apart)


def _on_daft(function: Callable[[bytes], bytes], tasks: Sequence[tuple[int, bytes]], *, apart: bool) -> Iterator[tuple[int, bytes]]:
    """(number, result) of each numbered task as it is done."""

    def done(given: daft.Series) -> list[bytes]:
        if apart:
            gc.set_threshold(COLLECTED)
        return [function(task) for task in given.to_pylist()]

    batch = daft.func.batch(return_dtype=DataType.binary(), use_process=apart, batch_size=1)(done)
    frame = daft.from_pydict({"number": [number for number, _ in tasks], "task": [task for _, task in tasks]})
    frame = frame.into_partitions(len(tasks)) if daft.get_or_infer_runner_type() == "ray" else frame.into_batches(1)
    for row in frame.select("number", batch(col("task")).alias("result")).iter_rows():
        yield row["number"], row["result"]


def _done(name: str, function: Callable[[T], R], encoded: bytes, kind: type[T], *, alone: bool) -> bytes:
    with ONE_AT_A_TIME:
        task = msgspec.msgpack.decode(encoded, type=kind)
    try:
        with ONE_AT_A_TIME if alone else nullcontext():
            content = msgspec.json.encode(function(task))
        storage.write(_mark(name, task), content)
    except OSError as error:
        return FAILED + str(error).encode("utf-8", "replace")
    return content


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
