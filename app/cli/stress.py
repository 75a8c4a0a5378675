"""`kontor stress bookings`: a thousand customers at once against the real server, and whether anything got lost."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import click
from flask.cli import AppGroup
from sqlalchemy import ARRAY, BigInteger, String, cast, func, select

from app.bookings.jobs import WRITE_CONFIRMATION
from app.bookings.models import Booking
from app.cli.load import Reply, Request, flood, percentile
from app.cli.output import Output, speaking
from app.jobs.choices import about_any
from app.jobs.models import Job
from app.kernel import clock, ids
from app.kernel.config import settings
from app.kernel.db import db, end_reading
from app.kernel.tenancy import across_businesses
from app.messaging.models import EmailAttempt, EmailLog, EmailState
from app.messaging.providers.choice import has_outside_provider

group = AppGroup("stress", help="Load for a running server, with a count at the end.")
_ON_ITS_WAY = (EmailState.QUEUED, EmailState.SENDING)


@dataclass
class Toll:
    """What was asked, what was acknowledged, and what is there."""

    asked: int
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    booked: list[str] = field(default_factory=list)
    there: dict[str, int] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
    sent_twice: int = 0
    mail_seconds: float = 0.0

    @property
    def sent(self) -> int:
        """Mails that are on their way no more, and did not fail."""
        return sum(count for state, count in self.mails.items() if state not in (*_ON_ITS_WAY, EmailState.FAILED))

    def losses(self) -> list[str]:
        """Everything that is not as it should be, in words."""
        found = [f"{count} answers were {status or 'none'}" for status, count in self.statuses.items() if status != 201]
        for what, count in self.there.items():
            if count != len(self.booked):
                found.append(f"{count} {what} for {len(self.booked)} acknowledged bookings")
        if self.booked and self.sent != len(self.booked):
            found.append(f"{len(self.booked) - self.sent} mails were not sent")
        if self.sent_twice:
            found.append(f"{self.sent_twice} mails were sent twice")
        return found

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        return {
            "asked": self.asked,
            "acknowledged": len(self.booked),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "seconds": round(self.seconds, 3),
            "perSecond": round(len(self.booked) / self.seconds, 1) if self.seconds else 0.0,
            "milliseconds": {name: percentile(self.latencies, share) for name, share in _SHARES.items()},
            "there": self.there,
            "mails": self.mails,
            "sentTwice": self.sent_twice,
            "mailSeconds": round(self.mail_seconds, 1),
            "lost": self.losses(),
        }


_SHARES = {"p50": 50, "p95": 95, "p99": 99, "max": 100}


@group.command("bookings")
@click.option("--count", default=1_000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--concurrency", default=1_000, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--url", help="Where the server is; BASE_URL if left out.")
@click.option("--patience", default=60.0, show_default=True, help="Seconds to wait for a mail when none moves.")
@click.option("--yes", is_flag=True, help="Although this is production, or a real provider would carry the mails.")
@speaking
def bookings(out: Output, *, count: int, concurrency: int, url: str | None, patience: float, yes: bool) -> None:
    """Book from distinct customers at once; then see that all rows are there and each mail is sent once."""
    origin = (url or settings().base_url).rstrip("/")
    if not urlsplit(origin).hostname:
        raise click.UsageError("--url is an address like http://localhost:8000")
    if not yes:
        _refuse_real_ones()
    toll = Toll(asked=count)
    _book(toll, out, origin, concurrency)
    _look(toll)
    if toll.there.get("bookings"):
        _wait_for_mails(toll, out, patience)
    out.result(toll.as_json(), _in_lines(toll))
    if toll.losses():
        raise SystemExit(1)


def _refuse_real_ones() -> None:
    is_stand_in = urlsplit(settings().resend_base_url).hostname in ("127.0.0.1", "localhost")
    if settings().is_production:
        raise click.ClickException("This is production: the bookings would be real ones. Add --yes if that is meant.")
    if has_outside_provider() and not is_stand_in:
        raise click.ClickException("A real provider would carry the mails. RUN_MODE=dry holds them; --yes sends them.")


def _book(toll: Toll, out: Output, origin: str, concurrency: int) -> None:
    run = ids.public_id()[:6]
    day = (clock.today("Europe/Stockholm") + timedelta(days=30)).isoformat()
    requests = [Request("POST", "/api/v1/booking", _order(run, number, day)) for number in range(toll.asked)]
    with out.progress(f"Booking {toll.asked} times, {concurrency} at once", toll.asked) as advance:
        began = clock.monotonic()
        replies = flood(origin, requests, at_once=concurrency, done=advance)
        toll.seconds = clock.monotonic() - began
    _note(toll, replies)


def _note(toll: Toll, replies: Iterable[Reply]) -> None:
    for reply in replies:
        toll.statuses[reply.status] += 1
        toll.latencies.append(reply.seconds)
        if reply.status == 201:
            toll.booked.append(json.loads(reply.body)["bookingId"])


def _order(run: str, number: int, day: str) -> bytes:
    """A customer whom nobody else is; the addresses differ, so that no cache helps."""
    return json.dumps(
        {
            "name": f"Stress {number + 1}",
            "email": f"stress-{run}-{number}@post.example",
            "phone": f"070-174 06 {number % 95 + 5:02}",
            "fromAddress": f"Linnégatan {number % 88 + 1}, 413 04 Göteborg",
            "toAddress": f"Strandvägen {number % 24 + 1}, 442 31 Kungälv",
            "date": day,
            "time": "08:00",
            "size": "3 rooms",
        },
        ensure_ascii=False,
    ).encode()


def _mine(toll: Toll) -> Any:
    return Booking.public_id == func.any(cast(toll.booked, ARRAY(String)))


def _look(toll: Toll) -> None:
    """Count what the acknowledged bookings left in the database."""
    with across_businesses():
        found = db.session.execute(select(Booking.id, Booking.customer_id).where(_mine(toll))).all()
        markers = cast([f"booking:{row.id}" for row in found], ARRAY(String))
        logged = select(func.count()).where(EmailLog.about.overlap(markers), EmailLog.resend_of_id.is_(None))
        wished = about_any([f"booking:{row.id}" for row in found])
        asked = select(func.count()).where(wished, Job.kind == WRITE_CONFIRMATION.name)
        toll.there = {
            "bookings": len(found),
            "customers": len({row.customer_id for row in found}),
            "log rows": db.session.scalar(logged) or 0,
            "jobs": db.session.scalar(asked) or 0,
        }
    end_reading()


def _wait_for_mails(toll: Toll, out: Output, patience: float) -> None:
    began = moved = clock.monotonic()
    with across_businesses():
        numbers = db.session.scalars(select(Booking.id).where(_mine(toll))).all()
        about = EmailLog.about.overlap(cast([f"booking:{number}" for number in numbers], ARRAY(String)))
        mails = db.session.scalars(select(EmailLog.id).where(about, EmailLog.resend_of_id.is_(None))).all()
        end_reading()
        ours = cast(list(mails), ARRAY(BigInteger))
        with out.progress("Waiting for the mails", len(mails)) as advance:
            before = 0
            while True:
                states = (
                    select(EmailLog.state, func.count()).where(EmailLog.id == func.any(ours)).group_by(EmailLog.state)
                )
                toll.mails = {row[0]: row[1] for row in db.session.execute(states)}
                end_reading()
                over = sum(count for state, count in toll.mails.items() if state not in _ON_ITS_WAY)
                if over > before:
                    advance(over - before)
                    before, moved = over, clock.monotonic()
                if over == len(mails) or clock.monotonic() - moved > patience:
                    break
                clock.sleep(0.5)
        toll.mail_seconds = clock.monotonic() - began
        tries = (
            select(EmailAttempt.email_id)
            .where(EmailAttempt.email_id == func.any(ours), EmailAttempt.outcome == "sent")
            .group_by(EmailAttempt.email_id)
            .having(func.count() > 1)
        )
        toll.sent_twice = len(db.session.scalars(tries).all())
        end_reading()


def _states(ours: Any) -> dict[str, int]:
    states = select(EmailLog.state, func.count()).where(EmailLog.id == func.any(ours)).group_by(EmailLog.state)
    found = {row[0]: row[1] for row in db.session.execute(states)}
    end_reading()
    return found


def _in_lines(toll: Toll) -> list[str]:
    made = toll.as_json()
    times = ", ".join(f"{name} {value:.0f} ms" for name, value in made["milliseconds"].items())
    there = ", ".join(f"{count} {what}" for what, count in toll.there.items())
    mails = ", ".join(f"{count} {state}" for state, count in toll.mails.items()) or "none"
    lines = [
        (f"{made['acknowledged']} of {toll.asked} bookings acknowledged in {toll.seconds:.2f} s:"
        f" {made['perSecond']} a second, {times}"),
        f"there: {there}",
        f"mails: {mails}, {toll.sent_twice} sent twice, {toll.mail_seconds:.1f} s after the last answer",
    ]  # fmt: skip
    return [*lines, *(f"LOST: {words}" for words in toll.losses())] if toll.losses() else [*lines, "Nothing was lost."]
