"""Pages of a list: only the business's own rows, in order, with the count of all."""

from sqlalchemy import select

from app.bookings.models import Booking
from app.kernel.tenancy import within
from app.web.pages import paged
from tests.bookings.test_statements import statements
from tests.make import make_booking, make_business


def test_a_page_holds_the_rows_of_its_business_alone(business) -> None:
    mine = [make_booking(email=f"mine-{number}@example.se").id for number in range(5)]
    with within(make_business("other").id):
        for number in range(5):
            make_booking(email=f"other-{number}@example.se")
    rows = select(Booking).order_by(Booking.id.desc())
    first, last = paged(rows, per_page=3), paged(rows, page=2, per_page=3)
    assert [one.id for one in [*first, *last]] == mine[::-1]
    assert (first.total, first.has_next, last.total, last.has_next) == (5, True, 5, False)


def test_a_page_behind_the_last_is_empty_and_reads_no_rows(business) -> None:
    make_booking()
    with statements() as sent:
        page = paged(select(Booking), page=9)
    assert (page.items, page.total, page.first, page.has_next) == ([], 1, 0, False)
    assert len(sent) == 1
