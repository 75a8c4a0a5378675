"""The program's commands, gathered: `kontor …` is the same as `flask --app wsgi …`."""

import os

import click
from flask import Flask
from flask.cli import cli

from app.cli import accounts

COMMANDS: list[click.Command] = [accounts.user, accounts.token]


def add_commands(app: Flask) -> None:
    """Give the program its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)


def main() -> None:
    """Run `kontor …` from anywhere inside or outside the project's folder."""
    os.environ.setdefault("FLASK_APP", "wsgi")
    os.environ.setdefault("FLASK_SKIP_DOTENV", "1")
    cli.main(prog_name="kontor")
