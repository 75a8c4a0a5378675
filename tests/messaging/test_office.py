"""The office's e-mail log: what it lists, what it shows of a mail and to whom, what can be done about one."""

import pytest
from sqlalchemy import select

from app.customers import register
from app.customers.models import Customer
from app.kernel.access import Role
from app.kernel.db import db
from app.kernel.tenancy import within
from app.messaging import emails
from app.messaging.models import EmailLog, EmailState
from tests.bookings.test_statements import statements
from tests.make import make_business
from tests.office.desk import at_desk, booked, confirmation_of, fresh, make_mail, put

HTMX = {"HX-Request": "true"}
ROWS = HTMX | {"HX-Target": "div#mail-rows"}
PICTURE = b"\x89PNG not really"


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def at(mail: EmailLog, what: str = "") -> str:
    return f"/admin/emails/{mail.public_id}{what}"


def mails() -> list[EmailLog]:
    db.session.rollback()
    return list(db.session.scalars(select(EmailLog).order_by(EmailLog.id)))


def bounced(email: str = "anna@gmial.com") -> EmailLog:
    """A booking's confirmation that came back."""
    booking = booked(email=email)
    mail = confirmation_of(booking)
    put(mail, EmailState.BOUNCED)
    register.note_trouble(booking.customer_id, "bounced")
    return fresh(EmailLog, mail.id)


def test_the_log_lists_the_newest_first_and_trouble_on_top(desk) -> None:
    make_mail(subject="First", to_name="Anna")
    make_mail(EmailState.FAILED, subject="Went wrong", to_name="Bo")
    make_mail(subject="Last", to_name="Cia")
    page = desk.get("/admin/emails").text
    assert page.index("Went wrong") < page.index("The latest") < page.index("Last") < page.index("First")
    assert page.count("Went wrong") == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("view=attention", {"Bounced", "Failed"}),
        ("view=waiting", {"Queued"}),
        ("view=held", {"Held"}),
        ("view=failed", {"Bounced", "Failed", "Handled"}),
        ("status=delivered", {"Delivered"}),
        ("kind=password_reset", {"Queued"}),
        ("q=BO@EXAMPLE", {"Held"}),
        ("q=deliv", {"Delivered"}),
        ("q=100%25", set()),
        ("view=zzz&status=zzz&kind=zzz", {"Bounced", "Failed", "Handled", "Queued", "Held", "Delivered"}),
    ],
)
def test_the_log_can_be_narrowed(desk, query: str, shown: set[str]) -> None:
    make_mail(EmailState.BOUNCED, subject="Bounced")
    make_mail(EmailState.FAILED, subject="Failed")
    emails.mark_handled(make_mail(EmailState.FAILED, subject="Handled").id)
    make_mail(EmailState.QUEUED, subject="Queued", kind="password_reset")
    make_mail(EmailState.HELD, subject="Held", to_address="bo@example.se")
    make_mail(EmailState.DELIVERED, subject="Delivered")
    page = desk.get(f"/admin/emails?{query}", headers=ROWS).text
    found = {
        word
        for word in ("Bounced", "Failed", "Handled", "Queued", "Held", "Delivered")
        if f'text-muted">{word}<' in page
    }
    assert found == shown


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("o'brien", True), ("O'BRI", True), ("seán dubl", True), ("dublin seán", True),
        ("sean.o@post", True), ("post", True),
        ("brien", False), ("sea.o@post", False), ("'", False), ("\\", False), ("& | ! ( ) : *", False), ("...", False),
    ],
)  # fmt: skip
def test_words_that_are_typed_begin_words_of_address_name_and_subject(desk, typed: str, is_found: bool) -> None:
    mail = make_mail(
        EmailState.DELIVERED, to_address="sean.o@post.example", to_name="Seán O'Brien", subject="To Dublin, soon"
    )
    answer = desk.get("/admin/emails", query_string={"q": typed}, headers=ROWS)
    assert answer.status_code == 200
    assert (mail.public_id in answer.text) is is_found


def test_a_mail_is_found_by_the_reference_of_its_booking(desk) -> None:
    mail, other = confirmation_of(booked(name="Elsa Wikström")), confirmation_of(booked(name="Bo Ek"))
    booking_of_mail = desk.get(at(mail)).text
    reference = booking_of_mail.split('href="/admin/bookings/')[1].split('"')[0]
    page = desk.get(f"/admin/emails?q={reference.lower()}", headers=ROWS).text
    assert mail.public_id in page
    assert other.public_id not in page


def test_an_empty_log_says_what_will_be_here(desk) -> None:
    assert "No mails here yet" in desk.get("/admin/emails").text
    assert "Nothing went wrong" in desk.get("/admin/emails?view=attention").text
    assert "No mail fits" in desk.get("/admin/emails?q=nobody").text


