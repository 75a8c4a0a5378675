"""The office's calendar: a month of bookings, of one service or crew where one asks."""

import re
from datetime import date, datetime, timedelta

import pytest

from app.bookings import lifecycle
from app.calendar.months import month_of
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.tenancy import within
from tests.make import make_business, make_crew
from tests.office.desk import at_desk, make_job

MARCH = date(2027, 3, 1)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """That hour of the firm's clocks."""
    return the_clock.wall_time(day, hour, minute, "Europe/Stockholm")


def test_bookings_stand_on_the_day_on_which_they_begin_in_order(business) -> None:
    late, early = make_job(at(date(2027, 3, 31), 23, 30)), make_job(at(date(2027, 3, 31), 0))
    make_job(at(date(2027, 4, 1), 0))
    lifecycle.cancel(make_job(at(date(2027, 3, 31))).id)
    month = month_of(MARCH)
    day = month.days[-1]
    assert [one.reference for one in day.entries] == [early.reference, late.reference]
    assert (day.count, day.more, month.total) == (2, 0, 2)
    assert month.weeks[-1][3].count == 1  # the first of April stands in the same week


@pytest.mark.parametrize("first", [MARCH, date(2026, 2, 1), date(2027, 2, 1), date(2026, 12, 1), date(2026, 11, 1)])
def test_a_month_is_whole_weeks_from_monday(business, first: date) -> None:
    month = month_of(first)
    days = [day.date for week in month.weeks for day in week]
    assert all(len(week) == 7 and week[0].date.weekday() == 0 for week in month.weeks)
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert month.days[0].date == first
    assert (month.days[-1].date + timedelta(days=1)).day == 1
    assert days[0] > first - timedelta(days=7)


def test_a_full_day_names_the_first_and_counts_the_rest(client, business) -> None:
    jobs = [make_job(at(MARCH, 8 + number)) for number in range(6)]
    day = month_of(MARCH).days[0]
    assert [one.reference for one in day.entries] == [job.reference for job in jobs[:4]]
    assert (day.count, day.more) == (6, 2)
    desk = at_desk(client)
    page = desk.get("/admin/calendar?month=2027-03").text
    found = re.search(r'href="([^"]+)">and 2 more', page)
    assert found is not None
    assert desk.get(found[1].replace("&amp;", "&")).text.count('<tr id="row-') == 6


def test_one_crew_or_one_service_is_picked_out(client, business) -> None:
    crew = make_crew("Crew 7")
    own = make_job(at(MARCH), crew)
    clean = make_job(at(MARCH, 11), serviceType="cleaning", toAddress="")
    desk = at_desk(client)

    def shown(query: str) -> set[str]:
        page = desk.get(f"/admin/calendar?month=2027-03{query}").text
        return {job.reference for job in (own, clean) if job.reference in page}

    assert shown("") == {own.reference, clean.reference}
    assert shown(f"&whose={crew.public_id}") == {own.reference}
    assert shown("&service=cleaning") == {clean.reference}
    assert shown("&service=nonsense&whose=nobody") == {own.reference, clean.reference}


def test_a_day_opens_its_board_and_the_board_its_month(client, business) -> None:
    make_crew()
    desk = at_desk(client)
    page = desk.get("/admin/calendar?month=2027-03").text
    assert 'href="/admin/board?day=2027-03-09' in page
    assert 'href="/admin/calendar?month=2027-03"' in desk.get("/admin/board?day=2027-03-09").text


@pytest.mark.parametrize("month", ["", "nonsense", "2027-13", "9999-12", "0001-01", "2027-3"])
def test_an_odd_month_is_this_one(client, business, month: str) -> None:
    assert at_desk(client, Role.ACCOUNTANT).get(f"/admin/calendar?month={month}").status_code == 200


def test_another_business_sees_nothing_of_ours(business) -> None:
    make_job(at(MARCH))
    with within(make_business("other").id):
        assert month_of(MARCH).total == 0
