"""Fixtures of the fault tests: a deployment of real processes on a database and a Valkey of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from tests.faults.mails import queue_mails
from tests.faults.processes import ROOT, Deployment
from tests.faults.standins import SlowResend
from tools.servers import Valkey

#: Mails that wait in the busy template: confirmations still to be written, and mails that are written already.
UNWRITTEN, WRITTEN = 300, 700
QUEUED = UNWRITTEN + WRITTEN
_copies = count(1)


def seed(database_url: str, folder: Path, bookings: int = 0) -> None:
    """Two firms, an owner and bookings in a migrated database."""
    environment = os.environ | {
        "DATABASE_URL": database_url, "REDIS_URL": "", "INSTANCE_PATH": str(folder), "UPLOAD_PATH": str(folder)
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.faults.seed", str(bookings)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@contextmanager
def copy_of(template_url: str, server: str) -> Iterator[str]:
    """A copy of a database, for as long as it is wanted."""
    template = urlsplit(template_url).path.lstrip("/")
    name = f"{template}_{next(_copies)}"
    with psycopg.connect(server, autocommit=True) as line:
        line.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as line:
            line.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def quiet_template(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with two firms and an owner."""
    address = new_database("quiet")
    seed(address, tmp_path_factory.mktemp("seed"))
    return address


@pytest.fixture(scope="session")
def busy_template(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same with 1,000 mails to be sent."""
    address = new_database("busy")
    seed(address, tmp_path_factory.mktemp("seed"), UNWRITTEN)
    queue_mails(address, WRITTEN)
    return address


@pytest.fixture
def resend() -> Iterator[SlowResend]:
    """Resend's stand-in, which takes a mail and then a moment to say so."""
    with SlowResend() as standin:
        yield standin


@pytest.fixture
def deployment(
    servers: tuple[str, str], quiet_template: str, own_valkey: Valkey, resend: SlowResend, tmp_path: Path
) -> Iterator[Deployment]:
    """A deployment whose mails go to `resend` and whose Redis is `own_valkey`; nothing of it runs yet."""
    with (
        copy_of(quiet_template, servers[0]) as database,
        Deployment(tmp_path, database, own_valkey.url(), **resend.settings) as made,
    ):
        yield made


@pytest.fixture
def busy_deployment(
    servers: tuple[str, str], busy_template: str, own_valkey: Valkey, resend: SlowResend, tmp_path: Path
) -> Iterator[Deployment]:
    """The same with 1,000 mails that wait for a worker."""
    with (
        copy_of(busy_template, servers[0]) as database,
        Deployment(tmp_path, database, own_valkey.url(), **resend.settings) as made,
    ):
        yield made
