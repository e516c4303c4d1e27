"""Annotations from the server or from an export file, as they came."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from annotate.errors import BadInput
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.tasks import RawTask, list_annotations

log = logging.getLogger(__name__)


def pulled_from_server(client: Client, project: Project) -> Iterator[RawTask]:
    """Every task of the project with its annotations."""
    for count, task in enumerate(list_annotations(client, project), 1):
        if count % 500 == 0:
            log.info("pull", extra={"done": count, "total": None})
        yield task


def pulled_from_file(path: Path) -> list[RawTask]:
    """The tasks of a JSON export made in Label Studio's own interface.

    Raises BadInput when the file is not one.
    """
    try:
        body = path.read_bytes().decode("utf-8")
        msgspec.json.decode(body, type=list[_Exported])
        return msgspec.json.decode(body, type=list[RawTask])
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a JSON export of Label Studio") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: not a JSON export of Label Studio ({error}); export as JSON, not JSON-MIN") from None


def numbered(tasks: Iterable[RawTask]) -> Iterator[tuple[RawTask, int, bytes]]:
    """(task, annotation's number, its bytes) for every annotation that has a number."""
    for task in tasks:
        for raw in task.annotations:
            number = msgspec.json.decode(raw, type=_Numbered).id
            yield task, number, bytes(raw)


class _Numbered(Struct):
    id: int


class _Exported(Struct):
    """What every task of a JSON export has, and no row of JSON-MIN: a list of annotations with numbers."""

    annotations: list[_Numbered]
