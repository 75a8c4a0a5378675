"""Signing in by a mailed link: a button, once, for twenty minutes, and only for the reader of the mail."""

import contextvars
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select, update

from app.identity import accounts, members, passwords, second, sign_in_links
from app.identity.models import LoginLink, Membership, User
from app.identity.orders import RegisterOrder
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.db import db, transaction
from app.kernel.errors import Gone
from app.kernel.tenancy import within
from app.messaging import links
from app.messaging.letters import write_letter
from app.messaging.models import EmailLog
from tests.identity.people import PASSWORD, Browser, make_member
from tests.make import make_booking, make_business

LOTTE = "lotte@example.dk"


@pytest.fixture
def tab(client) -> Browser:
    return Browser(client)


@pytest.fixture
def lotte(business) -> Membership:
    return make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")


def mailed(host: str = "majorna.localhost") -> str:
    """The path of the link in the newest mail, as the worker sends it."""
    email = db.session.scalar(select(EmailLog).order_by(EmailLog.id.desc()).limit(1))
    write_letter(email.id)
    db.session.rollback()
    email = db.session.get(EmailLog, email.id)
    assert "/login/link/" not in email.text_body, "a stored mail opens nothing"
    found = re.search(rf"http://{re.escape(host)}:8000(/login/link/\S+)", links.filled(email.text_body))
    assert found, email.text_body
    assert links.filled(email.html_body).count(found[1]) == 1
    return found[1]


def ask(tab: Browser, email: str = LOTTE, **more: str):
    return tab.post("/login/link", {"email": email} | more)


def links_made() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(LoginLink))


def test_the_button_behind_a_mailed_link_signs_in(lotte, tab):
    assert ask(tab, next="/bookings").location == "/login/link/done"
    path = mailed()
    page = tab.get(path)
    assert page.status_code == 200
    assert "lo…@example.dk" in page.text
    assert "Sign in at Majorna" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert tab.post(path).location == "/bookings"
    assert tab.is_signed_in()


def test_a_scanner_that_opens_the_link_changes_nothing(lotte, tab, clean):
    ask(tab)
    path = mailed()
    scanner = Browser(clean.test_client())
    for _each in range(5):
        assert scanner.get(path).status_code == 200
    assert not scanner.is_signed_in()
    assert tab.post(path).status_code == 303
    assert tab.is_signed_in()


def test_the_link_works_once(lotte, tab, clean):
    ask(tab)
    path = mailed()
    tab.post(path)
    other = Browser(clean.test_client())
    assert other.get(path).status_code == 410
    assert other.post(path).status_code == 410
    assert not other.is_signed_in()


def test_without_the_note_of_its_use_it_would_work_twice(lotte, tab, clean):
    ask(tab)
    path = mailed()
    tab.post(path)
    with transaction():
        db.session.execute(update(LoginLink).values(used_at=None))
    other = Browser(clean.test_client())
    assert other.post(path).status_code == 303
    assert other.is_signed_in()


def test_of_two_presses_at_once_one_counts(clean, lotte, tab):
    ask(tab)
    token = mailed().rpartition("/")[2]

    def press() -> str:
        with clean.app_context():
            try:
                sign_in_links.use(token, signed_in=None)
                return "in"
            except Gone:
                return "over"

    with ThreadPoolExecutor(6) as threads:
        told = list(threads.map(lambda _number: contextvars.Context().run(press), range(6)))
    assert sorted(told) == ["in"] + ["over"] * 5


def test_the_link_is_good_for_twenty_minutes(lotte, tab, clock):
    ask(tab)
    path = mailed()
    clock.forward(minutes=19)
    assert tab.get(path).status_code == 200
    clock.forward(minutes=2)
    over = tab.get(path)
    assert over.status_code == 410
    assert "Ask for a new one." in over.text
    assert 'action="/login/link"' in over.text
    assert tab.post(path).status_code == 410


def test_nobody_learns_who_has_an_account(lotte, tab):
    known, unknown = ask(tab), ask(tab, "nobody@example.se")
    assert (known.status_code, known.location, known.text) == (unknown.status_code, unknown.location, unknown.text)
    assert db.session.scalar(select(func.count()).select_from(EmailLog)) == 1
    assert "nobody" not in tab.get("/login/link/done").text


def test_an_address_gets_a_few_links_and_no_more(lotte, tab, clock):
    for _each in range(sign_in_links.MOST + 3):
        assert ask(tab).location == "/login/link/done"
    assert links_made() == sign_in_links.MOST
    clock.forward(minutes=21)
    ask(tab)
    assert links_made() == sign_in_links.MOST + 1


def test_a_press_ends_the_other_links_of_that_address(lotte, tab, clean):
    ask(tab)
    first = mailed()
    ask(tab)
    tab.post(mailed())
    assert Browser(clean.test_client()).get(first).status_code == 410


