"""`kontor reset-db`: only what is meant, and never in production."""

from collections.abc import Callable

import psycopg
import pytest

from tests.cli.commands import PRODUCTION, kontor, made


@pytest.fixture
def address(new_database: Callable[[str], str]) -> str:
    found = new_database("reset")
    assert kontor("seed", DATABASE_URL=found).returncode == 0
    return found


def businesses(address: str) -> int:
    with psycopg.connect(address) as line:
        [count] = line.execute("select count(*) from businesses").fetchone() or (0,)
    return int(count)


def test_it_asks_first(address: str) -> None:
    ended = kontor("reset-db", said="n\n", DATABASE_URL=address)
    assert ended.returncode == 1
    assert "Delete everything" in ended.stderr
    assert businesses(address) == 1


def test_a_yes_makes_the_database_new(address: str) -> None:
    ended = kontor("reset-db", "--json", said="y\n", DATABASE_URL=address)
    assert ended.returncode == 0, ended.stderr
    assert made(ended)["reset"] is True
    assert businesses(address) == 0
    assert kontor("seed", DATABASE_URL=address).returncode == 0


def test_it_is_refused_in_production(address: str) -> None:
    ended = kontor("reset-db", "--yes", DATABASE_URL=address, REDIS_URL="redis://127.0.0.1:1/0", **PRODUCTION)
    assert ended.returncode == 1
    assert "production" in ended.stderr
    assert businesses(address) == 1
