"""Bookings over a year, whatever customers, office, clocks and providers do: no overlap, all told, nobody twice.

Short runs begin where something may go wrong: before a change of the clocks, in plain days, at the turn of the year.
`test_a_whole_year` goes on until the year is over.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import select, text

from app.bookings import follow_up, lifecycle, own_changes, telling
from app.bookings.models import MOVES, OPEN, Booking, BookingState
from app.customers.models import Customer
from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Refusal
from app.kernel.events import Event
from app.messaging import outbox
from app.messaging.models import EmailLog
from tests.make import a_day_ahead, make_booking, make_crew
from tests.messaging.texting import STOCKHOLM, move_clock_to

ZONE = "Europe/Stockholm"
BEGINNINGS = ((2, 20), (3, 24), (10, 20), (12, 27))
HOURS, AHEAD = (7, 8, 10, 13, 16), range(1, 9)
RUNS, STEPS = 4, 60
#: How many bookings are looked at again and again: the older ones are long over.
FRESH = 12
KINDS = ("booking_received", "booking_changed", "booking_cancelled", "booking_reminder", "booking_follow_up")
WENT_OUT = ("sent", "delivered", "opened")


@dataclass
class Known:
    """What the model knows of a booking: when it came in, and what its customer ought to have heard of."""

    since: datetime
    changed_at: datetime | None = None
    changes_told: int = 0
    cancelled_told: int = 0
    done_at: datetime | None = None


class Year:
    """Customers, an office with two crews, a mail provider, and time."""

    def __init__(self, run_jobs: Callable[[], int], seed: int) -> None:
        self.run_jobs, self.chance = run_jobs, Random(seed)
        self.known: dict[int, Known] = {}
        self.seen = 0
        empty()
        clock.reset()
        move_clock_to(datetime(clock.now().year + 1, *BEGINNINGS[seed % len(BEGINNINGS)], 9, tzinfo=STOCKHOLM))
        self.crews = [make_crew("Crew 1"), make_crew("Crew 2")]

    def step(self) -> None:
        """Somebody does something, as it comes."""
        draw, known = self.chance, list(self.known)[-5:]
        days, hour, booking = draw.choice(AHEAD), draw.choice(HOURS), draw.choice(known) if known else 0
        doings: list[tuple[int, Callable[[], object]]] = [
            (3 if booking else 99, lambda: self.customer_books(days, hour))
        ]
        if booking:
            states = [one for one in BookingState if one != BookingState.CANCELLED]
            plays = ["deliver", "deliver", "open", "bounce", "complain"]
            doings += [
                (3, lambda: self.customer_moves(booking, days, hour)),
                (2, lambda: self.customer_wavers(booking, days, hour)),
                (1, lambda: self.customer_cancels(booking)),
                (3, lambda: self.office_moves(booking, days, hour, draw.random() < 0.6)),
                (3, lambda: self.office_assigns(booking, draw.randrange(2))),
                (2, lambda: self.office_says(booking, draw.choice(states))),
                (2, lambda: self.crew_does_it(booking)),
                (1, lambda: self.office_cancels(booking)),
                (1, lambda: self.provider_says(booking, draw.choice(plays))),
                (3, lambda: self.minutes_pass(draw.randint(1, 12))),
                (5, lambda: self.days_pass(draw.randint(1, 4))),
            ]
        draw.choices([doing for _often, doing in doings], [often for often, _doing in doings])[0]()
        db.session.rollback()
        self.nothing_overlaps()
        self.every_step_is_in_the_table()

    def customer_books(self, days: int, hour: int) -> int:
        made = make_booking(date=a_day_ahead(days).isoformat(), time=f"{hour:02}:00")
        self.known[made.id] = Known(clock.now())
        return made.id

    def customer_moves(self, booking: int, days: int, hour: int) -> None:
        was, then = the(booking).starts_at, clock.wall_time(a_day_ahead(days), hour, 0, ZONE)
        if tried(partial(own_changes.reschedule, booking, then)) and then != was:
            self.known[booking].changed_at = clock.now()

    def customer_wavers(self, booking: int, days: int, hour: int) -> None:
        self.customer_moves(booking, days, hour)
        self.customer_moves(booking, days + 1, hour)

    def customer_cancels(self, booking: int) -> None:
        self.cancel(booking, own_changes.cancel)

    def office_moves(self, booking: int, days: int, hour: int, tell: bool) -> None:
        now, then = the(booking), clock.wall_time(a_day_ahead(days), hour, 0, ZONE)
        length, was, known = now.ends_at - now.starts_at, now.starts_at, self.known[booking]
        change = partial(lifecycle.edit, booking, {"starts_at": then, "ends_at": then + length}, tell=tell)
        if tried(change) and then != was and (tell or known.changed_at):
            known.changed_at = clock.now()

    def office_assigns(self, booking: int, crew: int) -> None:
        tried(partial(lifecycle.assign, booking, self.crews[crew].id))

    def office_says(self, booking: int, state: BookingState) -> None:
        was = the(booking).state
        if tried(partial(lifecycle.move, booking, state)) and state == BookingState.DONE != was:
            self.known[booking].done_at = clock.now()

    def crew_does_it(self, booking: int) -> None:
        for state in (BookingState.CONFIRMED, BookingState.IN_PROGRESS, BookingState.DONE):
            self.office_says(booking, state)

    def office_cancels(self, booking: int) -> None:
        self.cancel(booking, lifecycle.cancel)

    def cancel(self, booking: int, verb: Callable[[int], Booking]) -> None:
        was = the(booking).state
        if tried(partial(verb, booking)) and was != BookingState.CANCELLED:
            self.known[booking].cancelled_told += 1

    def provider_says(self, booking: int, act: str) -> None:
        mails = [mail for mail in mails_of(booking) if mail.state in WENT_OUT]
        if mails:
            for _twice in range(2):
                tried(partial(outbox.play, mails[-1].id, act))

    def minutes_pass(self, minutes: int) -> None:
        clock.forward(minutes=minutes)
        self.work()

    def days_pass(self, days: int) -> None:
        for day in range(1, days + 1):
            today = clock.now().astimezone(STOCKHOLM).date() + timedelta(days=day > 1)
            for hour in (10, 17, 23):
                at = clock.wall_time(today, hour, 5, ZONE)
                if at > clock.now():
                    move_clock_to(at)
                    self.work()

    def work(self) -> None:
        """What the worker does by itself; then each booking's mails are what the model says."""
        db.session.rollback()
        telling.remind()
        self.run_jobs()
        db.session.rollback()
        for number, known in list(self.known.items())[-FRESH:]:
            if known.changed_at and clock.now() >= known.changed_at + telling.SETTLES:
                known.changes_told += the(number).state in OPEN
                known.changed_at = None
            self.mails_are_right(number, known)
        self.seen = max([self.seen, *db.session.scalars(select(EmailLog.id))])

    def mails_are_right(self, number: int, known: Known) -> None:
        booking, mails = the(number), mails_of(number)
        kinds = Counter(mail.kind for mail in mails)
        assert kinds["booking_received"] == 1
        assert kinds["booking_changed"] == known.changes_told
        assert kinds["booking_cancelled"] == known.cancelled_told
        now = clock.now().astimezone(STOCKHOLM)
        day = booking.starts_at.astimezone(STOCKHOLM).date()
        for mail in mails:
            if mail.id > self.seen:
                assert mail.state in ("held", *WENT_OUT)
            if mail.id > self.seen and mail.kind == "booking_reminder":
                assert (now.hour >= 17, now.date() + timedelta(days=1)) == (True, day)
                assert booking.state in OPEN
            if mail.id > self.seen and mail.kind == "booking_follow_up":
                assert known.done_at is not None
                assert (now.hour >= 10, now.date() > known.done_at.astimezone(STOCKHOLM).date()) == (True, True)
        told = Counter(
            mail.created_at.astimezone(STOCKHOLM).date() for mail in mails if mail.kind == "booking_reminder"
        )
        assert max(told.values(), default=1) == 1
        due = telling.reminder_at(booking.starts_at, ZONE)
        if booking.state in OPEN[:3] and known.since < due <= clock.now() and now.date() + timedelta(days=1) == day:
            assert told[due.astimezone(STOCKHOLM).date()] == 1
        assert kinds["booking_follow_up"] <= 1
        if known.done_at is not None and now.hour >= 10 and booking.ends_at > known.done_at - timedelta(days=9):
            is_due = now.date() == known.done_at.astimezone(STOCKHOLM).date() + timedelta(days=1)
            trouble = db.session.scalar(select(Customer.email_trouble).where(Customer.id == booking.customer_id))
            assert not is_due or trouble or kinds["booking_follow_up"] == 1

    def nothing_overlaps(self) -> None:
        rivals = text("""select count(*) from claims a join claims b on a.resource_id = b.resource_id and a.id < b.id
            where a.during && b.during and a.released_at is null and b.released_at is null""")
        assert db.session.execute(rivals).scalar() == 0

    def every_step_is_in_the_table(self) -> None:
        stands = dict.fromkeys(self.known, "received")
        rows = select(Event).where(Event.name.like("booking.%")).order_by(Event.id)
        for fact in db.session.scalars(rows):
            state = fact.detail.get("after", {}).get("state")
            number = next(int(marker[8:]) for marker in fact.about if marker.startswith("booking:"))
            if state is not None and number in stands and state != stands[number]:
                assert state in MOVES[BookingState(stands[number])], (stands[number], state)
                stands[number] = state
        for number, state in stands.items():
            assert the(number).state == state


