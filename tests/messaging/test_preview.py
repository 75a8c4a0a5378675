"""A mail as it was sent, shown in the office: safe to look at, and its links only for those who may use them."""

import base64

import pytest
from sqlalchemy import func, select

from app.kernel.access import Role
from app.kernel.db import add, db, transaction
from app.messaging.models import EmailLog, EmailPart
from tests.office.desk import at_desk, booked, confirmation_of, make_mail

PICTURE = b"\x89PNG not really"


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def at(mail: EmailLog, what: str = "") -> str:
    return f"/admin/emails/{mail.public_id}{what}"


def test_the_body_has_a_policy_of_its_own_and_pictures_inside(desk) -> None:
    mail = make_mail(html_body='<html><head></head><body><img src="cid:photo" alt=""><p>Hello</p></body></html>')
    with transaction():
        add(
            EmailPart(email_id=mail.id, filename="p.png", content_type="image/png", content=PICTURE, content_id="photo")
        )
    answer = desk.get(at(mail, "/body"))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}" in answer.text
    assert "cid:" not in answer.text
    assert f'src="{at(mail, "/body")}"' in desk.get(at(mail)).text


def test_what_is_no_picture_is_not_put_into_the_frame(desk) -> None:
    mail = make_mail(html_body='<img src="cid:x"><img src="cid:gone">')
    with transaction():
        add(
            EmailPart(
                email_id=mail.id, filename="x.svg", content_type="image/svg+xml", content=b"<svg/>", content_id="x"
            )
        )
    assert desk.get(at(mail, "/body")).text.count('src="data:,"') == 2


def test_the_page_shows_text_and_source_without_running_them(desk) -> None:
    mail = make_mail(text_body="<b>plain</b>", html_body="<script>alert(1)</script>")
    assert "&lt;b&gt;plain&lt;/b&gt;" in desk.get(at(mail) + "?as=text").text
    source = desk.get(at(mail) + "?as=source").text
    assert "&lt;script&gt;alert(1)" in source
    assert "<script>alert" not in source


def test_files_are_kept_never_opened(desk) -> None:
    mail = make_mail()
    with transaction():
        add(
            EmailPart(
                email_id=mail.id,
                filename='b"o\r\nx.ics',
                content_type="text/calendar",
                content=b"BEGIN",
                content_id=None,
            )
        )
    answer = desk.get(at(mail, "/files/1"))
    assert answer.data == b"BEGIN"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "\n" not in answer.headers["Content-Disposition"]
    for number in ("0", "2", "99"):
        assert desk.get(at(mail, f"/files/{number}")).status_code == 404


def test_links_are_for_those_who_may_act(client, business) -> None:
    booking = booked()
    mail = confirmation_of(booking)
    with transaction():
        from_row = db.session.get(EmailLog, mail.id)
        from_row.html_body = f"<a href='kontor-link:manage:{booking.public_id}-{booking.reference}'>See it</a>"
    desk = at_desk(client)
    assert f"/booking/{booking.reference}?t=" in desk.get(at(mail, "/body")).text
    books = at_desk(client, Role.ACCOUNTANT)
    for path in ("/body", "?as=text", "?as=source", ""):
        page = books.get(at(mail, path)).text
        assert "?t=" not in page
        assert "kontor-link" not in page


def test_what_opens_an_account_is_shown_to_nobody_but_its_reader(client, business) -> None:
    owner = at_desk(client, Role.OWNER)
    mail = make_mail(
        kind="password_reset",
        html_body="<a href='kontor-link:password_reset:key'>x</a>",
        text_body="kontor-link:password_reset:key",
    )
    for path in ("/body", "?as=text", "?as=source"):
        assert "/password/reset/" not in owner.get(at(mail, path)).text
    assert owner.post(at(mail, "/correction"), {"email": "me@example.se"}).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(EmailLog)) == 1