def test_a_link_of_another_purpose_opens_nothing_here(lotte, tab):
    tab.post("/password/forgot", {"email": LOTTE})
    email = db.session.scalar(select(EmailLog).order_by(EmailLog.id.desc()).limit(1))
    write_letter(email.id)
    db.session.rollback()
    token = re.search(r"/password/reset/(\S+)", links.filled(db.session.get(EmailLog, email.id).text_body))[1]
    assert tab.get(f"/login/link/{token}").status_code == 410
    ask(tab)
    assert tab.get(mailed().replace("/login/link/", "/password/reset/")).status_code == 410


def test_the_second_step_is_still_asked_for(business, tab):
    ada = make_member()
    second.begin(ada.user_id)
    secret = second.secret_of(db.session.get(User, ada.user_id))
    second.confirm(ada.user_id, pyotp.TOTP(secret).at(the_clock.now()), session_id=None)
    ask(tab, "ada@majorna.example", next="/admin")
    assert tab.post(mailed()).location == "/login/second?next=/admin"
    assert not tab.is_signed_in()
    later = the_clock.now() + timedelta(seconds=30)
    assert tab.post("/login/second", {"code": pyotp.TOTP(secret).at(later), "next": "/admin"}).location == "/admin"
    assert tab.is_signed_in()


def test_who_was_kept_out_stays_out(lotte, tab):
    ask(tab)
    path = mailed()
    make_member()
    members.disable(lotte.id)
    assert tab.post(path).status_code == 410
    before = links_made()
    ask(tab)
    assert links_made() == before


def test_a_guest_gets_an_account_by_the_button_and_not_before(business, tab):
    make_booking(name="Lotte Holm", email=LOTTE, phone="+45 20 12 34 56", language="da")
    ask(tab, "LOTTE@example.dk")
    email = db.session.scalar(select(EmailLog).where(EmailLog.kind == "sign_in"))
    assert email.language == "da"
    path = mailed()
    tab.get(path)
    assert db.session.scalar(select(func.count()).select_from(User)) == 0
    assert tab.post(path).location == "/"
    db.session.rollback()
    made = db.session.scalars(select(User)).one()
    assert (made.name, made.language, made.password_hash) == ("Lotte Holm", "da", None)
    assert made.email_proved_at is not None
    assert db.session.scalars(select(Membership.role)).one() == Role.CUSTOMER
    assert tab.is_signed_in()


def test_a_link_leads_into_the_business_that_mailed_it_and_no_other(business, tab, clean):
    make_booking(name="Lotte Holm", email=LOTTE)
    other = make_business("biler", hostname="biler.localhost")
    with within(other.id):
        make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")
    ask(Browser(clean.test_client(), "http://biler.localhost"))
    with within(other.id):
        path = mailed("biler.localhost")
    tab.post(path)
    db.session.rollback()
    with within(business.id):
        assert db.session.scalars(select(Membership)).all() == [], "the press was for the other business"


def test_what_a_stranger_set_up_with_the_address_counts_no_longer(business, tab, clean):
    order = RegisterOrder(name="Not Lotte", email=LOTTE, password=PASSWORD)
    accounts.register(order, passwords.hashed(PASSWORD), language="en")
    stranger = Browser(clean.test_client())
    assert stranger.sign_in(LOTTE).status_code == 303
    ask(tab)
    assert tab.post(mailed()).status_code == 303
    assert tab.is_signed_in()
    assert not stranger.is_signed_in()
    assert Browser(clean.test_client()).sign_in(LOTTE).status_code == 422


def test_whoever_has_the_password_and_the_mail_keeps_both(business, tab, clean):
    accounts.register(
        RegisterOrder(name="Lotte Holm", email=LOTTE, password=PASSWORD), passwords.hashed(PASSWORD), language="en"
    )
    tab.sign_in(LOTTE)
    assert tab.post("/account/link", {"next": "/bookings"}).location == "/bookings"
    assert tab.post(mailed()).location == "/bookings"
    assert Browser(clean.test_client()).sign_in(LOTTE).status_code == 303
    ask(tab)
    elsewhere = Browser(clean.test_client())
    elsewhere.post(mailed())
    assert elsewhere.is_signed_in()
    assert Browser(clean.test_client()).sign_in(LOTTE).status_code == 303, "a proved address keeps its password"


def test_a_fresh_link_stands_in_for_the_password(business, tab):
    make_member()
    tab.sign_in()
    the_clock.forward(minutes=11)
    asked = tab.post("/account/second-step/begin")
    assert asked.status_code == 403
    assert "Mail me a link" in asked.text
    tab.post("/account/link")
    tab.post(mailed())
    assert tab.post("/account/second-step/begin").status_code == 303


def test_old_links_are_forgotten(lotte, tab, clock):
    ask(tab)
    clock.forward(days=2)
    with transaction():
        assert sign_in_links.forget_old() == 1
