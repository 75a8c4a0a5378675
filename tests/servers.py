"""The servers that tests run on, as a pytest plugin: PostgreSQL with every migration in it, and Valkey.

`TEST_DATABASE_URL` (any database of a server where databases may be made) and `TEST_REDIS_URL` name servers to use;
what they do not name is started here, once for all workers of pytest-xdist, and gone afterwards. Each worker has a
database of its own, copied from a migrated template, and a numbered database of Valkey.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

from tools.servers import Postgres, Valkey, throw_away
from tools.stages import setting_names

ROOT = Path(__file__).resolve().parents[1]

# A developer's own settings must not reach a test: neither those in the environment nor those in .env.
for _name in setting_names():
    os.environ.pop(_name, None)
os.environ |= {"KONTOR_ENV_FILE": os.devnull, "FLASK_SKIP_DOTENV": "1"}

_RUNNING = pytest.StashKey[ExitStack]()
_STAGES = ("races", "faults", "browser")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Start the servers before the workers, who find them in their environment."""
    _serve(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started here, or take our databases out of a server that was there before."""
    running = config.stash.get(_RUNNING, None)
    if running is not None:
        running.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of `tests/races`, `tests/faults` and `tests/browser` by their folder."""
    for item in items:
        for stage in _STAGES:
            if stage in item.path.relative_to(ROOT).parts:
                item.add_marker(stage)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> tuple[str, str]:
    """The addresses of the PostgreSQL and the Valkey server."""
    _serve(pytestconfig)
    return os.environ["TEST_DATABASE_URL"], os.environ["TEST_REDIS_URL"]


@pytest.fixture(scope="session")
def new_database(servers: tuple[str, str], worker_id: str) -> Callable[[str], str]:
    """Makes a migrated database without rows and gives its address; the same name a second time empties it."""
    server, run = servers[0], os.environ["TEST_RUN"]
    template = f"kontor_{run}_template"

    def make(name: str) -> str:
        wanted = f"kontor_{run}_{worker_id}_{name}"
        with _alone(server, template) as line:
            if not line.execute("select 1 from pg_database where datname = %s", [template]).fetchone():
                _make_template(line, server, template)
            _drop(line, wanted)
            line.execute(_sql("create database {} template {}", wanted, template))
        return _at(server, wanted)

    return make


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[str], str]) -> str:
    """The address of this worker's migrated database."""
    return new_database("main")


@pytest.fixture(scope="session")
def redis_url(servers: tuple[str, str], worker_id: str) -> str:
    """The address of this worker's numbered Valkey database, empty at first."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    address = _at(servers[1], str(number))
    with redis.Redis.from_url(address) as line:
        line.flushdb()
    return address


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A durable, migrated PostgreSQL for this test alone, to stop, kill and start again."""
    with throw_away() as folder:
        server = Postgres(Path(folder) / "postgres", durable=True)
        server.start()
        migrate(server.url())
        yield server
        server.stop()


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A running Valkey for this test alone, to flush, stop, kill and start again."""
    with throw_away() as folder:
        server = Valkey(Path(folder) / "valkey")
        server.start()
        yield server
        server.stop()


def migrate(database_url: str) -> None:
    """Run every migration on the database, by the command that a deployment runs."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": os.environ.get("TEST_REDIS_URL", "")}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"flask db upgrade failed:\n{ended.stdout}{ended.stderr}")


def _serve(config: pytest.Config) -> None:
    if _RUNNING in config.stash:
        return
    running = config.stash[_RUNNING] = ExitStack()
    started_run = "TEST_RUN" not in os.environ
    os.environ.setdefault("TEST_RUN", uuid.uuid4().hex[:8])
    if "TEST_DATABASE_URL" in os.environ:
        if started_run:
            running.callback(drop_databases, os.environ["TEST_DATABASE_URL"], os.environ["TEST_RUN"])
    else:
        folder = running.enter_context(throw_away())
        postgres = Postgres(Path(folder) / "postgres")
        postgres.start()
        running.callback(postgres.stop)
        os.environ["TEST_DATABASE_URL"] = postgres.url()
    if "TEST_REDIS_URL" not in os.environ:
        folder = running.enter_context(throw_away())
        valkey = Valkey(Path(folder) / "valkey")
        valkey.start()
        running.callback(valkey.stop)
        os.environ["TEST_REDIS_URL"] = valkey.url()


def drop_databases(server: str, run: str) -> None:
    """Take every database of a test run out of the server."""
    with psycopg.connect(server, autocommit=True) as line:
        found = line.execute("select datname from pg_database where datname like %s", [f"kontor_{run}_%"])
        for (name,) in found.fetchall():
            _drop(line, name)


@contextmanager
def _alone(server: str, task: str) -> Iterator[psycopg.Connection]:
    """A line to the server on which no other worker does the same task meanwhile."""
    with psycopg.connect(server, autocommit=True) as line:
        line.execute("select pg_advisory_lock(hashtext(%s))", [task])
        yield line


def _make_template(line: psycopg.Connection, server: str, name: str) -> None:
    unfinished = f"{name}_unfinished"
    _drop(line, unfinished)
    line.execute(_sql("create database {}", unfinished))
    migrate(_at(server, unfinished))
    line.execute(_sql("alter database {} rename to {}", unfinished, name))


def _drop(line: psycopg.Connection, name: str) -> None:
    line.execute(_sql("drop database if exists {} with (force)", name))


def _sql(text: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*(sql.Identifier(name) for name in names))


def _at(address: str, database: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{database}"))
