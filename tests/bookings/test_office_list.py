"""The office's list of bookings: page and fragments, search, the side panel, rights, the table to take along."""

import csv
import io

import pytest

from app.bookings import lifecycle, office_list
from app.bookings.models import BookingState
from app.kernel.access import Role
from app.kernel.tenancy import within
from tests.bookings.test_statements import statements
from tests.make import make_business, make_crew
from tests.office.desk import at_desk, booked

HTMX = {"HX-Request": "true"}
ROWS = HTMX | {"HX-Target": "div#booking-rows"}


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def test_the_list_is_a_whole_page_without_scripts(desk) -> None:
    booking = booked(name="Elsa Wikström")
    page = desk.get("/admin/bookings").text
    assert page.startswith("<!doctype html>")
    assert "Elsa Wikström" in page
    assert f'href="/admin/bookings/{booking.reference}"' in page
    assert 'action="/admin/bookings"' in page


def test_htmx_gets_the_part_it_asks_for(desk) -> None:
    booked(name="Elsa Wikström")
    whole = desk.get("/admin/bookings", headers=HTMX).text
    assert whole.lstrip().startswith("<div")
    assert 'id="bookings"' in whole
    assert "<!doctype" not in whole
    rows = desk.get("/admin/bookings?q=elsa", headers=ROWS).text
    assert 'id="booking-rows"' in rows
    assert 'id="booking-search"' not in rows
    assert 'hx-target="#booking-tabs"' in rows
    assert 'hx-target="#office-nav"' in rows
    assert 'href="/admin/bookings/export.csv?q=elsa"' in rows


def test_the_address_follows_what_is_typed_and_stays_tidy(desk) -> None:
    asked = "/admin/bookings?q=elsa&service=&state=&crew=&from=&to=&view=today&sort=&open="
    answer = desk.get(asked, headers=ROWS | {"HX-Source": "form#booking-search"})
    assert answer.headers["HX-Replace-Url"] == "/admin/bookings?q=elsa&view=today"
    assert "HX-Replace-Url" not in desk.get(asked, headers=ROWS).headers