def test_the_address_is_corrected_and_the_mail_goes_there(desk) -> None:
    mail = bounced()
    page = desk.get(at(mail)).text
    assert 'value="anna@gmail.com"' in page  # the likely slip
    answer = desk.post(at(mail, "/correction"), {"email": "anna@gmail.com"})
    assert answer.status_code == 303
    first, again = mails()
    assert (again.to_address, again.resend_of_id, again.state) == ("anna@gmail.com", first.id, EmailState.QUEUED)
    assert again.html_body == first.html_body
    assert first.handled_at is not None
    customer = db.session.get(Customer, first.customer_id)
    assert (customer.email, customer.email_trouble) == ("anna@gmail.com", "")
    shown = desk.get(answer.location).text
    assert "anna@gmial.com" in shown
    assert "The same mail" in shown


def test_a_wrong_address_is_refused_in_its_place(desk) -> None:
    mail = bounced()
    answer = desk.post(at(mail, "/correction"), {"email": "nonsense"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="correct"' in answer.text
    assert 'value="nonsense"' in answer.text
    whole = desk.post(at(mail, "/correction"), {"email": "nonsense"})
    assert whole.status_code == 422
    assert whole.text.startswith("<!doctype html>")
    assert len(mails()) == 1


def test_another_customers_address_is_refused_in_its_place(desk) -> None:
    mail = bounced()
    booked(email="bo@example.se")
    answer = desk.post(at(mail, "/correction"), {"email": "bo@example.se"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Another customer has this address" in answer.text


def test_a_second_press_so_soon_asks_first(desk, clock) -> None:
    mail = make_mail()
    assert desk.post(at(mail, "/resend")).status_code == 303
    asked = desk.post(at(mail, "/resend"), headers=HTMX)
    assert asked.headers["HX-Retarget"] == "#dialogs"
    assert "Send it once more?" in asked.text
    assert "Send it once more?" in desk.post(at(mail, "/resend")).text
    assert len(mails()) == 2
    assert desk.post(at(mail, "/resend"), {"again": "yes"}).status_code == 303
    assert len(mails()) == 3
    clock.forward(minutes=11)
    assert desk.post(at(mail, "/resend")).status_code == 303
    assert len(mails()) == 4


def test_a_mail_on_its_way_is_not_sent_again(desk) -> None:
    mail = make_mail(EmailState.QUEUED)
    assert "Send again" not in desk.get(at(mail)).text
    assert desk.post(at(mail, "/resend")).status_code == 409


def test_trouble_can_be_marked_as_dealt_with(desk) -> None:
    mail = make_mail(EmailState.FAILED)
    assert "It is dealt with" in desk.get(at(mail)).text
    assert desk.post(at(mail, "/handled")).status_code == 303
    page = desk.get(at(mail)).text
    assert "It is dealt with" not in page
    assert "Marked as dealt with" in page


def test_its_history_tells_who_and_why_and_can_be_asked_for_alone(desk) -> None:
    mail = bounced()
    desk.post(at(mail, "/handled"))
    answer = desk.get(at(mail, "/history"), headers=HTMX)
    assert 'id="mail-history"' in answer.text
    assert "<!doctype" not in answer.text
    assert "by The dispatcher" in answer.text
    assert 'hx-target="#mail-state"' in answer.text


def test_an_accountant_reads_and_changes_nothing(client, business) -> None:
    mail = bounced()
    books = at_desk(client, Role.ACCOUNTANT)
    page = books.get(at(mail)).text
    assert "The mail came back" in page
    for what in ("resend", "correction", "handled"):
        assert f'{at(mail)}/{what}"' not in page
        assert books.post(at(mail, f"/{what}"), {"email": "x@example.se"}).status_code == 403


@pytest.mark.parametrize("role", [Role.DRIVER, Role.CUSTOMER])
def test_nobody_outside_the_office_comes_in(client, business, role: Role) -> None:
    mail = make_mail()
    somebody = at_desk(client, role)
    for path in ("/admin/emails", at(mail), at(mail, "/body"), at(mail, "/history")):
        assert somebody.get(path).status_code == 403


def test_a_foreign_mail_looks_like_none(client, business) -> None:
    other = make_business("other")
    with within(other.id):
        theirs = make_mail(subject="Not Ours")
    desk = at_desk(client)
    assert "Not Ours" not in desk.get("/admin/emails").text
    for path in ("", "/body", "/history", "/files/1"):
        assert desk.get(at(theirs, path)).status_code == desk.get(f"/admin/emails/unknown{path}").status_code == 404
    for what in ("/resend", "/correction", "/handled"):
        assert desk.post(at(theirs, what), {"email": "x@example.se"}).status_code == 404


def test_a_longer_log_takes_no_more_statements(desk) -> None:
    make_mail()
    desk.get("/admin/emails")
    with statements() as few:
        desk.get("/admin/emails")
    for number in range(20):
        make_mail(EmailState.FAILED if number % 2 else EmailState.SENT)
    with statements() as many:
        desk.get("/admin/emails")
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= 14, "\n".join(many)
