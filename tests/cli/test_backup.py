"""`kontor backup` and `kontor restore`: whole, consistent under load, and proved by counts."""

import io
import json
import os
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from apiflask import APIFlask
from flask import g
from sqlalchemy import create_engine

from app.cli import postgres
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import within
from tests.cli.commands import kontor, made
from tests.make import make_booking, make_crew


@pytest.fixture
def filled(business: Business) -> Business:
    make_crew()
    for _number in range(5):
        make_booking()
    db.session.rollback()
    return business


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "monday.kontor"


def back_up(app: APIFlask, file: Path, *more: str, code: int = 0) -> str:
    """Write the backup in this process; what was printed."""
    ended = app.test_cli_runner().invoke(args=["backup", str(file), *more])
    assert ended.exit_code == code, ended.output
    return ended.output


def rows(address: str, table: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as line:
        return line.execute(f"select * from {table} order by id").fetchall()  # type: ignore[arg-type]


def test_what_was_backed_up_comes_back_row_by_row(
    filled: Business, clean: APIFlask, file: Path, database_url: str, new_database: Callable[[str], str]
) -> None:
    written = json.loads(clean.test_cli_runner().invoke(args=["backup", str(file), "--json"]).stdout)
    assert file.stat().st_mode & 0o777 == 0o600
    other = new_database("restored")
    read = kontor("restore", str(file), "--json", DATABASE_URL=other)
    assert read.returncode == 0, read.stderr
    assert made(read)["rows"] == written["rows"]
    for table in ("bookings", "customers", "email_logs", "jobs", "events", "audit_log"):
        assert rows(other, table) == rows(database_url, table)


def test_a_backup_under_load_agrees_with_itself(
    filled: Business, clean: APIFlask, file: Path, new_database: Callable[[str], str]
) -> None:
    enough = threading.Event()

    def go_on_booking() -> None:
        with clean.app_context(), within(filled.id):
            g.business = filled
            while not enough.is_set():
                make_booking()

    writer = threading.Thread(target=go_on_booking)
    writer.start()
    try:
        written = kontor("backup", str(file), "--json")
    finally:
        enough.set()
        writer.join()
    assert written.returncode == 0, written.stderr
    read = kontor("restore", str(file), "--json", DATABASE_URL=new_database("restored"))
    assert read.returncode == 0, read.stderr


def test_a_restore_that_lost_rows_says_so(
    filled: Business, clean: APIFlask, file: Path, new_database: Callable[[str], str]
) -> None:
    back_up(clean, file)
    with tarfile.open(file) as archive:
        parts = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    manifest = json.loads(parts["manifest.json"])
    manifest["rows"]["bookings"] += 1
    parts["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(file, "w") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    read = kontor("restore", str(file), DATABASE_URL=new_database("restored"))
    assert read.returncode == 1
    assert "bookings has 5 of 6" in read.stderr


def test_nothing_is_restored_over_what_is_there(
    filled: Business, clean: APIFlask, file: Path, database_url: str
) -> None:
    back_up(clean, file)
    before = rows(database_url, "bookings")
    read = clean.test_cli_runner().invoke(args=["restore", str(file)])
    assert read.exit_code == 1
    assert "not empty" in read.output
    assert rows(database_url, "bookings") == before


@pytest.mark.parametrize("content", [b"", b"no backup at all", os.urandom(2_000)])
def test_what_is_no_backup_is_refused(clean: APIFlask, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    read = clean.test_cli_runner().invoke(args=["restore", str(file)])
    assert read.exit_code == 1
    assert "is no whole backup" in read.output


def test_a_backup_that_was_cut_off_is_refused(
    filled: Business, clean: APIFlask, file: Path, new_database: Callable[[str], str]
) -> None:
    back_up(clean, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    other = new_database("restored")
    assert kontor("restore", str(file), DATABASE_URL=other).returncode == 1
    assert rows(other, "bookings") == []


def test_a_backup_is_not_overwritten_by_accident(filled: Business, clean: APIFlask, file: Path) -> None:
    back_up(clean, file)
    first = file.read_bytes()
    assert "--overwrite" in back_up(clean, file, code=1)
    assert file.read_bytes() == first
    back_up(clean, file, "--overwrite")
    assert [found.name for found in file.parent.iterdir()] == [file.name]


def test_the_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine("postgresql+psycopg://me:geh:eim@db.example/kontor?sslmode=require")
    address = postgres._address(engine.url, tmp_path / "pass")
    assert "geh" not in address
    assert "sslmode=require" in address
    assert (tmp_path / "pass").read_text() == "*:*:*:*:geh\\:eim\n"
    assert (tmp_path / "pass").stat().st_mode & 0o777 == 0o600
