"""Secret addresses that calendar programs read: to whom they show what, and what ends them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar, Event
from sqlalchemy import select, text, update

from app.bookings import lifecycle
from app.bookings.calendar import calendar_entry
from app.bookings.models import Booking
from app.calendar import contents, feeds
from app.calendar.models import Feed, FeedKind
from app.fleet import crews
from app.fleet.models import Resource
from app.identity.models import Membership
from app.kernel import audit
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.settings.firm import change_firm
from tests.identity.people import HOST, Browser, make_member
from tests.make import make_business, make_crew
from tests.office.desk import at_desk, booked, make_job


def soon(days: int = 5, hour: int = 9) -> datetime:
    """That hour, so many days from today."""
    day = the_clock.today("Europe/Stockholm") + timedelta(days=days)
    return the_clock.wall_time(day, hour, 0, "Europe/Stockholm")


def path_of(feed: Feed) -> str:
    """Its address without the host."""
    found = re.search(r"/calendar/[^/]+\.ics$", feeds.address(feed))
    assert found is not None
    return found[0]


def events(client: FlaskClient, path: str) -> dict[str, Event]:
    """What a calendar program finds there, by UID."""
    answer = client.application.test_client().get(path, base_url=HOST)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/calendar; charset=utf-8"
    return {str(event["uid"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def uid(booking: Booking) -> str:
    """What stands for it in calendars."""
    return f"{booking.public_id}@kontor"


def of_business() -> Feed:
    """The feed of everything."""
    return feeds.renew(FeedKind.BUSINESS)


def of_crew(crew: Resource) -> Feed:
    """The feed of one crew."""
    return feeds.renew(FeedKind.RESOURCE, resource_id=crew.id)


def test_the_business_reads_all_its_bookings_with_customer_and_place(client, business) -> None:
    crew = make_crew("Crew 1")
    one, other = make_job(soon(), crew), make_job(soon(6))
    found = events(client, path_of(of_business()))
    assert found.keys() == {uid(one), uid(other)}
    event = found[uid(one)]
    assert "Anna Lindqvist" in event["summary"]
    assert event["location"] == one.from_address
    assert "070-123 45 67" in event["description"]
    assert "Crew 1" in event["description"]
    assert f"/admin/bookings/{one.reference}" in event["description"]


def test_a_crew_reads_its_own_jobs_with_address_and_telephone_only(client, business) -> None:
    crew = make_crew("Crew 1")
    own = make_job(soon(), crew, notes="The code is 4711", email="secret@example.se")
    make_job(soon(6))
    found = events(client, path_of(of_crew(crew)))
    assert found.keys() == {uid(own)}
    said = found[uid(own)].to_ical().decode().replace("\r\n ", "")
    assert "070-123 45 67" in said
    assert "Strandvägen" in said
    for kept in ("secret@example.se", "4711", "/admin/", "?t="):
        assert kept not in said


def test_a_customer_reads_what_it_booked_itself(client, business) -> None:
    user = make_member("cust@majorna.example", Role.CUSTOMER).user_id
    own = make_job(soon())
    make_job(soon(6))
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == own.id).values(booked_by=user))
    found = events(client, path_of(feeds.renew(FeedKind.USER, user_id=user)))
    assert found.keys() == {uid(own)}
    assert business.name in found[uid(own)]["summary"]


def test_a_driver_reads_the_jobs_of_the_crews_it_is_in(client, business) -> None:
    member = make_member("jonas@majorna.example", Role.DRIVER)
    crew, other = make_crew("Crew 1"), make_crew("Crew 2")
    crews.set_members(crew.id, [member.user.public_id])
    own = make_job(soon(), crew)
    make_job(soon(), other)
    assert events(client, path_of(feeds.renew(FeedKind.USER, user_id=member.user_id))).keys() == {uid(own)}


def test_an_entry_has_the_uid_sequence_and_time_of_the_mailed_one(client, business) -> None:
    job = make_job(soon())
    lifecycle.edit(job.id, {"starts_at": soon(7), "ends_at": soon(7, 12)})
    db.session.expire_all()
    job = db.session.scalars(select(Booking).where(Booking.id == job.id)).one()
    mailed = Calendar.from_ical(calendar_entry(job, business, "https://x.example", "en")).walk("VEVENT")[0]
    read = events(client, path_of(of_business()))[uid(job)]
    for name in ("uid", "sequence", "dtstart", "dtend", "dtstamp"):
        assert read[name].to_ical() if hasattr(read[name], "to_ical") else read[name] == mailed[name]
    assert read["sequence"] == mailed["sequence"] == 1
    assert read["dtstart"].dt == mailed["dtstart"].dt == soon(7)


@pytest.mark.parametrize(("day", "hour"), [(date(2027, 3, 28), 6), (date(2027, 3, 27), 7), (date(2026, 10, 25), 7)])
def test_eight_o_clock_stays_eight_o_clock_when_the_clocks_change(client, business, day: date, hour: int) -> None:
    job = make_job(the_clock.wall_time(day, 8, 0, "Europe/Stockholm"))
    event = events(client, path_of(of_business()))[uid(job)]
    assert event["dtstart"].dt == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    assert event["dtstart"].dt.tzinfo is not None


def test_what_was_called_off_leaves_the_feed(client, business) -> None:
    job = make_job(soon())
    path = path_of(of_business())
    assert events(client, path).keys() == {uid(job)}
    lifecycle.cancel(job.id)
    assert events(client, path) == {}


def test_a_feed_looks_three_months_back_and_a_year_and_a_half_ahead(client, business) -> None:
    inside = {uid(make_job(soon(days))) for days in (-92, 550)}
    for days in (-94, 552):
        make_job(soon(days))
    assert events(client, path_of(of_business())).keys() == inside


def test_of_very_many_what_is_furthest_from_now_stays_out(client, business, monkeypatch) -> None:
    jobs = {days: uid(make_job(soon(days))) for days in (-3, -1, 1, 2, 3)}
    path = path_of(of_business())
    for most, days in ((2, {1, 2}), (4, {-1, 1, 2, 3}), (9, {-3, -1, 1, 2, 3})):
        monkeypatch.setattr(contents, "MOST", most)
        assert events(client, path).keys() == {jobs[day] for day in days}


def test_a_new_secret_kills_the_address_before(client, business) -> None:
    old = path_of(of_business())
    new = path_of(of_business())
    assert old != new
    assert client.get(old, base_url=HOST).status_code == 404
    assert client.get(new, base_url=HOST).status_code == 200
    feeds.revoke(db.session.scalars(select(Feed)).one().id)
    assert client.get(new, base_url=HOST).status_code == 404


def test_a_wrong_secret_finds_nothing_and_nothing_but_reading_is_possible(client, business) -> None:
    path = path_of(of_business())
    assert client.get("/calendar/nothing.ics", base_url=HOST).status_code == 404
    assert client.get(path[:-5] + "x.ics", base_url=HOST).status_code == 404
    for method in ("POST", "PUT", "DELETE", "PROPFIND"):
        assert client.open(path, method=method, base_url=HOST).status_code == 405


def test_the_database_does_not_know_the_secret(client, business) -> None:
    secret = path_of(of_business()).removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) >= 32
    for table in ("calendar_feeds", "audit_log"):
        assert secret not in str(db.session.execute(text(f"select * from {table}")).all())
    assert db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "calendar.address_made")).one()


def test_a_program_that_has_it_already_is_told_so_without_cookies(client, business) -> None:
    make_job(soon())
    path, program = path_of(of_business()), client.application.test_client()
    first = program.get(path, base_url=HOST)
    assert first.headers["Cache-Control"] == "private, max-age=300"
    assert "Set-Cookie" not in first.headers
    again = program.get(path, base_url=HOST, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    job = make_job(soon(6))
    crew = make_crew("Crew 1")
    changes: list[Callable[[], object]] = [
        lambda: lifecycle.assign(job.id, crew.id),
        lambda: lifecycle.edit(job.id, {"notes": "Ring the bell"}),
        lambda: lifecycle.edit(job.id, {"starts_at": soon(7), "ends_at": soon(7, 12)}),
        lambda: change_firm({"phone": "031-99 99 99"}),
        lambda: lifecycle.cancel(job.id),
    ]
    known = program.get(path, base_url=HOST, headers={"If-None-Match": first.headers["ETag"]})
    assert known.status_code == 200
    for change in changes:
        change()
        now = program.get(path, base_url=HOST, headers={"If-None-Match": known.headers["ETag"]})
        assert now.status_code == 200
        known = now


def test_who_is_nothing_here_any_more_reads_nothing(client, business) -> None:
    member = make_member("jonas@majorna.example", Role.DRIVER)
    path = path_of(feeds.renew(FeedKind.USER, user_id=member.user_id))
    assert client.get(path, base_url=HOST).status_code == 200
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == member.id).values(disabled_at=the_clock.now()))
    assert client.get(path, base_url=HOST).status_code == 404
    crew = make_crew("Crew 1")
    path = path_of(of_crew(crew))
    with transaction():
        db.session.execute(update(Resource).where(Resource.id == crew.id).values(retired_at=the_clock.now()))
    assert client.get(path, base_url=HOST).status_code == 404


def test_an_address_opens_its_own_business_at_any_host(client, business) -> None:
    job = make_job(soon())
    ours = path_of(of_business())
    other: Business = make_business("other")
    with within(other.id):
        theirs = path_of(of_business())
    assert client.get(ours, base_url="http://other.localhost").text.count("BEGIN:VEVENT") == 1
    assert uid(job) not in client.get(theirs, base_url=HOST).text


def test_the_office_makes_replaces_and_revokes_addresses(client, business) -> None:
    crew = make_crew("Crew 1")
    desk = at_desk(client)
    assert "Make an address" in desk.get("/admin/calendar/addresses").text
    desk.post("/admin/calendar/addresses", {"resource": crew.public_id})
    feed = db.session.scalars(select(Feed)).one()
    assert feeds.address(feed) in desk.get("/admin/calendar/addresses").text
    desk.post("/admin/calendar/addresses", {"resource": crew.public_id})
    db.session.expire_all()
    assert db.session.scalars(select(Feed)).one().generation == 2
    desk.post(f"/admin/calendar/addresses/{feed.public_id}/revocation", {})
    assert db.session.scalars(select(Feed)).all() == []


def test_a_customer_makes_and_revokes_its_own_address(client, business) -> None:
    own: Browser = at_desk(client, Role.CUSTOMER)
    assert 'href="/account/calendar"' in own.get("/bookings").text
    assert 'href="/account/calendar"' in own.get("/account").text
    own.post("/account/calendar", {})
    feed = db.session.scalars(select(Feed)).one()
    assert feeds.address(feed) in own.get("/account/calendar").text
    assert own.get("/admin/calendar/addresses").status_code == 403
    own.post("/account/calendar/revocation", {})
    assert db.session.scalars(select(Feed)).all() == []


def test_a_booking_without_a_time_lasts_its_day(client, business) -> None:
    job = booked(time=None)
    event = events(client, path_of(of_business()))[uid(job)]
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(days=1)
    assert not isinstance(event["dtstart"].dt, datetime)


def test_whoever_asks_all_the_time_is_told_to_wait(client, business) -> None:
    path, program = path_of(of_business()), client.application.test_client()
    asked = [
        program.get(path, base_url=HOST, environ_base={"REMOTE_ADDR": "203.0.113.77"}).status_code
        for _number in range(250)  # two windows' worth: the first may be nearly over
    ]
    assert asked[0] == 200
    assert 429 in asked
    assert program.get(path, base_url=HOST, environ_base={"REMOTE_ADDR": "203.0.113.78"}).status_code == 200
