"""`kontor`: the commands of the contract, with `--json` and an exit code that means it."""

import re
from pathlib import Path

import click
import pytest
from apiflask import APIFlask

from app.cli.main import COMMANDS
from tests.cli.commands import kontor

ROOT = Path(__file__).resolve().parents[2]


def every() -> list[tuple[str, click.Command]]:
    """All commands that can be called, with their whole names."""
    found = []
    for command in COMMANDS:
        if isinstance(command, click.Group):
            found += [(f"{command.name} {name}", each) for name, each in command.commands.items()]
        else:
            found.append((str(command.name), command))
    return found


def test_the_commands_of_this_version_are_there() -> None:
    assert {name for name, _command in every()} >= {
        "seed", "reset-db", "token create", "user create", "jobs stats", "jobs retry", "jobs sweep", "stress bookings",
        "doctor", "backup", "restore",
    }  # fmt: skip


def test_every_command_can_answer_scripts_and_says_what_it_is_for() -> None:
    assert [name for name, command in every() if "--json" not in {o for p in command.params for o in p.opts}] == []
    assert [name for name, command in every() if not command.help] == []


def test_kontor_and_flask_know_the_same_commands(app: APIFlask) -> None:
    listed = kontor("--help").stdout
    assert {command.name for command in COMMANDS} <= set(re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE))
    assert {command.name for command in COMMANDS} <= set(app.cli.commands)


def test_it_runs_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.cli.commands.ROOT", tmp_path)
    assert "doctor" in kontor("--help").stdout


def test_help_is_there_although_the_settings_are_wrong() -> None:
    ended = kontor("--help", DATABASE_URL="", REDIS_URL="http://nowhere")
    assert ended.returncode == 0
    assert {command.name for command in COMMANDS} <= set(re.findall(r"^  ([a-z-]+)", ended.stdout, re.MULTILINE))
    assert kontor("jobs", "stats", REDIS_URL="http://nowhere").returncode == 2


def test_a_database_that_is_away_is_said_in_one_line() -> None:
    ended = kontor("jobs", "stats", DATABASE_URL="postgresql://kontor:hush@127.0.0.1:1/kontor")
    assert ended.returncode == 1
    assert "The database cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hush" not in ended.stderr
