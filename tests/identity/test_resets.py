"""A new password by mail: half an hour, once, and it ends what was open."""

import contextvars
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.identity import letters, resets
from app.identity.models import Membership, Reset
from app.kernel.db import db, transaction
from app.kernel.errors import Gone
from app.messaging import links
from app.messaging.letters import write_letter
from app.messaging.models import EmailLog
from tests.identity.people import PASSWORD, Browser, is_open, log_in, make_member

NEW = "helt-nya-kartonger-48"


@pytest.fixture
def tab(client) -> Browser:
    return Browser(client)


@pytest.fixture
def owner(business) -> Membership:
    return make_member()


def mailed() -> str:
    """The path of the link in the newest mail, as the worker sends it."""
    email = db.session.scalar(select(EmailLog).order_by(EmailLog.id.desc()).limit(1))
    write_letter(email.id)
    db.session.rollback()
    email = db.session.get(EmailLog, email.id)
    found = re.search(r"http://majorna\.localhost:8000(/password/reset/\S+)", links.filled(email.text_body))
    assert found, email.text_body
    assert links.filled(email.html_body).count(found[1]) == 1
    return found[1]


def ask(tab: Browser, email: str = "ada@majorna.example"):
    return tab.post("/password/forgot", {"email": email})


def test_a_link_comes_by_mail_and_lets_choose_a_password(owner, tab):
    assert ask(tab).location == "/password/forgot/done"
    path = mailed()
    page = tab.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert tab.post(path, {"password": NEW}).location == "/login"
    assert tab.sign_in().status_code == 422
    assert tab.sign_in(password=NEW).status_code == 303


def test_opening_the_link_changes_nothing_however_often(owner, tab):
    ask(tab)
    path = mailed()
    for _each in range(5):
        assert tab.get(path).status_code == 200
    assert tab.sign_in().status_code == 303


def test_the_link_works_once(owner, tab):
    ask(tab)
    path = mailed()
    assert tab.post(path, {"password": NEW}).status_code == 303
    assert tab.get(path).status_code == 410
    assert tab.post(path, {"password": "en-tredje-kartong-49"}).status_code == 410
    assert tab.sign_in(password=NEW).status_code == 303


def test_without_the_note_of_its_use_it_would_work_twice(owner, tab):
    ask(tab)
    path = mailed()
    tab.post(path, {"password": NEW})
    with transaction():
        db.session.execute(update(Reset).values(used_at=None))
    assert tab.post(path, {"password": "en-tredje-kartong-49"}).status_code == 303


def test_of_two_presses_at_once_one_counts(clean, owner, tab):
    ask(tab)
    token = mailed().rpartition("/")[2]

    def press(number: int) -> str:
        with clean.app_context():
            try:
                resets.use(token, f"{NEW}-{number}")
                return "taken"
            except Gone:
                return "over"

    with ThreadPoolExecutor(6) as threads:
        told = list(threads.map(lambda number: contextvars.Context().run(press, number), range(6)))
    assert sorted(told) == ["over"] * 5 + ["taken"]


def test_the_link_is_good_for_half_an_hour(owner, tab, clock):
    ask(tab)
    path = mailed()
    clock.forward(minutes=29)
    assert tab.get(path).status_code == 200
    clock.forward(minutes=2)
    assert tab.get(path).status_code == 410
    assert tab.post(path, {"password": NEW}).status_code == 410


def test_a_new_password_ends_all_sessions_tokens_and_other_links(clean, owner, client, tab):
    elsewhere = Browser(clean.test_client())
    elsewhere.sign_in()
    token = log_in(client).json["token"]
    ask(tab)
    earlier = mailed()
    ask(tab)
    tab.post(mailed(), {"password": NEW})
    assert not elsewhere.is_signed_in()
    assert not is_open(client, token)
    assert tab.get(earlier).status_code == 410


def test_a_new_password_lifts_the_wait_after_wrong_ones(owner, tab):
    for _each in range(10):
        tab.sign_in(password="not-this-one-here")
    assert tab.sign_in().status_code == 429
    ask(tab)
    tab.post(mailed(), {"password": NEW})
    assert tab.sign_in(password=NEW).status_code == 303


def test_a_weak_password_is_refused_and_the_link_stays_good(owner, tab):
    ask(tab)
    path = mailed()
    for weak in ("kort", "password1234", "adaberg12345"[:10], "ada@majorna.example"):
        answer = tab.post(path, {"password": weak})
        assert answer.status_code == 422
        assert weak not in answer.text.replace("majorna.example", "")
    assert tab.post(path, {"password": NEW}).status_code == 303


def test_an_unknown_address_gets_the_same_page_and_no_mail(owner, tab):
    known, unknown = ask(tab), ask(tab, "nobody@majorna.example")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert db.session.scalar(select(func.count()).select_from(EmailLog)) == 1
    assert db.session.scalar(select(func.count()).select_from(Reset)) == 1


@pytest.mark.parametrize("token", ["x", "a" * 200, "%00", "..%2f..", "ÅÄÖ"])
def test_made_up_links_open_nothing(owner, tab, token):
    assert tab.get(f"/password/reset/{token}").status_code in (400, 404, 410)


def test_neither_the_row_nor_the_stored_mail_opens_anything(owner, tab):
    ask(tab)
    token = mailed().rpartition("/")[2]
    email = db.session.scalar(select(EmailLog))
    row = db.session.scalar(select(Reset))
    assert token not in email.text_body + email.html_body + str(email.facts)
    assert row.token_hash != token.encode()
    assert row.expires_at - email.created_at <= timedelta(minutes=30)
    key = email.facts["link"].rpartition(":")[2]
    assert tab.get(f"/password/reset/{key}").status_code == 410


def test_the_office_sees_the_mail_but_not_its_link(owner, tab):
    ask(tab)
    path = mailed()
    email = db.session.scalar(select(EmailLog))
    tab.sign_in()
    pages = [answer.text for answer in (tab.get(f"/admin/emails/{email.public_id}{part}") for part in ("", "/body"))]
    assert any("new password" in page for page in pages)
    assert not any(path in page or "/password/reset/" in page for page in pages)


def test_resets_need_the_form_token(owner, client, tab):
    ask(tab)
    path = mailed()
    assert tab.post(path, {"password": NEW, "csrf_token": "stale"}).status_code == 422
    assert tab.sign_in(password=PASSWORD).status_code == 303


def test_each_kind_of_token_has_a_key_of_its_own(owner):
    assert letters.reset_token("abc") != letters.reset_token("abd")
    assert letters.reset_token("abc") == letters.reset_token("abc")