def empty() -> None:
    """Nothing is left but the business."""
    db.session.rollback()
    db.session.expunge_all()
    names = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables if table.name != "businesses")
    with db.engine.begin() as line:
        line.execute(text("set local kontor.retention = 'on'"))
        line.execute(text(f"truncate {names} restart identity"))


def the(booking: int) -> Booking:
    rows = select(Booking).where(Booking.id == booking).execution_options(populate_existing=True)
    return db.session.scalars(rows).one()


def mails_of(booking: int) -> list[EmailLog]:
    rows = select(EmailLog).where(EmailLog.about.contains([f"booking:{booking}"])).order_by(EmailLog.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def tried(verb: Callable[[], object]) -> bool:
    """Whether the program did it; it may say no."""
    try:
        verb()
    except Refusal:
        db.session.rollback()
        return False
    return True


@pytest.fixture
def quiet(business: Business) -> Iterator[None]:
    """A business in scope, and the clock put right afterwards."""
    yield
    clock.reset()


def go_on(year: Year, number: int) -> None:
    """One step; AssertionError names it."""
    try:
        year.step()
    except AssertionError as fault:
        raise AssertionError(f"step {number}, {clock.now():%d %B %H:%M}: {fault}") from fault


def play(run_jobs: Callable[[], int]) -> Counter[str]:
    """Runs of some weeks each; how many mails of each kind they brought."""
    told: Counter[str] = Counter()
    for seed in range(RUNS):
        year = Year(run_jobs, seed)
        for number in range(STEPS):
            go_on(year, number)
        told.update(db.session.scalars(select(EmailLog.kind)))
    return told


def test_whatever_happens_where_it_may_go_wrong_everybody_hears_what_is_true_and_once(
    quiet: None, run_jobs: Callable[[], int]
) -> None:
    told = play(run_jobs)
    assert min(told[kind] for kind in KINDS) >= 1, told


@pytest.mark.parametrize("guard", ["the day before", "the morning after", "once settled", "by the table"])
def test_without_one_of_its_rules_the_year_goes_wrong(
    quiet: None, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    tell = telling.tell
    match guard:
        case "the day before":
            reminder_at = telling.reminder_at
            monkeypatch.setattr(telling, "reminder_at", lambda *then: reminder_at(*then) - timedelta(days=1))
        case "the morning after":
            monkeypatch.setattr(follow_up, "due_at", lambda done_at, *_more: done_at)
        case "once settled":
            monkeypatch.setattr(telling, "tell", lambda booking_id, of, as_of=None: tell(booking_id, of))
        case _:
            monkeypatch.setattr(Booking, "may_become", lambda _booking, _state: True)
    with pytest.raises(AssertionError):
        play(run_jobs)
