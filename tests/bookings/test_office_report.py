"""The report of bookings by month and state."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import update

from app.bookings import office_report
from app.bookings.models import Booking
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from tests.make import make_business, make_crew
from tests.office.desk import at_desk, make_job


@pytest.fixture
def two_months(business):
    """Three jobs of November, one of them done, and one of October that began there only by our clocks."""
    make_job(datetime(2026, 11, 10, 9, tzinfo=UTC), make_crew(), "done")
    make_job(datetime(2026, 11, 11, 9, tzinfo=UTC))
    make_job(datetime(2026, 11, 12, 9, tzinfo=UTC), state="cancelled")
    make_job(datetime(2026, 9, 30, 22, 30, tzinfo=UTC))
    with transaction():
        db.session.execute(update(Booking).values(price=Decimal("1000.50")))


def test_bookings_are_counted_by_month_and_state(two_months) -> None:
    november, october = office_report.months()
    assert (november.name, dict(november.counts), november.total) == (
        "2026-11",
        {"done": 1, "received": 1, "cancelled": 1},
        3,
    )
    assert november.revenue == Decimal("1000.50")
    assert (october.name, october.total, october.revenue) == ("2026-10", 1, 0)
    assert (november.first.isoformat(), november.last.isoformat()) == ("2026-11-01", "2026-11-30")


def test_the_page_leads_from_each_number_to_its_bookings(client, two_months) -> None:
    desk = at_desk(client)
    page = desk.get("/admin/bookings/report").text
    address = "/admin/bookings?view=all&amp;state=cancelled&amp;from=2026-11-01&amp;to=2026-11-30"
    assert address in page
    assert "<tr id=" in desk.get(address.replace("&amp;", "&")).text


def test_the_table_says_the_same(client, two_months) -> None:
    text = at_desk(client).get("/admin/bookings/report.csv").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [(row["Month"], row["Done"], row["All"]) for row in rows] == [("2026-11", "1", "3"), ("2026-10", "0", "1")]


def test_one_service_is_counted_alone_on_the_page_in_the_picture_and_in_the_table(client, two_months) -> None:
    make_job(datetime(2026, 11, 20, 9, tzinfo=UTC), serviceType="cleaning", toAddress="")
    desk = at_desk(client)
    [november] = office_report.months("cleaning")
    assert (november.name, november.total, november.shape) == ("2026-11", 1, [0, 1, 0])
    assert office_report.months("move")[0].shape == [1, 1, 1]
    page = desk.get("/admin/bookings/report?service=cleaning").text
    assert "service=cleaning&amp;from=2026-11-01" in page
    assert "Called off or nobody there" in page
    answer = desk.get("/admin/bookings/report.csv?service=cleaning")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert [(row["Month"], row["Received"], row["All"]) for row in rows] == [("2026-11", "1", "1")]
    assert "report-cleaning-" in answer.headers["Content-Disposition"]
    assert desk.get("/admin/bookings/report?service=nonsense").status_code == 200


def test_another_business_counts_its_own(two_months, client) -> None:
    with within(make_business("other").id):
        assert office_report.months() == []


def test_an_empty_report_says_so(client, business) -> None:
    assert "Nothing to count yet" in at_desk(client).get("/admin/bookings/report").text
