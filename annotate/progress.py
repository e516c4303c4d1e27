"""What the rooms log, on standard error: words as lines, and on a terminal a bar for records that carry ``done`` and ``total``."""

from __future__ import annotations

import logging

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ProgressHandler(logging.Handler):
    """Rich obeys NO_COLOR and leaves the bar away where standard error is no terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def emit(self, record: logging.LogRecord) -> None:
        done, total = getattr(record, "done", None), getattr(record, "total", None)
        if done is None:
            self._stop()
            self._console.print(record.getMessage(), markup=False, highlight=False)
        elif self._console.is_terminal:
            self._advance(record.getMessage(), done, total)

    def _advance(self, what: str, done: int, total: int | None) -> None:
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task(what, total=total)
            self._bar.start()
        assert self._task is not None
        self._bar.update(self._task, completed=done, total=total, description=what)
        if done == total:
            self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._task = None, None

    def close(self) -> None:
        self._stop()
        super().close()
