"""A running Kontor's own folder under `var/`: its servers' data, its lock, and the addresses for other commands.

The first `bin/run` of a checkout lives in `var/1`. One that is started beside it gets `var/2`, with a database of its
own: so two never share a queue, and neither stops the other's servers.
"""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import IO

from tools.servers import Postgres, Server, Valkey

ROOT = Path(__file__).resolve().parents[1]


class Home:
    """One numbered folder, held until this process ends."""

    def __init__(self, number: int, lock: IO[str]) -> None:
        self.number = number
        self.folder = ROOT / "var" / str(number)
        self._lock = lock  # open for as long as we live: closing it lets go
        self.servers: list[Server] = []

    def postgres(self) -> Postgres:
        """A durable PostgreSQL, running."""
        server = Postgres(self.folder / "postgres", durable=True)
        if not server.folder.is_relative_to(ROOT):
            print(f"PostgreSQL may not enter this checkout; its data lies in {server.folder}.", flush=True)
        server.start()
        self.servers.append(server)
        return server

    def valkey(self) -> Valkey:
        """A durable Valkey, running."""
        server = Valkey(self.folder / "valkey", durable=True)
        server.start()
        self.servers.append(server)
        return server

    def publish(self, addresses: dict[str, str]) -> None:
        """Let `bin/kontor` know where this one's database and queue are."""
        file = self.folder / "addresses.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(addresses))

    def leave(self) -> None:
        """Stop the servers and withdraw the addresses."""
        (self.folder / "addresses.json").unlink(missing_ok=True)
        for server in reversed(self.servers):
            server.stop()


def take_home() -> Home:
    """The first numbered folder that no other `bin/run` of this checkout holds."""
    for number in range(1, 100):
        folder = ROOT / "var" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return Home(number, lock)
    raise RuntimeError("a hundred of these run here already")


def published_addresses() -> dict[str, str] | None:
    """The addresses of the lowest-numbered `bin/run` that is up in this checkout; None when none is."""
    for file in sorted(ROOT.glob("var/*/addresses.json")):
        with (file.parent / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return dict(json.loads(file.read_text()))
    return None
