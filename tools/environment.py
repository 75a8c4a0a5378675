"""Makes or renews `.venv`, then hands over to a module in it: `python tools/environment.py MODULE [ARGUMENT…]`.

The one file here that must do with any Python from 3.11 on and nothing installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "kontor-environment"
REQUIREMENTS = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")


def main(arguments: list[str]) -> None:
    """Prepare the environment and become the module; ends the program with one line when that cannot be."""
    try:
        prepare()
    except subprocess.CalledProcessError as failed:
        sys.exit(f"Kontor's Python environment could not be made: {Path(failed.cmd[0]).name} failed, see above.")
    except PermissionError as refused:
        sys.exit(
            f"Kontor keeps its environment and data in its own folder, and may not write there: {refused.filename}"
        )
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", *arguments])  # noqa: S606 - becomes the module, so that signals reach it


def prepare() -> None:
    """Install what the requirement files name, unless it is there already; one at a time in a checkout."""
    if _is_ready():
        return
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "environment.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another start that is installing …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_ready():
            _install()


def _install() -> None:
    print("Installing Python packages into .venv (a minute the first time) …", flush=True)
    if _was_made_elsewhere() or not _runs():
        base = getattr(sys, "_base_executable", None) or sys.executable
        _run(base, "-m", "venv", "--clear", str(VENV))
    STAMP.unlink(missing_ok=True)
    pip = (str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    named = [part for name in REQUIREMENTS for part in ("-r", str(ROOT / name))]
    _run(*pip, "--only-binary=:all:", *named)
    _run(*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    STAMP.write_text(_wanted())


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


def _is_ready() -> bool:
    return STAMP.exists() and STAMP.read_text() == _wanted() and _runs()


def _was_made_elsewhere() -> bool:
    """Commands inside an environment name its folder; after a move they point at the old one."""
    return STAMP.exists() and STAMP.read_text().splitlines()[:1] != [str(VENV)]


def _runs() -> bool:
    look = "import sys; sys.exit(sys.version_info < (3, 11))"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", look], capture_output=True, check=False).returncode == 0


def _wanted() -> str:
    content = b"".join((ROOT / name).read_bytes() for name in (*REQUIREMENTS, "pyproject.toml"))
    return f"{VENV}\n{hashlib.sha256(content).hexdigest()}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
