"""What a booking costs the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from sqlalchemy import event

from app.kernel.businesses import Business
from app.kernel.db import db
from tests.make import move_body


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects what is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_line: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_booking_takes_one_statement_and_its_commit(client: FlaskClient, business: Business) -> None:
    client.post("/api/v1/booking", json=move_body())
    with statements() as sent:
        assert client.post("/api/v1/booking", json=move_body()).status_code == 201
    print(*sent, sep="\n---\n")
    assert len(sent) == 1, sent
