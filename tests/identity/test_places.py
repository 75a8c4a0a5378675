"""Belonging to several businesses, and the sessions of one's own browsers."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.identity.models import BrowserSession, Membership
from app.identity.queries import sessions_of
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, within
from tests.identity.people import Browser, make_member
from tests.make import make_business


@pytest.fixture
def tab(client: FlaskClient) -> Browser:
    return Browser(client)


def make_two_places():
    """Ada is an owner at Majorna and a dispatcher at another firm."""
    make_member()
    other = make_business("sundby", name="Sundby Biler", hostname="sundby.localhost")
    with within(other.id):
        make_member(role=Role.DISPATCHER)
    return other


def test_somebody_in_two_businesses_chooses_and_can_switch(business, tab):
    other = make_two_places()
    answer = tab.sign_in(next="/account")
    assert answer.location == "/login/choose?next=/account"
    assert not tab.is_signed_in()
    assert "Sundby Biler" in tab.get("/login/choose").text
    answer = tab.post("/login/choose", {"business": "sundby", "next": "/account"})
    assert answer.location == "/account"
    page = tab.get("/account").text
    assert "Dispatcher, Sundby Biler" in page
    assert tab.get("/admin/users").status_code == 403  # a dispatcher there
    with across_businesses():
        before = db.session.scalar(select(BrowserSession.token_hash))
    assert tab.post("/account/switch", {"business": "majorna"}).location == "/admin"
    assert tab.get("/admin/users").status_code == 200  # an owner here
    db.session.rollback()
    with across_businesses():
        row = db.session.scalar(select(BrowserSession))
        assert (row.token_hash != before, row.business_id) == (True, business.id)
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "login.entered")).all()
        assert {entry.business_id for entry in entries} == {business.id, other.id}


def test_nobody_goes_to_a_business_of_which_they_are_no_part(business, tab):
    make_two_places()
    make_business("third", hostname="third.localhost")
    tab.sign_in()
    assert tab.post("/login/choose", {"business": "third"}).status_code == 404
    tab.post("/login/choose", {"business": "majorna"})
    assert tab.post("/account/switch", {"business": "third"}).status_code == 404


def test_the_choice_waits_ten_minutes_only(business, tab, clock):
    make_two_places()
    tab.sign_in()
    clock.forward(minutes=10, seconds=1)
    assert tab.post("/login/choose", {"business": "majorna"}).location.startswith("/login")
    assert not tab.is_signed_in()


def test_the_platform_goes_to_every_business_and_a_demotion_ends_that_at_once(business, tab):
    member = make_member(role=Role.PLATFORM)
    make_business("sundby", name="Sundby Biler", hostname="sundby.localhost")
    assert tab.sign_in().location == "/admin"
    assert tab.post("/account/switch", {"business": "sundby"}).location == "/admin"
    assert "Platform, Sundby Biler" in tab.get("/account").text
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == member.id).values(role=Role.OWNER))
    assert not tab.is_signed_in()


def test_a_customer_of_another_business_becomes_one_here_by_a_button(clean, business):
    make_member(role=Role.CUSTOMER)
    make_business("sundby", name="Sundby Biler", hostname="sundby.localhost")
    tab = Browser(clean.test_client(), "http://sundby.localhost")
    assert tab.sign_in().location == "/login/choose?next=/"
    assert "Become a customer" in tab.get("/login/choose").text
    assert tab.post("/login/choose", {"business": "sundby", "join": "y"}).location == "/"
    assert "Customer, Sundby Biler" in tab.get("/account").text
    member = Browser(clean.test_client(), "http://sundby.localhost")
    assert member.sign_in().location == "/login/choose?next=/"  # now a member of two


def test_sessions_of_others_are_not_theirs_to_end(clean, business, tab):
    make_member()
    thief = make_member("eve@majorna.example", Role.CUSTOMER, "Eve")
    tab.sign_in()
    eve = Browser(clean.test_client())
    eve.sign_in("eve@majorna.example")
    db.session.rollback()
    victim = next(row for row in db.session.scalars(select(BrowserSession)) if row.user_id != thief.user_id)
    assert eve.post(f"/account/sessions/{victim.public_id}/end").status_code == 404
    assert tab.is_signed_in()


def test_one_ends_another_browser_or_all_others(clean, business, tab):
    member = make_member()
    tab.sign_in()
    others = [Browser(clean.test_client()) for _each in range(3)]
    for other in others:
        other.sign_in()
    db.session.rollback()
    newest = sessions_of(member.user_id)[0]
    assert tab.post(f"/account/sessions/{newest.public_id}/end").status_code == 303
    assert sum(other.is_signed_in() for other in others) == 2
    tab.post("/account/sessions/end-others")
    assert not any(other.is_signed_in() for other in others)
    assert tab.is_signed_in()
