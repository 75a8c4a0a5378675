"""The servers of our own: they keep what they should, and end with whoever started them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tools.children import free_port, wait_until
from tools.procfile import commands
from tools.servers import Postgres, Valkey

ROOT = Path(__file__).resolve().parents[2]
STARTS_AND_WAITS = """
import sys, time
from pathlib import Path
from tools.servers import Postgres, Valkey, throw_away
with throw_away() as folder:
    postgres, valkey = Postgres(Path(folder) / "postgres"), Valkey(Path(folder) / "valkey")
    postgres.start(), valkey.start()
    print(folder, postgres.process.pid, valkey.process.pid, flush=True)
    {then}
"""


def is_alive(pid: int) -> bool:
    """Zombies count as dead: who should reap them is not ours to choose."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def started(then: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A program that starts both servers, and their process numbers."""
    command = [sys.executable, "-c", STARTS_AND_WAITS.format(then=then)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        folder, *children = parent.stdout.readline().split()
        try:
            yield parent, [int(child) for child in children]
        finally:
            parent.kill()
            shutil.rmtree(folder, ignore_errors=True)


def test_a_database_keeps_its_rows_and_its_address_when_it_is_killed(own_postgres: Postgres) -> None:
    with psycopg.connect(own_postgres.url(), autocommit=True) as line:
        line.execute("create table kept (n int)")
        line.execute("insert into kept values (1)")
    address = own_postgres.url()
    own_postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
    own_postgres.start()
    assert own_postgres.url() == address
    with psycopg.connect(address) as line:
        assert line.execute("select n from kept").fetchall() == [(1,)]


def test_a_queue_without_a_file_is_empty_after_a_stop(own_valkey: Valkey) -> None:
    with redis.Redis.from_url(own_valkey.url()) as line:
        line.set("a", 1)
    own_valkey.stop()
    own_valkey.start()
    with redis.Redis.from_url(own_valkey.url()) as line:
        assert line.get("a") is None


def test_servers_end_with_the_program_that_forgot_them() -> None:
    with started(then="sys.exit()") as (parent, children):
        assert len(children) == 2
        parent.wait(timeout=30)
        assert wait_until(lambda: not any(map(is_alive, children)), seconds=10)


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells children that their parent was killed"
)
def test_servers_end_with_the_program_that_was_killed() -> None:
    with started(then="time.sleep(60)") as (parent, children):
        assert all(map(is_alive, children))
        parent.kill()
        assert wait_until(lambda: not any(map(is_alive, children)), seconds=10)


def test_workers_of_a_test_run_do_not_share_a_database(database_url: str, redis_url: str, worker_id: str) -> None:
    assert worker_id in database_url
    assert database_url.rsplit("/", 1)[1] != "kontor"
    assert redis_url.rsplit("/", 1)[1].isdigit()


def test_free_ports_are_free() -> None:
    assert free_port() != free_port()


def test_the_procfile_is_read_as_hosts_read_it() -> None:
    assert commands()["release"] == "flask db upgrade"
    assert commands()["web"].startswith("gunicorn wsgi:app --worker-class gevent")
    assert commands()["worker"].startswith("huey_consumer tasks.worker.huey")
