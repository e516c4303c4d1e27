"""The workspace's lock: one at a time, said politely, gone with its process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.errors import Unmet
from annotate.workspace_lock import LOCK, lock_holder, one_at_a_time

HOLDER = """
import sys
from pathlib import Path
from annotate.workspace_lock import one_at_a_time
with one_at_a_time(Path(sys.argv[1]), "pull"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_command_is_told_who_is_at_work(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path, "push"):
        with (
            pytest.raises(Unmet, match=r"`annotate push` \(process [0-9]+, since 20.*wait until it is done"),
            one_at_a_time(tmp_path, "pull"),
        ):
            pass
        holder = lock_holder(tmp_path)
        assert holder is not None
        assert holder.command == "push"
    assert lock_holder(tmp_path) is None
    with one_at_a_time(tmp_path, "pull"):
        pass


def test_a_command_that_failed_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="went away"), one_at_a_time(tmp_path, "pull"):
        raise OSError("the server went away")
    assert lock_holder(tmp_path) is None


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Unmet, match=f"process {other.pid}"), one_at_a_time(tmp_path, "push"):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert lock_holder(tmp_path) is None
    with one_at_a_time(tmp_path, "push"):
        pass


def test_other_workspaces_are_free(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with one_at_a_time(one, "pull"), one_at_a_time(two, "pull"):
        pass


@pytest.mark.parametrize("said", [b"", b"{", b'{"command": 1}', b"\xff"])
def test_a_lock_file_that_says_nothing_readable_still_holds(tmp_path: Path, said: bytes) -> None:
    with one_at_a_time(tmp_path, "pull"):
        (tmp_path / LOCK).write_bytes(said)
        with pytest.raises(Unmet, match="another command is at work here"), one_at_a_time(tmp_path, "push"):
            pass
