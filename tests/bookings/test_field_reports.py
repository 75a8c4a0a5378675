"""What is said about jobs from the phone: once, in order, by those whose jobs they are."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.bookings import field_day, field_reports, lifecycle
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.field_reports import NotNow
from app.bookings.models import Booking, BookingState
from app.customers import erasure
from app.customers.models import Customer
from app.fleet import crews
from app.identity.models import Membership
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.kernel.events import Event
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_booking, make_crew
from tests.settings.pictures import png

SIGNED = "data:image/png;base64," + base64.b64encode(png(600, 240)).decode()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def early(clock: Any) -> Any:
    """Three in the morning, so that all of today is still to come."""
    morning = clock.now().replace(hour=3, minute=0) + timedelta(days=1)
    clock.forward(seconds=(morning - clock.now()).total_seconds())
    return clock


@pytest.fixture
def ali(business: Business, early: Any) -> Membership:
    """A mover in the first crew."""
    member = make_member("ali@majorna.example", Role.DRIVER, "Ali Hassan")
    crews.set_members(make_crew("Crew 1").id, [member.user.public_id])
    return member


@pytest.fixture
def job(ali: Membership) -> Booking:
    """A job of today, given to the first crew."""
    return given(1)


def given(crew_id: int, time: str = "12:00") -> Booking:
    made = make_booking(date=a_day_ahead(0).isoformat(), time=time)
    return lifecycle.assign(made.id, crew_id)


def say(job: Booking, member: Membership, kind: str, key: str = "", **more: Any) -> FieldReport:
    said = ReportOrder.model_validate(
        {"kind": kind, "key": key or f"press-{kind}".replace("_", "-"), **more}, strict=False
    )
    return field_reports.report(job.id, said, member.user_id)


def facts(name: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Event).where(Event.name == name)) or 0


def state_of(job: Booking) -> str:
    db.session.rollback()
    return db.session.scalars(select(Booking.state).where(Booking.id == job.id)).one()


def test_a_job_goes_from_on_the_way_to_done(job: Booking, ali: Membership, early: Any) -> None:
    say(job, ali, "on_the_way")
    assert (state_of(job), facts("booking.on_the_way")) == ("assigned", 1)
    say(job, ali, "started")
    assert state_of(job) == "in_progress"
    early.forward(hours=2, minutes=5)
    say(job, ali, "done")
    assert state_of(job) == "done"
    day = field_day.day_of(crews.resources_of(ali.user_id), set())
    assert [(one.at, day.done, day.minutes) for one in day.jobs] == [("done", 1, 125)]


def test_what_is_sent_twice_counts_once(job: Booking, ali: Membership) -> None:
    first = say(job, ali, "note", "note-key-1", words="Door code 4471")
    assert say(job, ali, "note", "note-key-1", words="Door code 4471").id == first.id
    assert facts("booking.noted") == 1
    # Another key is another note: the key is what keeps it single.
    assert say(job, ali, "note", "note-key-2", words="Door code 4471").id != first.id
    assert facts("booking.noted") == 2


def test_a_key_stands_for_one_thing_only(job: Booking, ali: Membership) -> None:
    say(job, ali, "on_the_way", "one-key-for-all")
    with pytest.raises(Invalid):
        say(job, ali, "started", "one-key-for-all")


def test_on_my_way_is_told_once_whoever_of_the_crew_presses(job: Booking, ali: Membership) -> None:
    eva = make_member("eva@majorna.example", Role.DRIVER, "Eva Ek")
    crews.set_members(1, [ali.user.public_id, eva.user.public_id])
    say(job, ali, "on_the_way", "first-press")
    say(job, ali, "on_the_way", "second-press")
    say(job, eva, "on_the_way", "of-another-phone")
    assert facts("booking.on_the_way") == 1


def test_on_my_way_that_comes_late_tells_nobody(job: Booking, ali: Membership, early: Any) -> None:
    said_at = early.now() - timedelta(minutes=31)
    report = say(job, ali, "on_the_way", said_at=said_at)
    assert facts("booking.on_the_way") == 0
    assert report.said_at == said_at


def test_a_phone_whose_clock_is_wrong_says_nothing_of_the_future(job: Booking, ali: Membership, early: Any) -> None:
    assert say(job, ali, "note", words="Hello", said_at=early.now() + timedelta(hours=3)).said_at <= early.now()


def test_steps_out_of_order_are_refused(job: Booking, ali: Membership) -> None:
    with pytest.raises(NotNow):
        say(job, ali, "done")
    with pytest.raises(NotNow):
        say(job, ali, "extra", words="Packing", minutes=120, signed_by="Anna Lindqvist")
    say(job, ali, "started")
    with pytest.raises(NotNow):
        say(job, ali, "on_the_way")
    with pytest.raises(NotNow):
        say(job, ali, "cannot", words="Ill")
    lifecycle.cancel(job.id)
    with pytest.raises(NotFound):
        say(job, ali, "done")


def test_only_whoever_has_the_job_speaks_of_it(job: Booking, ali: Membership) -> None:
    stranger = make_member("bo@majorna.example", Role.DRIVER, "Ali Hassan")
    with pytest.raises(NotFound):
        say(job, stranger, "on_the_way")
    assert field_day.day_of(crews.resources_of(stranger.user_id), set()).jobs == []


def test_who_cannot_gives_it_back_to_the_office(job: Booking, ali: Membership) -> None:
    say(job, ali, "cannot", words="The van is broken")
    assert state_of(job) == "confirmed"
    assert facts("booking.noted") == 1
    with pytest.raises(NotFound):
        say(job, ali, "started")
    # Sent again because the answer was lost: nothing more happens.
    say(job, ali, "cannot", words="The van is broken")
    assert facts("booking.noted") == 1


def test_what_was_said_before_it_was_given_anew_does_not_count(job: Booking, ali: Membership, early: Any) -> None:
    say(job, ali, "on_the_way", "before-it-was-taken")
    early.forward(minutes=1)
    lifecycle.move(job.id, BookingState.CONFIRMED)
    lifecycle.assign(job.id, 1)
    day = field_day.day_of(crews.resources_of(ali.user_id), set())
    assert [one.at for one in day.jobs] == ["assigned"]
    say(job, ali, "on_the_way", "after-it-was-given")
    assert facts("booking.on_the_way") == 2


def test_the_checklist_keeps_what_was_ticked_last(job: Booking, ali: Membership) -> None:
    say(job, ali, "ticked", "tick-keys-1", words="keys")
    say(job, ali, "ticked", "tick-shown", words="shown")
    say(job, ali, "unticked", "tick-keys-2", words="keys")
    day = field_day.day_of(crews.resources_of(ali.user_id), set())
    assert day.jobs[0].ticked == {"shown"}
    with pytest.raises(Invalid):
        say(job, ali, "ticked", "tick-nothing", words="no such thing")


def test_tomorrow_and_the_order_of_the_day_are_shown(job: Booking, ali: Membership) -> None:
    early_job = given(1, "07:00")
    following = make_booking(date=a_day_ahead(1).isoformat(), time="09:00")
    lifecycle.assign(following.id, 1)
    day = field_day.day_of(crews.resources_of(ali.user_id), set())
    assert [one.booking.id for one in day.jobs] == [early_job.id, job.id]
    assert [one.id for one in day.tomorrow] == [following.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "flown", "key": "long-enough"},
        {"kind": "note", "key": "short", "words": "x"},
        {"kind": "note", "key": "long-enough"},
        {"kind": "extra", "key": "long-enough", "words": "Packing", "minutes": 60},
        {"kind": "extra", "key": "long-enough", "words": "Packing", "signedBy": "Anna"},
        {"kind": "extra", "key": "long-enough", "words": "Packing", "minutes": 5, "signedBy": "Anna"},
        {"kind": "extra", "key": "long-enough", "words": "Packing", "minutes": 60, "signedBy": "Anna",
         "signature": "data:image/svg+xml;base64,PHN2Zz4="},
        {"kind": "extra", "key": "long-enough", "words": "Packing", "minutes": 60, "signedBy": "Anna",
         "signature": "data:image/png;base64," + base64.b64encode(b"<svg>no picture</svg>").decode()},
        {"kind": "extra", "key": "long-enough", "words": "Packing", "minutes": 60, "signedBy": "Anna",
         "signature": "data:image/png;base64," + base64.b64encode(png(2400, 2)).decode()},
        {"kind": "done", "key": "long-enough", "userId": 1},
    ],
)  # fmt: skip
def test_odd_words_are_refused_by_field(job: Booking, client: FlaskClient, wrong: dict[str, Any]) -> None:
    mover = Browser(client)
    mover.sign_in("ali@majorna.example")
    assert mover.post(f"/driver/{job.reference}/report", wrong, headers=HTMX).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(FieldReport)) == 0


def test_the_office_sees_extra_work_and_who_signed_it(job: Booking, client: FlaskClient, app: Any) -> None:
    mover = Browser(client)
    mover.sign_in("ali@majorna.example")
    place = f"/driver/{job.reference}/report"
    assert mover.post(place, {"kind": "started", "key": "press-started"}).status_code == 303
    extra = {"kind": "extra", "key": "press-extra", "words": "Packing", "minutes": "120", "signedBy": "Anna Lindqvist"}
    assert mover.post(place, extra | {"signature": SIGNED}, headers=HTMX).status_code == 200
    assert "Packing, 2 h, signed by Anna Lindqvist" in mover.get("/driver").text

    make_member("ada@majorna.example", Role.OWNER)
    office = Browser(app.test_client())
    office.sign_in()
    page = office.get(f"/admin/bookings/{job.reference}").text
    assert "Packing, 2 h" in page
    assert "Extra work agreed" in page
    report = db.session.scalars(select(FieldReport).where(FieldReport.kind == Kind.EXTRA)).one()
    picture = office.get(f"/admin/bookings/{job.reference}/signature/{report.public_id}")
    assert (picture.data, picture.content_type) == (png(600, 240), "image/png")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert mover.get(f"/admin/bookings/{job.reference}/signature/{report.public_id}").status_code == 403


def test_another_ones_job_looks_like_none(job: Booking, client: FlaskClient) -> None:
    make_member("bo@majorna.example", Role.DRIVER, "Bo Ek")
    stranger = Browser(client)
    stranger.sign_in("bo@majorna.example")
    said = {"kind": "on_the_way", "key": "press-on-my-way"}
    theirs, none = (
        stranger.post(f"/driver/{name}/report", said, headers=HTMX) for name in (job.reference, "ZZZZ-ZZZZ")
    )
    assert (theirs.status_code, theirs.text) == (none.status_code, none.text) == (404, "")


def test_what_was_signed_is_erased_with_the_customer_and_the_hours_stay(job: Booking, ali: Membership) -> None:
    say(job, ali, "started")
    say(job, ali, "extra", words="Packing for Anna", minutes=60, signed_by="Anna Lindqvist", signature=SIGNED)
    say(job, ali, "done")
    db.session.rollback()
    customer_id = db.session.scalars(select(Booking.customer_id).where(Booking.id == job.id)).one()
    customer = db.session.scalars(select(Customer).where(Customer.id == customer_id)).one()
    assert "Packing for Anna" in str(erasure.held_about(customer)["field_reports"])
    erasure.erase(customer_id)
    db.session.rollback()
    assert "Packing for Anna" not in str(db.session.scalars(select(Event.detail)).all())
    kept = db.session.scalars(select(FieldReport).order_by(FieldReport.id)).all()
    assert [(one.kind, one.words, one.signed_by, one.signature) for one in kept] == [
        ("started", "", "", None), ("extra", "", "", None), ("done", "", "", None),
    ]  # fmt: skip
