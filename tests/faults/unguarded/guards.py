"""The guards that can be taken away, by name: the module where each stands, and how it is undone there."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
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


@off("look before resending", "app.messaging.sms_delivery")
def never_look(sms_delivery: ModuleType) -> None:
    """A lost answer is taken for a refusal."""
    sms_delivery._is_found = lambda sms_id, lost, provider: False


@off("minute of patience", "app.messaging.sms_delivery")
def look_once(sms_delivery: ModuleType) -> None:
    """What the provider does not list within two seconds is taken for lost."""
    sms_delivery.LOOKED_FOR = timedelta(seconds=2)


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

    def write(orders: list[dict[str, Any]]) -> Any:
        _a_moment_later(rows.db, rows._BOOK, _given(orders))
        return [rows.Written(0, 0, order["customer_public_id"], False, 0, "queued", "") for order in orders]

    rows.write = write


@off("one transaction", "app.bookings.rows")
def write_the_job_apart(rows: ModuleType) -> None:
    """A booking's job is written a moment after the booking, in a transaction of its own."""
    whole = rows._BOOK.text
    book = rows.text(whole[: whole.index("), asked as (")] + whole[whole.index("), facts as (") :])
    ask = rows.text("""
        insert into jobs (business_id, public_id, queue, lane, kind, payload, about, state, attempts, lost_leases,
          run_at, patient_since, words, machine_words, code, seen, note, request_id, created_at)
        select business_id, job_public_id, queue, lane, job_kind,
          jsonb_build_object('email_id', email_id, 'booking_id', booking_id),
          array['booking:' || booking_id]::varchar[], 'queued', 0, 0, now, now, '', '', '', false, '', request_id, now
        from jsonb_to_recordset(cast(:orders as jsonb)) as g(business_id bigint, job_public_id text, queue text,
          lane text, job_kind text, email_id bigint, booking_id bigint, request_id text, now timestamptz)""")

    def write(orders: list[dict[str, Any]]) -> Any:
        found = [rows.Written(*row) for row in rows.db.session.execute(book, _given(orders))]
        jobs = [
            order | {"email_id": made.email_id, "booking_id": made.booking_id}
            for order, made in zip(orders, found, strict=True)
        ]
        _a_moment_later(rows.db, ask, _given(jobs))
        return found

    rows.write = write


def _given(orders: list[dict[str, Any]]) -> dict[str, str]:
    placed = [order | {"place": place} for place, order in enumerate(orders)]
    return {"orders": json.dumps(placed, default=str)}


def _a_moment_later(db: Any, statement: Any, values: dict[str, Any]) -> None:
    engine = db.engine

    def execute() -> None:
        time.sleep(0.3)
        with engine.begin() as line:
            line.execute(statement, values)

    threading.Thread(target=execute, daemon=True).start()


@off("idempotency lock", "app.web.idempotency")
def lock_nothing(idempotency: ModuleType) -> None:
    """The same key may be at work any number of times at once."""
    from sqlalchemy import literal  # noqa: PLC0415  # not before the program itself has loaded it

    idempotency.func = type("Functions", (), {"pg_try_advisory_xact_lock": staticmethod(lambda _: literal(True))})


@off("first come", "app.jobs.schedule")
def everybody_asks(schedule: ModuleType) -> None:
    """Whoever sees that a periodic job is due asks for it."""

    def ask(found: Any) -> int:
        now = schedule.clock.now()
        mine = schedule.PeriodicJob.name == found.name
        with schedule.transaction():
            if schedule.db.session.scalar(schedule.select(schedule.PeriodicJob.next_run).where(mine)) > now:
                return 0
            moved = {"last_run": now, "next_run": found.next_after(now)}
            schedule.change(schedule.update(schedule.PeriodicJob).where(mine).values(**moved))
            schedule.enqueue(found.kind, shared=True)
        return 1

    schedule._ask_if_due = ask


@off("harmless handlers", "tasks.handlers")
def kill_the_worker(_: ModuleType) -> None:
    """There are jobs that take their worker with them."""
    from app.jobs.kinds import JobKind, handles  # noqa: PLC0415  # not before the program itself has loaded it

    @handles(JobKind("tests.kill", queue="mail"))
    def kill() -> None:
        _die()


@off("count of lost leases", "app.jobs.claims")
def never_poison(claims: ModuleType) -> None:
    """A job may be lost for ever, and is taken again at once."""
    claims.MOST_LOST_LEASES = 1_000
    claims._LOST = claims.text(claims._LOST.text.replace("lost_leases * 5 + random() * 2", "0"))


