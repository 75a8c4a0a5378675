"""Child processes that never outlive their parent."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec a child must not go looking for libraries.
_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


_living: dict[int, tuple[subprocess.Popen[bytes], signal.Signals]] = {}


@dataclass(frozen=True)
class Account:
    """The account that a child runs under when it must not be root."""

    name: str
    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    account: Account | None = None,
    keeps: tuple[int, ...] = (),
    reads: bool = False,
    dies_by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; it gets `dies_by` when this program ends in whatever way.

    `output` takes what it writes, errors too; `keeps` are the open files that it may use beside the first three; it
    reads our input only where `reads` says so.
    Call it in the main thread: Linux counts the end of the calling thread as the end of the parent.
    """
    child = subprocess.Popen(
        [str(part) for part in command],
        stdin=None if reads else subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
        pass_fds=keeps,
        preexec_fn=_follow_parent(dies_by),
        **_as(account),
    )
    _living[child.pid] = (child, dies_by)
    return child


def run_as(
    account: Account | None,
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    text: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end under the account (None: as we are); its words are in `stdout`."""
    return subprocess.run(
        [str(part) for part in command],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=None if env is None else dict(env),
        cwd="/",
        check=False,
        **_as(account),
    )


def stop(child: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM, *, patience: float = 25) -> int:
    """End a child and what it started: asked first, killed after `patience` seconds. Returns its exit code."""
    if child.poll() is None:
        child.send_signal(by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=patience)
    if _living.pop(child.pid, None):
        kill_group(child)
    return child.wait()


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and whatever it left in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def kill_all() -> None:
    """Kill every child that was started here and still lives."""
    for child, _ in list(_living.values()):
        kill_group(child)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_so: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Look until it is so; False when the time ran out first."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True


def _as(account: Account | None) -> dict[str, Any]:
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _follow_parent(dies_by: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def follow() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(dies_by))
        if os.getppid() != parent:  # the parent ended between fork and here
            os._exit(1)

    return follow


@atexit.register
def _stop_the_living() -> None:
    for child, by in reversed(list(_living.values())):
        stop(child, by, patience=10)
