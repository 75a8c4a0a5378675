"""The program's commands, gathered: `kontor …` is the same as `flask --app wsgi …`."""

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from app.cli import accounts, backup, doctor, jobs, reset, seed, simulate, stress

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


class _Kontor(FlaskGroup):
    """Knows the commands without the program, so that help and the doctor are there where the settings are wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """What can be called; what only the program knows is left out where it cannot be loaded."""
        try:
            return super().list_commands(ctx)
        except SystemExit:  # the settings have said in one line each what is wrong
            return sorted(self.commands)


def add_commands(app: Flask) -> None:
    """Give the program its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)


def main() -> None:
    """Run `kontor …` from anywhere inside or outside the project's folder."""
    # The settings read .env themselves.
    group = _Kontor(name="kontor", help="Kontor's commands; each says more with --help.", load_dotenv=False)
    for command in COMMANDS:
        group.add_command(command)
    group.main(args=["--app", "wsgi", *sys.argv[1:]], prog_name="kontor")