@off("fair turns", "app.jobs.claims")
def first_come_first_served(claims: ModuleType) -> None:
    """The oldest job is next, whoever it belongs to."""
    whole = claims._CLAIM.text
    heads = """
      with heads as (select id from jobs where state = 'queued' and lane = :lane and run_at <= :now
        and lost_leases < :lost_below and :near > 0 order by run_at, id limit :most for update skip locked)
    """
    claims._CLAIM = claims.text(heads + whole[whole.index("update jobs set state = 'running'") :])


@off("long patience", "app.kernel.wire")
def wait_for_a_second(wire: ModuleType) -> None:
    """An outside service has one second to answer."""
    _connect, _read, *rest = wire.Limits.__init__.__defaults__
    wire.Limits.__init__.__defaults__ = (3.0, 1.0, *rest)


@off("time limits", "app.kernel.wire")
def wait_for_ever(wire: ModuleType) -> None:
    """An outside service has an hour to answer."""
    _connect, _read, _total, *rest = wire.Limits.__init__.__defaults__
    wire.Limits.__init__.__defaults__ = (3.0, 3600.0, 3600.0, *rest)


@off("streams that end", "app.live.views")
def never_stopping(views: ModuleType) -> None:
    """Streams do not ask whether their worker is to stop."""
    views.Serving.is_stopping = classmethod(lambda cls: False)


@off("rest", "app.jobs.run")
def leave_at_once(run: ModuleType) -> None:
    """The worker waits for Huey's threads alone."""
    run.Hands.rest = lambda self, patience: None


@off("looking without a bell", "app.live.hub")
def wait_for_the_bell(hub: ModuleType) -> None:
    """The reader of events looks only when Redis rings."""

    class Deaf(hub.Hub):  # type: ignore[misc,name-defined]  # a class of the module at hand
        """Waits as long as it takes."""

        def _run(self) -> None:
            look = self._look
            self._look = type("Bell", (), {"wait": lambda _, __=0: look.wait(), "clear": look.clear, "set": look.set})()
            super()._run()

    hub.Hub = Deaf


@off("replay", "app.live.views")
def forget_what_was_missed(views: ModuleType) -> None:
    """Whoever comes back hears only what is new."""
    views.missed_since = lambda last_id, listener: []


@off("gaps", "app.live.hub")
def forget_gaps(hub: ModuleType) -> None:
    """An id that was passed over is not looked for again."""
    hub.MOST_GAPS = 0


@off("counting in memory", "app.web.limits")
def count_in_redis_alone(limits: ModuleType) -> None:
    """Requests are counted in Redis or not at all."""
    limits.limiter._in_memory_fallback_enabled = False
    limits.limiter._swallow_errors = False


@off("life before a claim", "app.jobs.claims")
def die_before_a_claim(claims: ModuleType) -> None:
    """The worker dies when it is about to take a job."""
    claims.claim = lambda *_, **__: _die()


@off("life after a claim", "app.jobs.outcomes")
def die_after_a_claim(outcomes: ModuleType) -> None:
    """The worker dies with a job in hand that it has not begun."""
    outcomes.attempt = lambda *_, **__: _die()


@off("life after the call", "app.messaging.delivery")
def die_after_the_call(delivery: ModuleType) -> None:
    """The worker dies when the provider has said that it has the mail."""
    delivery._note_sent = lambda *_, **__: _die()


@off("life after the letter", "app.bookings.confirmation")
def die_after_the_letter(confirmation: ModuleType) -> None:
    """The worker dies when a confirmation is written and nobody has been asked to send it."""
    confirmation.ask_to_send = lambda *_, **__: _die()


@off("life before the end", "app.jobs.claims")
def die_before_the_end(claims: ModuleType) -> None:
    """The worker dies when a job is done and that is still to be noted."""
    claims.finish = lambda *_, **__: _die()


@off("lock of the car", "app.fleet.claims")
def look_without_a_lock(claims: ModuleType) -> None:
    """Whoever wants a car's time looks at it, thinks for a moment, and takes it."""
    look = claims.overlapping

    def slowly(*given: Any) -> Any:
        found = look(*given)
        time.sleep(1)
        return found

    claims.lock = lambda model, row_id: claims.db.session.get(model, row_id)
    claims.overlapping = slowly


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal is on its way
