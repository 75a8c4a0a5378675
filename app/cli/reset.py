"""`kontor reset-db`: an empty database with all migrations in it; what was there is gone."""

import click
import flask_migrate
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.cli.output import Output, speaking
from app.kernel.config import settings
from app.kernel.db import db


@click.command("reset-db")
@click.option("--yes", is_flag=True, help="Don't ask.")
@speaking
def reset_db(out: Output, *, yes: bool) -> None:
    """Delete everything in the database and make its tables anew. Refused in production."""
    if settings().is_production:
        raise click.ClickException("This is production: its database is not reset. Restore a backup into a new one.")
    address = make_url(settings().database_url)
    name = f"{address.database} at {address.host or 'this machine'}"
    if not yes:
        click.confirm(f"Delete everything in the database {name}?", abort=True, err=True)
    empty()
    out.step("Making the tables …")
    flask_migrate.upgrade()
    out.result({"database": address.database, "reset": True}, [f"The database {name} is new. Next: kontor seed --demo"])


def empty() -> None:
    """Take everything out of the database, whatever made it."""
    with db.engine.begin() as line:
        line.execute(text("set local statement_timeout = '60s'"))
        line.execute(text("drop schema public cascade"))
        line.execute(text("create schema public"))
    db.engine.dispose()
