"""What a measurement stands on: durable servers of its own, a migrated database, and the program's processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tools.children import free_port, spawn, stop, wait_until
from tools.programs import postgres_programs
from tools.servers import Postgres, Valkey, throw_away

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0


@dataclass
class Ground:
    """Servers that run, and how to reach them."""

    postgres: Postgres
    valkey: Valkey
    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """The address of the database."""
        return self.postgres.url()

    @property
    def environment(self) -> dict[str, str]:
        """What the program's processes get."""
        given = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.valkey.url(),
            "INSTANCE_PATH": str(self.folder / "instance"),
            "UPLOAD_PATH": str(self.folder / "uploads"),
            "KONTOR_ENV_FILE": os.devnull,
            "FLASK_APP": "wsgi",
            "LOG_LEVEL": "WARNING",
            **{f"RATE_LIMIT_{name}": "off" for name in ("LOGIN", "BOOKING", "SEARCH", "API")},
        }
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        return os.environ | given | {"PATH": path} | self.more

    def run(self, *command: str) -> str:
        """Run a command of the program to its end; what it printed."""
        ended = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{ended.stderr}")
        return ended.stdout

    def line(self) -> psycopg.Connection:
        """A connection that commits each statement."""
        return psycopg.connect(self.database_url, autocommit=True)

    @contextmanager
    def process(self, command: str) -> Iterator[int]:
        """A process of the program while the block runs; its number."""
        log = (self.folder / "process.log").open("ab")
        child = spawn(["/bin/sh", "-c", f"exec {command}"], output=log, env=self.environment, cwd=ROOT)
        try:
            yield child.pid
        finally:
            stop(child)
            log.close()

    @contextmanager
    def web(self) -> Iterator[tuple[str, int]]:
        """The web processes of the Procfile: their address, and the number of the first."""
        port = free_port()
        self.more = {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
        with self.process(procfile("web")) as number:
            if not wait_until(lambda: _answers(port), seconds=PATIENCE, every=0.2):
                raise SystemExit(f"web did not start: {(self.folder / 'process.log').read_text()[-2000:]}")
            yield f"http://127.0.0.1:{port}", number

    def pgbench(self, script: str, *, clients: int, seconds: int) -> float:
        """Transactions a second of an SQL script, as PostgreSQL's own tool counts them."""
        file = self.folder / "script.sql"
        file.write_text(script)
        said = self.run(
            str(postgres_programs() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
            "-T", str(seconds), "-f", str(file), self.database_url,
        )  # fmt: skip
        return next(float(line.split("=")[1].split()[0]) for line in said.splitlines() if line.startswith("tps"))


def procfile(name: str) -> str:
    """That command of the Procfile."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


@contextmanager
def ground(*, demo: bool = False) -> Iterator[Ground]:
    """Fresh servers with fsync on, all migrations, and a business or the demo."""
    with ExitStack() as running:
        folder = Path(running.enter_context(throw_away()))
        postgres = Postgres(folder / "postgres", durable=True)
        valkey = Valkey(folder / "valkey", durable=True)
        for server in (postgres, valkey):
            server.start()
            running.callback(server.stop)
        made = Ground(postgres, valkey, folder)
        made.run("flask", "db", "upgrade")
        made.run("kontor", "seed", *(["--demo"] if demo else []))
        yield made


def settle(seconds: float = 3.0) -> None:
    """Let what was started come to rest."""
    time.sleep(seconds)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
