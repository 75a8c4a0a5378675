"""The program's commands, gathered: `kontor …` is the same as `flask --app wsgi …`."""

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from app.cli import accounts, backup, doctor, jobs, reset, seed, simulate, stress

#: Commands that run inside the program.
COMMANDS: list[click.Command] = [
    accounts.user,
    accounts.token,
    backup.backup,
    backup.restore,
    doctor.doctor,
    jobs.group,
    reset.reset_db,
    seed.seed,
    simulate.simulate,
    stress.group,
]


def add_commands(app: Flask) -> None:
    """Give the program its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)


def main() -> None:
    """Run `kontor …` from anywhere inside or outside the project's folder."""
    # The settings read .env themselves.
    group = FlaskGroup(name="kontor", help="Kontor's commands; each says more with --help.", load_dotenv=False)
    group.add_command(doctor.doctor)  # also where the settings are so wrong that the program cannot be loaded
    group.main(args=["--app", "wsgi", *sys.argv[1:]], prog_name="kontor")
