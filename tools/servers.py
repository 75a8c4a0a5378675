"""PostgreSQL and Valkey of our own, on 127.0.0.1 and a free port: durable for `bin/run`, throw-away for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path

from tools.children import Account, free_port, kill_group, run_as, spawn, stop, wait_until
from tools.programs import (
    data_folder,
    is_within_reach,
    postgres_programs,
    postgres_version,
    server_account,
    valkey_program,
    within_reach,
)

START_PATIENCE = 60.0
# Somebody took the port between our look and the start, or the server before us is still shutting down.
_PASSING = ("in use", "could not bind", "lock file")


class ServerFailed(Exception):
    """A server did not start; the text holds its last words."""


class Server(ABC):
    """A process on one port of 127.0.0.1. Stop and start keep the port and, if it is `durable`, the data."""

    name: str
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, durable: bool = False, account: Account | None = None) -> None:
        self.account = account
        self.folder = data_folder(folder, account)
        self.durable = durable
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and come back when it answers; raises ServerFailed or ProgramMissing."""
        words = ""
        for _ in range(20):
            port = self.port or free_port()
            with self.log.open("wb") as log:
                # cwd: the account that it runs as may not be allowed where we stand
                self.process = spawn(
                    self.command(port),
                    output=log,
                    env=_environment(),
                    cwd="/",
                    account=self.account,
                    dies_by=self.stop_signal,
                )
            wait_until(lambda: self._has_ended() or self.is_ready(port), seconds=START_PATIENCE)  # noqa: B023
            if not self._has_ended():
                self.port = port
                return
            self.kill()
            words = self.log.read_text(errors="replace")
            if not any(passing in words for passing in _PASSING):
                break
            time.sleep(0.5)
        raise ServerFailed(f"{self.name} did not start: {' / '.join(words.strip().splitlines()[-3:])}")

    def stop(self) -> None:
        """End it in order; its clients are cut off."""
        if self.process is not None:
            stop(self.process, self.stop_signal, patience=20)
            self.process = None

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            kill_group(self.process)
            stop(self.process)
            self.process = None

    @property
    def log(self) -> Path:
        """What it has written since its last start."""
        return self.folder / f"{self.name}.log"

    @abstractmethod
    def command(self, port: int) -> list[str | Path]:
        """The command that serves the port, once what it needs on disk is there."""

    @abstractmethod
    def is_ready(self, port: int) -> bool:
        """Whether it answers on the port."""

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


class Postgres(Server):
    """PostgreSQL with a database `kontor` that the user `kontor` owns; from this machine it asks for no password."""

    name = "postgres"
    stop_signal = signal.SIGINT  # disconnects everybody and shuts down cleanly

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        super().__init__(folder, durable=durable, account=server_account())
        self.programs = within_reach(postgres_programs(), self.folder, self.account)

    def url(self, database: str = "kontor") -> str:
        """The address of one of its databases."""
        return f"postgresql://kontor@127.0.0.1:{self.port}/{database}"

    def command(self, port: int) -> list[str | Path]:
        data = self.folder / "data"
        if not data.exists():
            self._make(data)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "300",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [self.programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]

    def is_ready(self, port: int) -> bool:
        try:
            status = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        mine = self.process is not None and status[:1] == [str(self.process.pid)]
        return mine and len(status) > 7 and status[7].strip() == "ready"

    def _make(self, data: Path) -> None:
        unfinished = data.with_name("data.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        sort = ["--locale=C.UTF-8"]
        if postgres_version(self.programs) >= 17:
            sort.append("--locale-provider=builtin")
        options = ["-A", "trust", "-U", "kontor", "-E", "UTF8", "--no-sync", *sort]
        self._run(self.programs / "initdb", "-D", unfinished, *options)
        # Before the rename: a data folder that exists is a whole one.
        self._run(self.programs / "postgres", "--single", "-D", unfinished, "postgres", text="create database kontor\n")
        unfinished.rename(data)

    def _run(self, *command: str | Path, text: str | None = None) -> None:
        ended = run_as(self.account, command, env=_environment(), text=text)
        if ended.returncode:
            raise ServerFailed(f"{Path(command[0]).name} failed: {' / '.join(ended.stdout.strip().splitlines()[-3:])}")


class Valkey(Server):
    """Valkey with 64 numbered databases; `durable` keeps an append-only file."""

    name = "valkey"

    def url(self, number: int = 0) -> str:
        """The address of one of its databases."""
        return f"redis://127.0.0.1:{self.port}/{number}"

    def command(self, port: int) -> list[str | Path]:
        keep = "yes" if self.durable else "no"
        return [
            *(valkey_program(), "--bind", "127.0.0.1", "--port", str(port), "--dir", self.folder),
            *("--databases", "64", "--appendonly", keep, "--save", ""),
        ]

    def is_ready(self, port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                line.sendall(b"PING\r\nINFO server\r\n")
                answer = line.recv(8192)
        except OSError:
            return False
        # Its own number, for another server may have taken the port first.
        return (
            answer.startswith(b"+PONG") and f"process_id:{self.process.pid}".encode() in answer
            if self.process
            else False
        )


def throw_away() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder that the servers' account can enter, for servers whose data nobody wants."""
    account = server_account()
    for place in (None, "/tmp", "/var/tmp"):
        folder = tempfile.TemporaryDirectory(prefix="kontor-", dir=place, ignore_cleanup_errors=True)
        Path(folder.name).chmod(0o755)
        if is_within_reach(Path(folder.name), account):
            return folder
        folder.cleanup()
    raise ServerFailed("there is no temporary folder that PostgreSQL's account may enter")


def _environment() -> dict[str, str]:
    """Ours without what would make PostgreSQL's programs look elsewhere or speak another language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
