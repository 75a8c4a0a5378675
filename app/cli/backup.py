"""`kontor backup FILE` and `kontor restore FILE`: one file that proves itself by counts.

The file is a tar: `manifest.json` (when, from which migration, how many rows each table had) and `database.dump` in
pg_dump's own format. Counts and dump are read from one snapshot, so they agree while the program goes on working.
"""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, select, text
from sqlalchemy.schema import MetaData, Table

from app.cli import postgres
from app.cli.output import Output, speaking
from app.kernel import clock
from app.kernel.db import db

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
_ALWAYS_THERE = ("alembic_version", "installation", "periodic_jobs", "workers")
#: Another database has other accounts.
_PLAIN = ("--no-owner", "--no-privileges")
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("file", type=FILE)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@speaking
def backup(out: Output, *, file: Path, overwrite: bool) -> None:
    """Write the whole database into FILE, as it is at one instant; the program may go on working."""
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file} is there already; choose another name or add --overwrite.")
    if not file.parent.is_dir():
        raise click.ClickException(f"There is no folder {file.parent}.")
    program = postgres.program("pg_dump", db.engine)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".kontor-backup-") as folder, _one_look() as look:
        line, snapshot = look
        out.step("Counting …")
        rows = counted(line)
        revision = MigrationContext.configure(line).get_current_revision()
        dump = Path(folder) / DUMP
        out.step("Writing the database …")
        postgres.run(db.engine, program, "--format=custom", f"--snapshot={snapshot}", f"--file={dump}", *_PLAIN)
        manifest = {"format": FORMAT, "at": clock.now().isoformat(), "revision": revision, "rows": rows}
        size = _pack(file, manifest, dump)
    total = sum(rows.values())
    made = {"file": str(file), "bytes": size, "revision": revision, "rows": total}
    out.result(made, [f"{file}: {total} rows of {len(rows)} tables in {size / 1e6:.1f} MB."])


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@speaking
def restore(out: Output, *, file: Path) -> None:
    """Read FILE into an empty database, and count that everything is there."""
    program = postgres.program("pg_restore", db.engine)
    with tempfile.TemporaryDirectory(prefix="kontor-restore-") as folder:
        manifest = _unpack(file, Path(folder))
        _refuse_full()
        out.step("Reading the database …")
        # All or nothing: what is cut off leaves the database as it was.
        once = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists")
        postgres.run(db.engine, program, *once, *_PLAIN, str(Path(folder) / DUMP))
    out.step("Counting …")
    db.engine.dispose()
    with db.engine.connect() as line:
        found, revision = counted(line), MigrationContext.configure(line).get_current_revision()
    wrong = {name: (rows, found.get(name)) for name, rows in manifest["rows"].items() if found.get(name) != rows}
    if wrong or revision != manifest["revision"]:
        told = ", ".join(f"{name} has {there} of {rows}" for name, (rows, there) in wrong.items())
        raise click.ClickException(f"What was restored is not what was backed up: {told or f'migration {revision}'}.")
    total = sum(found.values())
    made = {"file": str(file), "at": manifest["at"], "revision": revision, "rows": total, "tables": len(found)}
    out.result(made, [f"{total} rows of {len(found)} tables, as they were at {manifest['at']}: every count agrees."])


@contextmanager
def _one_look() -> Iterator[tuple[Connection, str]]:
    """A connection that sees one instant, and the name by which pg_dump sees the same."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as line, line.begin():
        line.execute(text("set local statement_timeout = 0"))
        line.execute(text("set local idle_in_transaction_session_timeout = 0"))
        yield line, str(line.scalar(text("select pg_export_snapshot()")))


def counted(line: Connection) -> dict[str, int]:
    """How many rows each table has, whatever it is: also those that only the migrations know."""
    found = MetaData()
    found.reflect(line, resolve_fks=False)
    return {name: _rows(line, table) for name, table in sorted(found.tables.items())}


def _rows(line: Connection, table: Table) -> int:
    return line.scalar(select(func.count()).select_from(table)) or 0


def _refuse_full() -> None:
    with db.engine.connect() as line:
        # What a migrated database holds that nobody has used yet does not count.
        full = [name for name, rows in counted(line).items() if rows and name not in _ALWAYS_THERE]
    if full:
        raise click.ClickException(
            f"The database is not empty ({', '.join(full[:3])}). Restore into a new one, or run kontor reset-db first."
        )


def _pack(file: Path, manifest: dict[str, Any], dump: Path) -> int:
    """The file, whole on the disk before it has its name."""
    unfinished, note = dump.with_name("unfinished.tar"), dump.with_name(MANIFEST)
    note.write_text(json.dumps(manifest, indent=1))
    with unfinished.open("xb") as target:
        os.fchmod(target.fileno(), 0o600)
        with tarfile.open(fileobj=target, mode="w") as archive:
            for part in (note, dump):
                archive.add(part, arcname=part.name)
        target.flush()
        os.fsync(target.fileno())
    unfinished.replace(file)
    return file.stat().st_size


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(file) as archive:
            for name in (MANIFEST, DUMP):
                part = archive.extractfile(name)  # the bytes alone: an archive may hold links and rights of its own
                if part is None:
                    raise ValueError
                with part, (folder / name).open("xb") as target:
                    shutil.copyfileobj(part, target)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        if manifest["format"] != FORMAT:
            raise ValueError
    except (tarfile.TarError, KeyError, ValueError, OSError):
        raise click.ClickException(f"{file} is no whole backup of Kontor.") from None
    return manifest
