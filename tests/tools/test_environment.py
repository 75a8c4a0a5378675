"""A machine that lacks something is told what, in one line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOO_OLD = "#!/bin/sh\nexit 1\n"
# Answers the question for its version, and fails at the one for venv.
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *venv*) exit 1;; esac\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment, and a folder of programs without any Python."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "with-environment", tmp_path / "tools")
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    (tmp_path / "programs").mkdir()
    dirname = shutil.which("dirname")
    assert dirname
    (tmp_path / "programs" / "dirname").symlink_to(dirname)
    return tmp_path


def start(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    only = {"PATH": str(checkout / "programs")}
    return subprocess.run([str(checkout / "bin" / command)], env=only, capture_output=True, text=True, check=False)


def put_python(checkout: Path, script: str) -> None:
    for name in ("python3", "python3.11", "python"):
        program = checkout / "programs" / name
        program.write_text(script)
        program.chmod(0o755)


@pytest.mark.parametrize("command", ["run", "test"])
def test_no_python_is_said_in_one_line(checkout: Path, command: str) -> None:
    ended = start(checkout, command)
    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert "Python 3.11 or newer" in ended.stderr
    assert "apt install python3" in ended.stderr


def test_an_old_python_is_said_in_one_line(checkout: Path) -> None:
    put_python(checkout, TOO_OLD)
    ended = start(checkout, "run")
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert "Python 3.11 or newer" in ended.stderr


def test_a_python_without_venv_is_said_in_one_line(checkout: Path) -> None:
    put_python(checkout, WITHOUT_VENV)
    ended = start(checkout, "test")
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert "apt install python3-venv" in ended.stderr
