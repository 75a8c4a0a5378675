"""The migrations lead from nothing to exactly what the models say, and back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = """
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'S', 'p')
 and relname <> 'alembic_version'
union all select typname from pg_type where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')
union all select proname from pg_proc where pronamespace = 'public'::regnamespace
"""


def flask_db(address: str, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address, "REDIS_URL": os.environ["TEST_REDIS_URL"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_after_all_migrations_nothing_is_missing_from_what_the_models_say(new_database: Callable[[str], str]) -> None:
    flask_db(new_database("migrations"), "check")


def test_the_way_back_leaves_nothing_and_can_be_gone_again(new_database: Callable[[str], str]) -> None:
    address = new_database("migrations")
    flask_db(address, "downgrade", "base")
    with psycopg.connect(address) as line:
        assert line.execute(LEFT_BEHIND).fetchall() == []
    flask_db(address, "upgrade")
    flask_db(address, "check")


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_no_migration_asks_for_an_extension_that_servers_lack() -> None:
    versions = list((ROOT / "migrations" / "versions").glob("*.py"))
    assert versions
    assert [file.name for file in versions if "create extension" in file.read_text().lower()] == []
