"""Web and worker as the Procfile starts them, on a port of their own: to stop, kill, cut off and start again."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.faults.client import Browser
from tools.children import kill_group, spawn, stop, wait_until
from tools.procfile import commands

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
#: What makes minutes seconds: leases, sweeps, first retries and an open breaker are short.
QUICK = {
    "JOB_LEASE_SECONDS": "3",
    "JOB_SWEEP_SECONDS": "0.5",
    "RETRY_FIRST_SECONDS": "0.5",
    "BREAKER_OPEN_SECONDS": "1",
    "RATE_LIMIT_LOGIN": "off",
    "RATE_LIMIT_BOOKING": "off",
    "RATE_LIMIT_SEARCH": "off",
    "RATE_LIMIT_API": "off",
}
_LAST_WORDS = 60


class Process:
    """One command of the Procfile while it runs."""

    def __init__(self, name: str, environment: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        with log.open("wb") as said:
            self._child = spawn(["/bin/sh", "-c", f"exec {commands()[name]}"], output=said, env=environment, cwd=ROOT)

    @property
    def pid(self) -> int:
        """The number of the first process: gunicorn's arbiter, or the worker itself."""
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, by itself or stopped."""
        return self._child.poll() is not None

    @property
    def said(self) -> str:
        """What it has written."""
        return self.log.read_text(errors="replace")

    @property
    def children(self) -> list[int]:
        """The numbers of the processes that it started: gunicorn's workers."""
        return [int(number) for number in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def ask_to_end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """SIGTERM, as a host sends it before it sends SIGKILL."""
        self._child.send_signal(by)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; its exit code, -9 when it was killed."""
        return self._child.wait(timeout=seconds)

    def end(self) -> float:
        """Stop it in order; how many seconds that took. It must end well, or AssertionError."""
        began = time.monotonic()
        self.ask_to_end()
        code = self.wait()
        assert code == 0, f"{self.name} ended with {code}:\n{self.last_words()}"
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL for it and all it started, in the middle of whatever they do."""
        kill_group(self._child)
        stop(self._child)

    def last_words(self) -> str:
        """The end of what it has written."""
        return "\n".join(self.said.splitlines()[-_LAST_WORDS:])


class Deployment:
    """Where web and worker run together: one database, one Redis, one port, one folder for secrets and logs."""

    def __init__(self, folder: Path, database_url: str, redis_url: str, **settings: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.processes: list[Process] = []
        # Bound but not listening: nobody else is given this port, and gunicorn may take it again after each kill.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("0.0.0.0", 0))  # noqa: S104  # the address that the Procfile names
        self.port = int(self._place.getsockname()[1])
        kept = {name: value for name, value in os.environ.items() if name in ("HOME", "TMPDIR", "TZ", "LANG", "USER")}
        self.environment = kept | QUICK | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "faults" / "unguarded"), str(ROOT)]),
            "PYTHONUNBUFFERED": "1",
            "KONTOR_ENV_FILE": os.devnull,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "BASE_URL": f"http://localhost:{self.port}",
            "PORT": str(self.port),
            "INSTANCE_PATH": str(folder / "instance"),
            "UPLOAD_PATH": str(folder / "uploads"),
        } | settings  # fmt: skip

    def start_web(self, *, without: str = "", wait: bool = True, **settings: str) -> Process:
        """Gunicorn, up and answering; `without` names the guards that are off (see `unguarded/guards.py`)."""
        web = self._start("web", without, settings)
        if wait:
            self.wait_for_web(web)
        return web

    def start_worker(self, *, without: str = "", wait: bool = True, **settings: str) -> Process:
        """The Huey consumer, up and sweeping; `without` names the guards that are off."""
        worker = self._start("worker", without, settings)
        if wait:
            self._wait(worker, lambda: "worker started" in worker.said)
        return worker

    def wait_for_web(self, web: Process) -> None:
        """Come back when it answers /healthz."""
        self._wait(web, lambda: self.browser().is_healthy())

    def browser(self, host: str = "majorna.localhost") -> Browser:
        """Somebody who calls the web process by that host name."""
        return Browser(self.port, host)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What a query finds."""
        with psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row) as line:
            return line.execute(query.encode(), values or None).fetchall()

    def number(self, query: str, *values: Any) -> int:
        """The one number that a query finds."""
        with psycopg.connect(self.database_url, autocommit=True) as line:
            row = line.execute(query.encode(), values or None).fetchone()
        assert row is not None
        return int(row[0])

    def do(self, statement: str, *values: Any) -> None:
        """Change something behind the program's back."""
        do_at(self.database_url, statement, *values)

    def shut_database(self) -> None:
        """Let nobody in any more, and put out who is inside."""
        mine = urlsplit(self.database_url).path.lstrip("/")
        with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as line:
            line.execute(sql.SQL("alter database {} allow_connections false").format(sql.Identifier(mine)))
            line.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [mine])

    def missing(self, bookings: list[str]) -> set[str]:
        """The bookings, by their public ids, that are not there."""
        found = self.rows("select public_id from bookings where public_id = any(%s)", bookings)
        return set(bookings) - {row["public_id"] for row in found}

    def assert_there(self, bookings: list[str]) -> None:
        """All these bookings are there; none at all would prove nothing."""
        assert bookings
        assert self.missing(bookings) == set()

    def wait_for_jobs(self, seconds: float = 120.0) -> None:
        """Come back when every job is over; AssertionError when one was not simply done."""
        left = "select count(*) from jobs where state in ('queued', 'running')"
        wait_for(lambda: self.number(left) == 0, "all jobs over", seconds)
        columns = "id, kind, state, attempts, lost_leases, code, words, machine_words"
        # What came round by itself since then may wait again.
        over_badly = "state not in ('done', 'queued', 'running')"
        assert self.rows(f"select {columns} from jobs where {over_badly} limit 5") == []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what still runs; the last words stand in the report of a test that failed."""
        for process in self.processes:
            if not process.has_ended:
                process.kill()
            print(f"--- {process.log.name}\n{process.last_words()}")
        self._place.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, name: str, without: str, settings: dict[str, str]) -> Process:
        number = sum(process.name == name for process in self.processes) + 1
        environment = self.environment | {"KONTOR_TEST_WITHOUT": without} | settings
        process = Process(name, environment, self.folder / f"{name}{number}.log")
        self.processes.append(process)
        return process

    def _wait(self, process: Process, is_up: Callable[[], bool]) -> None:
        wait_until(lambda: process.has_ended or is_up(), seconds=PATIENCE, every=0.1)
        assert not process.has_ended, f"{process.name} ended:\n{process.last_words()}"
        assert is_up(), f"{process.name} does not come up:\n{process.last_words()}"


def wait_for(is_so: Callable[[], Any], what: str, seconds: float = PATIENCE) -> float:
    """Wait until it is so; the seconds it took. AssertionError after a generous time."""
    began = time.monotonic()
    assert wait_until(lambda: bool(is_so()), seconds=seconds, every=0.05), f"after {seconds:.0f} s: not {what}"
    return time.monotonic() - began


def do_at(database_url: str, statement: str, *values: Any) -> None:
    """Run a statement on a database."""
    with psycopg.connect(database_url, autocommit=True) as line:
        line.execute(statement.encode(), values or None)
