"""How commands speak: results alone on standard output, everything else beside it, and an exit code that means it."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.kernel import logs
from app.kernel.db import is_away
from app.kernel.errors import Refusal

Command = Callable[..., None]


class Output:
    """What a command says: steps while it works, then its result, as lines or (with `--json`) as one object."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def step(self, words: str) -> None:
        """A line about what is being done; never part of the result."""
        click.echo(words, err=True)

    @contextmanager
    def progress(self, words: str, length: int) -> Iterator[Callable[[int], None]]:
        """A bar on a terminal, one line elsewhere; call what is given with how many more are done."""
        if not sys.stderr.isatty():
            self.step(f"{words} …")
            yield lambda _more: None
            return
        with click.progressbar(length=length, label=words, file=sys.stderr) as bar:
            yield bar.update

    def result(self, made: dict[str, Any], lines: Iterable[str]) -> None:
        """The end: the object for scripts, or its lines for people."""
        if self.as_json:
            click.echo(json.dumps(made, ensure_ascii=False, default=str))
        else:
            for line in lines:
                click.echo(line)


def speaking(command: Command) -> Command:
    """Give a command `--json` and an Output as its first argument; refusals and a lost database end it in one line."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result for scripts.")
    @with_appcontext
    @wraps(command)
    def spoken(*args: Any, as_json: bool, **kwargs: Any) -> None:
        logs_beside_the_result()
        try:
            command(Output(as_json=as_json), *args, **kwargs)
        except Refusal as refusal:
            raise click.ClickException(str(refusal.detail)) from None
        except (DBAPIError, PoolTimeout) as error:
            if isinstance(error, DBAPIError) and not is_away(error):
                raise
            raise click.ClickException(f"The database cannot be used: {first_line(error)}") from None

    return spoken


def first_line(error: BaseException) -> str:
    """What an error says first, without passwords; the statement and its values stay out."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return logs.masked(said.splitlines()[0])


def logs_beside_the_result() -> None:
    """Let logs go to the error output, so that what is printed is the result alone."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
