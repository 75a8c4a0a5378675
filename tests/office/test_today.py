"""The office's first page: what happens today, what needs a person, the figures, and what a new business sees."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.bookings import lifecycle
from app.bookings.models import BookingState
from app.fleet import claims, holds
from app.fleet.models import ClaimKind
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.messaging import emails
from app.messaging.models import EmailState
from app.office import board
from app.web.days import business_today
from tests.bookings.test_statements import statements
from tests.make import make_business, make_car, make_crew
from tests.office.desk import at_desk, booked, make_job, make_mail

HTMX = {"HX-Request": "true"}
PARTS = ("jobs", "needs", "figures", "new", "queue")


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def today_at(hour: int, minute: int = 0):
    return the_clock.wall_time(business_today(), hour, minute, "Europe/Stockholm")


def test_a_new_business_is_shown_what_will_be_here(desk) -> None:
    page = desk.get("/admin").text
    for words in ("No jobs today", "Nothing waits for you", "No bookings yet", "All clear", "none sent yet"):
        assert words in page


@pytest.mark.parametrize("part", PARTS)
def test_each_part_can_be_asked_for_alone(desk, part: str) -> None:
    make_job(today_at(10), make_crew())
    answer = desk.get(f"/admin/today/{part}", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<section")
    assert "<!doctype" not in answer.text


def test_the_board_says_who_has_what_when(business) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    done = make_job(today_at(7), one, "done", hours=2)
    later = make_job(today_at(13, 30), one, hours=2.5)
    alone = make_job(today_at(9), hours=1)
    found = board.todays_board()
    assert list(found.hours) == list(range(7, 18))
    first, second, nobody = found.lines
    assert (first.resource.id, second.resource.id, nobody.resource) == (one.id, two.id, None)
    assert [(bar.booking.id, bar.first, bar.last, bar.look) for lane in first.lanes for bar in lane] == [
        (done.id, 1, 9, "is-done"),
        (later.id, 27, 37, ""),
    ]
    assert [(bar.booking.id, bar.look) for lane in nobody.lanes for bar in lane] == [(alone.id, "is-alert")]
    assert (found.done, found.under_way, found.to_come, found.at_work) == (1, 0, 2, 1)
    assert [job.id for job in found.without] == [alone.id]
    assert found.first_start == done.starts_at


def test_early_and_late_jobs_widen_the_line_and_nothing_leaves_it(business) -> None:
    crew = make_crew()
    make_job(today_at(5), crew, hours=1)
    make_job(today_at(21, 30), crew, hours=6)
    make_job(today_at(0) - timedelta(hours=2), make_crew("Crew 2"), hours=4)
    found = board.todays_board()
    assert len(found.hours) == board.WIDE
    for line in found.lines:
        for lane in line.lanes:
            for bar in lane:
                assert 1 <= bar.first < bar.last <= len(found.hours) * 4 + 1


def test_jobs_at_the_same_time_stand_below_each_other_and_many_become_a_number(business) -> None:
    for _ in range(6):
        make_job(today_at(9), hours=2)
    [nobody] = board.todays_board().lines
    assert [len(lane) for lane in nobody.lanes] == [1] * board.MOST_LANES
    assert nobody.hidden == 2


def test_a_crew_that_is_off_shows_it(business) -> None:
    crew = make_crew()
    claims.claim(crew.id, claims.period(today_at(11), today_at(20)), ClaimKind.BLOCK, reason="Nils is ill")
    [line] = board.todays_board().lines
    [[bar]] = line.lanes
    assert (bar.title, bar.look, bar.first, bar.last) == ("Nils is ill", "is-off", 17, 45)


def test_what_needs_a_person_has_its_remedy_beside_it(desk, clock) -> None:
    mail = make_mail(EmailState.BOUNCED, to_name="Anna Lindqvist", words="The mailbox does not exist.")
    job = make_job(today_at(14), name="Elsa Wikström")
    page = desk.get("/admin/today/needs").text
    assert "Mail to Anna Lindqvist bounced" in page
    assert f'href="/admin/emails/{mail.public_id}"' in page
    assert "Elsa Wikström, 14:00, nobody has it" in page
    assert f'href="/admin/bookings/{job.reference}"' in page
    assert ">2</span>" in page.split("</h2>")[1]


def test_an_unanswered_booking_needs_a_person_after_a_day(client, business, clock) -> None:
    booking = booked(name="Per Sandell")
    clock.forward(hours=25)
    desk = at_desk(client)
    page = desk.get("/admin/today/needs").text
    assert "Per Sandell waits for your yes" in page
    assert "Confirm" in page
    lifecycle.move(booking.id, BookingState.CONFIRMED)
    assert "Per Sandell" not in desk.get("/admin/today/needs").text


def test_what_was_dealt_with_is_gone_and_counted(desk) -> None:
    mail = make_mail(EmailState.FAILED)
    assert "could not be sent" in desk.get("/admin/today/needs").text
    emails.mark_handled(mail.id)
    page = desk.get("/admin/today/needs").text
    assert "could not be sent" not in page
    assert "1 mail dealt with today" in page
    assert "All clear" in page


def test_many_of_a_kind_become_a_number_and_the_sum_is_right(desk) -> None:
    for _ in range(7):
        make_job(today_at(23), hours=0.5)
    page = desk.get("/admin/today/needs").text
    assert "3 more jobs today without a crew" in page
    assert ">7</span>" in page


def test_the_newest_bookings_come_first(desk) -> None:
    for number in range(9):
        booked(name=f"Number {number}")
    page = desk.get("/admin/today/new").text
    assert page.index("Number 8") < page.index("Number 7")
    assert "Number 1" not in page
    assert "9 in 24 hours" in page


def test_the_page_takes_few_statements_however_much_there_is(desk) -> None:
    crews = [make_crew(f"Crew {number}") for number in range(3)]
    make_job(today_at(8), crews[0])
    make_mail(EmailState.BOUNCED)
    desk.get("/admin")
    with statements() as few:
        desk.get("/admin")
    for crew in crews:
        for hour in (11, 14, 17):
            make_job(today_at(hour), crew, hours=1)
            make_job(today_at(hour))
    for _ in range(10):
        make_mail(EmailState.FAILED)
    with statements() as many:
        desk.get("/admin")
    assert len(many) == len(few), "\n\n".join(many)
    assert len(many) <= 31, "\n\n".join(many)


def test_an_accountant_is_offered_nothing_to_change(client, business) -> None:
    make_job(today_at(14), name="Elsa Wikström")
    make_mail(EmailState.BOUNCED)
    page = at_desk(client, Role.ACCOUNTANT).get("/admin").text
    assert "Elsa Wikström" in page
    for word in ("Assign<", "Correct<", "Confirm<", "/admin/bookings/new"):
        assert word not in page


@pytest.mark.parametrize("role", [Role.DRIVER, Role.CUSTOMER])
def test_nobody_outside_the_office_comes_in(client, business, role: Role) -> None:
    somebody = at_desk(client, role)
    for path in ("/admin", *(f"/admin/today/{part}" for part in PARTS), "/admin/search?q=anna"):
        assert somebody.get(path).status_code == 403


def test_another_business_is_nowhere_on_the_page(client, business) -> None:
    with within(make_business("other").id):
        make_job(today_at(10), make_crew("Foreign crew"), name="Not Ours")
        make_mail(EmailState.BOUNCED, to_name="Not Ours")
    page = at_desk(client).get("/admin").text
    assert "Not Ours" not in page
    assert "Foreign crew" not in page
    assert "All clear" in page


def test_the_page_shows_cancellations_lead_time_and_holds_as_they_are_counted(client, business) -> None:
    with transaction():
        db.session.execute(update(Business).where(Business.id == business.id).values(services=["move", "car"]))
    for number in range(4):
        job = make_job(the_clock.now() + timedelta(days=4))
        if number == 0:
            lifecycle.cancel(job.id)
    soon = today_at(9) + timedelta(days=3)
    for number in range(3):
        held = holds.hold(make_car().id, soon, soon + timedelta(days=1), client=f"visitor:{number}")
        if number == 0:
            holds.take(held.public_id, {"visitor:0"})
    page = at_desk(client, Role.OWNER).get("/admin").text
    assert "1 of 4 that came in" in page
    assert "25 %" in page
    assert "1 of 3 cars held" in page
    assert "33 %" in page
    assert re.search(r"Lead time.*?>4<", page, re.S)
    assert "/admin/numbers/came_cancelled?from=" in page
    assert "/admin/numbers/" not in at_desk(client).get("/admin").text
