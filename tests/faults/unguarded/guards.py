"""The guards that can be taken away, by name: the module where each stands, and how it is undone there."""

import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

OFF: dict[str, tuple[str, Callable[[ModuleType], None]]] = {}


def off(name: str, module: str) -> Callable[[Callable[[ModuleType], None]], Callable[[ModuleType], None]]:
    """The decorated function takes the guard of that name away from the module."""

    def register(change: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
        OFF[name] = (module, change)
        return change

    return register


@off("idempotency key", "app.messaging.providers.resend")
def send_without_key(resend: ModuleType) -> None:
    """Each try is another mail to the provider."""
    post = resend.Outside.post

    def keyless(self: object, path: str, **request: object) -> object:
        request.pop("headers", None)
        return post(self, path, **request)

    resend.Outside.post = keyless


@off("lost leases", "app.jobs.claims")
def never_take_back(claims: ModuleType) -> None:
    """What a killed worker had in hand stays there."""
    claims.take_back_lost = lambda: 0


@off("sweep", "app.jobs.sweep")
def never_offer(sweep: ModuleType) -> None:
    """Jobs are done only when a bell rings for them."""
    sweep.Sweep._offer = lambda self: None


@off("away", "app.web.errors")
def never_away(errors: ModuleType) -> None:
    """A database that is away is an error like any other."""
    errors.is_away = lambda error: False


@off("commit before the answer", "app.bookings.rows")
def answer_first(rows: ModuleType) -> None:
    """A booking is answered at once and written a moment later."""

    def write(values: dict[str, Any]) -> Any:
        _a_moment_later(rows.db, rows._BOOK, values)
        return rows.Written(0, 0, values["customer_public_id"], False, 0, "queued", "")

    rows.write = write


@off("one transaction", "app.bookings.rows")
def write_the_job_apart(rows: ModuleType) -> None:
    """A booking's job is written a moment after the booking, in a transaction of its own."""
    whole = rows._BOOK.text
    book = rows.text(whole[: whole.index("), asked as (")] + whole[whole.index("), facts as (") :])
    book = book.bindparams(*(rows._BOOK._bindparams[name] for name in ("extras", "search", "held_words")))
    ask = rows.text("""
        insert into jobs (business_id, public_id, queue, lane, kind, payload, about, state, attempts, lost_leases,
          run_at, patient_since, words, machine_words, code, seen, note, request_id, created_at)
        values (:business_id, :job_public_id, :queue, :lane, :job_kind,
          jsonb_build_object('email_id', cast(:email_id as int), 'booking_id', cast(:booking_id as int)),
          array['booking:' || cast(:booking_id as int)]::varchar[], 'queued', 0, 0, :now, :now, '', '', '', false, '',
          :request_id, :now)""")

    def write(values: dict[str, Any]) -> Any:
        written = rows.Written(*rows.db.session.execute(book, values).one())
        _a_moment_later(rows.db, ask, values | {"email_id": written.email_id, "booking_id": written.booking_id})
        return written

    rows.write = write


def _a_moment_later(db: Any, statement: Any, values: dict[str, Any]) -> None:
    engine = db.engine

    def execute() -> None:
        time.sleep(0.3)
        with engine.begin() as line:
            line.execute(statement, values)

    threading.Thread(target=execute, daemon=True).start()
