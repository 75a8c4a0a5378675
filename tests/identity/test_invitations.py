"""Invitations: a link with a button, once, for seven days, kept as a hash."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text

from app.identity import invitations, retention
from app.identity.models import Invitation, Membership
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.messaging.models import EmailLog
from tests.identity.people import PASSWORD, Browser, make_member

PERSON = {"name": "Bo Ek", "email": "bo@majorna.example", "role": "dispatcher"}
NEW = "vagn-och-hast-74"


@pytest.fixture
def owner(client: FlaskClient, business: Business) -> Browser:
    make_member()
    browser = Browser(client)
    browser.sign_in()
    return browser


def invite(owner: Browser, **more: str) -> str:
    """Invite somebody on the page; the way to the page behind the mailed link."""
    answer = owner.post("/admin/users/invite", PERSON | more)
    assert answer.status_code == 303, answer.text
    db.session.rollback()
    key = db.session.scalars(select(Invitation.public_id).order_by(Invitation.id.desc())).first()
    assert key is not None
    return f"/join/{invitations.token_of(key)}"


def roles_of(email: str = PERSON["email"]) -> list[str]:
    db.session.rollback()
    rows = select(Membership).order_by(Membership.id)
    return [member.role for member in db.session.scalars(rows) if member.user.email == email]


def test_who_presses_the_button_is_in_with_the_role(owner: Browser, clean: Any) -> None:
    link = invite(owner)
    stranger = Browser(clean.test_client())
    for _look in range(3):
        assert "Join" in stranger.get(link).text
    assert roles_of() == [], "looking changes nothing"
    assert stranger.post(link, {"name": "Bo Ek", "password": "short"}).status_code == 422
    assert stranger.post(link, {"name": "Bo Ek", "password": NEW}).status_code == 303
    assert roles_of() == ["dispatcher"]
    assert stranger.sign_in(PERSON["email"], NEW).headers["Location"].endswith("/admin")
    assert stranger.post(link, {"name": "Eva", "password": NEW}).status_code == 410
    assert roles_of() == ["dispatcher"]


def test_the_mail_is_asked_for_and_holds_no_link_that_opens(owner: Browser) -> None:
    link = invite(owner)
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "invitation")).one()
    assert link.removeprefix("/join/") not in str(mail.facts)
    stored = db.session.execute(text("select * from invitations")).one()
    assert link.removeprefix("/join/") not in str(tuple(stored))


def test_the_mail_can_be_written(owner: Browser, run_jobs: Any) -> None:
    link = invite(owner)
    run_jobs()
    db.session.rollback()
    mail = db.session.scalars(select(EmailLog).where(EmailLog.kind == "invitation")).one()
    assert mail.state in ("sent", "delivered"), mail.words
    assert link not in mail.html_body


def test_after_seven_days_it_opens_nothing(owner: Browser, clean: Any, clock: Any) -> None:
    link = invite(owner)
    clock.forward(days=7, seconds=1)
    assert Browser(clean.test_client()).get(link).status_code == 410
    retention.forget_old()
    assert db.session.scalar(text("select count(*) from invitations")) == 1
    clock.forward(days=31)
    retention.forget_old()
    assert db.session.scalar(text("select count(*) from invitations")) == 0


def test_taken_back_or_sent_anew_the_earlier_link_opens_nothing(owner: Browser, clean: Any) -> None:
    stranger = Browser(clean.test_client())
    first = invite(owner)
    second = invite(owner)
    assert stranger.get(first).status_code == 410
    assert stranger.get(second).status_code == 200
    public_id = second.removeprefix("/join/")[:20]
    assert "Bo Ek" in owner.get("/admin/users").text
    assert owner.post(f"/admin/users/invitations/{public_id}/withdraw").status_code == 303
    assert stranger.get(second).status_code == 410
    assert owner.post(f"/admin/users/invitations/{public_id}/withdraw").status_code == 404


def test_who_has_a_proved_account_elsewhere_keeps_its_password(owner: Browser, clean: Any, business: Business) -> None:
    make_member("bo@majorna.example", Role.DRIVER)
    member = db.session.scalars(select(Membership).order_by(Membership.id.desc())).first()
    assert member is not None
    known = owner.post("/admin/users/invite", PERSON)
    assert known.status_code == 422, "who is here already is not invited"
    db.session.execute(text("delete from memberships where id = :id"), {"id": member.id})
    db.session.execute(text("update users set email_proved_at = now() where id = :id"), {"id": member.user_id})
    db.session.commit()
    link = invite(owner)
    stranger = Browser(clean.test_client())
    assert "keep its password" in stranger.get(link).text
    assert stranger.post(link).status_code == 303
    assert stranger.sign_in(PERSON["email"], PASSWORD).status_code == 303
    assert roles_of() == ["dispatcher"]


def test_an_account_that_a_stranger_opened_with_the_address_gets_a_new_password(owner: Browser, clean: Any) -> None:
    make_member(PERSON["email"], Role.CUSTOMER, "Not Bo")
    stranger, invited = Browser(clean.test_client()), Browser(clean.test_client())
    assert stranger.sign_in(PERSON["email"]).status_code == 303
    with transaction():
        db.session.execute(delete(Membership).where(Membership.role == Role.CUSTOMER))
    link = invite(owner)
    assert "Choose a password" in invited.get(link).text
    assert invited.post(link, {"name": "Bo Ek", "password": NEW}).status_code == 303
    assert not stranger.is_signed_in()
    assert stranger.sign_in(PERSON["email"]).status_code == 422
    assert invited.sign_in(PERSON["email"], NEW).status_code == 303
    assert roles_of() == ["dispatcher"]


def test_owners_do_not_make_platforms(owner: Browser) -> None:
    assert owner.post("/admin/users/invite", PERSON | {"role": "platform"}).status_code == 422


def test_a_made_up_link_opens_nothing(client: FlaskClient, business: Business) -> None:
    assert Browser(client).get("/join/made-up").status_code == 410