def test_a_history_restore_gets_the_whole_page(desk) -> None:
    answer = desk.get("/admin/bookings", headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert answer.text.startswith("<!doctype html>")


def test_a_search_looks_in_all_bookings(desk) -> None:
    booking = booked(name="Elsa Wikström")
    lifecycle.cancel(booking.id)
    booked(name="Tobias Rehn")
    page = desk.get("/admin/bookings?q=wikstrom&view=coming", headers=ROWS).text
    assert "Elsa Wikström" in page
    assert "Tobias Rehn" not in page
    close = desk.get("/admin/bookings?q=vikstrom", headers=ROWS).text
    assert "Elsa Wikström" in close
    assert "These come close" in close


def test_unknown_filters_are_as_if_they_were_not_there(desk) -> None:
    booked(name="Elsa Wikström")
    for query in (
        "endpoint=x",
        "_external=1&_anchor=x",
        "view=zzz",
        "state=zzz",
        "service=%00",
        "from=2026-99-99",
        "page=-1",
        "page=x",
        "perPage=9e9",
        "sort=;",
    ):
        answer = desk.get(f"/admin/bookings?{query}")
        assert answer.status_code in (200, 400), query
    assert "Elsa Wikström" in desk.get("/admin/bookings?view=zzz&state=zzz&from=never&sort=;&perPage=x").text


def test_long_lists_come_page_by_page(desk) -> None:
    for number in range(3):
        booked(name=f"Number {number}")
    first = desk.get("/admin/bookings?perPage=2", headers=ROWS).text
    second = desk.get("/admin/bookings?perPage=2&page=2", headers=ROWS).text
    assert first.count("<tr id=") == 2
    assert second.count("<tr id=") == 1
    assert "page=2" in first
    assert "1–2 of 3" in first


def test_an_open_booking_stands_beside_the_list_and_the_list_stays(desk) -> None:
    one, two, three = (booked(name=f"Number {number}") for number in range(3))
    page = desk.get(f"/admin/bookings?open={two.reference}", headers=HTMX).text
    assert 'id="panel"' in page
    assert f'id="booking-{two.reference}"' in page
    assert f"open={one.reference}" in page
    assert f"open={three.reference}" in page
    assert 'class="is-open"' in page
    assert 'id="panel"' not in desk.get("/admin/bookings?open=XXXX-XXXX").text


def test_an_empty_list_says_what_will_be_here(desk) -> None:
    assert "No bookings here yet" in desk.get("/admin/bookings").text
    assert "No booking fits" in desk.get("/admin/bookings?q=nobody").text
    assert "Nothing needs a person" in desk.get("/admin/bookings?view=attention").text


def test_an_accountant_reads_and_is_offered_nothing_to_change(client, business) -> None:
    booking = booked(name="Elsa Wikström")
    books = at_desk(client, Role.ACCOUNTANT)
    page = books.get(f"/admin/bookings?open={booking.reference}").text
    assert "Elsa Wikström" in page
    for form in ("/admin/bookings/new", "/state", "/crew", "/notes", "/edit"):
        assert f'{form}"' not in page
    assert books.get("/admin/bookings/new").status_code == 403


@pytest.mark.parametrize("role", [Role.DRIVER, Role.CUSTOMER])
def test_nobody_outside_the_office_comes_in(client, business, role: Role) -> None:
    somebody = at_desk(client, role)
    assert somebody.get("/admin/bookings").status_code == 403
    assert somebody.get("/admin/bookings/export.csv").status_code == 403


def test_another_business_has_none_of_it(client, business) -> None:
    other = make_business("other")
    with within(other.id):
        theirs = booked(name="Not Ours")
    desk = at_desk(client)
    assert "Not Ours" not in desk.get("/admin/bookings?view=all").text
    assert "Not Ours" not in desk.get(f"/admin/bookings?open={theirs.reference}").text
    assert "Not Ours" not in desk.get("/admin/bookings/export.csv?view=all").text
    assert "Not Ours" not in desk.get(f"/admin/bookings?q={theirs.reference}").text


def test_a_longer_list_takes_no_more_statements(desk) -> None:
    crew = make_crew()
    for number in range(2):
        booked(name=f"Number {number}")
    desk.get("/admin/bookings")
    with statements() as few:
        desk.get("/admin/bookings")
    for number in range(20):
        booking = booked(name=f"More {number}", date=f"2027-01-{number + 1:02d}")
        lifecycle.assign(booking.id, crew.id)
    with statements() as many:
        desk.get("/admin/bookings")
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= 16, "\n".join(many)


def table(text: str, by: str) -> list[list[str]]:
    """The file's lines."""
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=by))


def test_the_table_holds_what_is_filtered_and_opens_in_a_nordic_excel(desk) -> None:
    kept = booked(name="Åsa Öberg", notes='Two lines;\n"quoted"', size="3 rooms")
    gone = booked(name="Bo Ek")
    lifecycle.move(gone.id, BookingState.CANCELLED)
    answer = desk.get("/admin/bookings/export.csv?view=coming")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = table(answer.text, ";")
    assert [row[0] for row in rows[1:]] == [kept.reference]
    found = dict(zip(rows[0], rows[1], strict=True))
    assert found["Name"] == "Åsa Öberg"
    assert found["State"] == "Received"
    assert found["Start"] == "08:00"
    assert found["Notes"] == 'Two lines;\n"quoted"'


def test_no_cell_is_taken_for_a_formula(desk) -> None:
    booked(name='=HYPERLINK("http://evil","x")', phone="+46 70 123 45 67", notes="＝1+1", size="@sum")
    rows = table(desk.get("/admin/bookings/export.csv").text, ";")
    found = dict(zip(rows[0], rows[1], strict=True))
    assert found["Name"].startswith("'=")
    assert found["Phone"].startswith("'+46")
    assert found["Notes"].startswith("'＝")
    assert found["Size"].startswith("'@")


def test_a_long_table_is_read_page_by_page_and_complete(desk, monkeypatch) -> None:
    monkeypatch.setattr(office_list, "ROWS_OF_AN_EXPORT", 3)
    wanted = {booked(name=f"Number {number}").reference for number in range(8)}
    rows = table(desk.get("/admin/bookings/export.csv?view=all").text, ";")
    assert {row[0] for row in rows[1:]} == wanted
    assert len(rows) == 9


def test_the_table_says_the_words_of_its_reader(client, business) -> None:
    booked(name="Elsa Wikström")
    desk = at_desk(client)
    answer = desk.get("/admin/bookings/export.csv", headers={"Accept-Language": "da"})
    assert ";" in answer.text.splitlines()[0]
