"""How migrations run: one at a time, in one transaction, against the program's own models."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from app.kernel.db import db

#: Any number; two releases that start together wait for one another under it.
MIGRATING = 7_264_051


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return not (kind == "table" and name == "alembic_version")


def run() -> None:
    """Bring the database up to date."""
    with db.engine.connect() as connection:
        connection.execute(
            text("set statement_timeout = 0; set lock_timeout = '60s'; set idle_in_transaction_session_timeout = 0")
        )
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=_is_ours,
            compare_server_default=False,
            transaction_per_migration=False,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            connection.execute(text(f"select pg_advisory_xact_lock({MIGRATING})"))
            context.run_migrations()
        connection.commit()


run()
