"""One's own account, and opening one on the page."""

import pytest
from sqlalchemy import func, select

from app.identity.account_page import browser_of
from app.identity.models import User
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.db import db
from app.messaging.models import EmailLog
from tests.identity.people import PASSWORD, Browser, make_member

ANNA = {"name": "Anna Lindqvist", "email": "anna@example.se", "password": "flera-tunga-kartonger", "phone": ""}


@pytest.fixture
def tab(client, business) -> Browser:
    return Browser(client)


def person() -> User:
    db.session.rollback()
    return db.session.scalar(select(User).order_by(User.id).limit(1))


def test_opening_an_account_and_signing_in(tab):
    answer = tab.post("/register", ANNA | {"phone": "070-123 45 67"})
    assert answer.location == "/register/done"
    assert person().phone == "070-123 45 67"
    assert tab.sign_in("ANNA@example.se", ANNA["password"]).location == "/"


def test_a_known_address_gets_the_same_page_and_its_owner_a_mail(tab):
    first, second = tab.post("/register", ANNA), tab.post("/register", ANNA | {"password": "andra-kartonger-49"})
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert db.session.scalar(select(func.count()).select_from(User)) == 1
    assert db.session.scalar(select(EmailLog.kind)) == "account_exists"
    assert tab.sign_in("anna@example.se", "andra-kartonger-49").status_code == 422


def test_each_bad_field_has_its_own_message_and_the_rest_stays(tab):
    answer = tab.post("/register", ANNA | {"email": "anna", "password": "kort"})
    assert answer.status_code == 422
    assert 'value="Anna Lindqvist"' in answer.text
    assert 'id="email-err"' in answer.text
    assert 'id="password-err"' in answer.text
    assert 'id="name-err"' not in answer.text
    assert "kort" not in answer.text
    assert "2 things to put right" in answer.text


def test_a_field_is_checked_when_it_is_left(tab):
    answer = tab.post("/register/field?check=email", {"email": "anna"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.count('id="fld-') == 1
    assert 'id="email-err"' in answer.text
    assert tab.post("/register/field?check=csrf_token").status_code == 404
    assert tab.post("/register/field?check=nothing").status_code == 404


def test_a_stale_form_comes_back_as_typed_with_a_token_that_works(tab):
    answer = tab.post("/register", ANNA | {"csrf_token": "of-last-week"})
    assert answer.status_code == 422
    assert 'value="anna@example.se"' in answer.text
    assert person() is None
    assert tab.post("/register", ANNA).status_code == 303


def test_details_are_saved_and_the_language_follows(tab):
    make_member()
    tab.sign_in()
    answer = tab.post("/account/details", {"name": "Ada B", "phone": "", "language": "sv"})
    assert answer.location == "/account"
    assert (person().name, person().language) == ("Ada B", "sv")
    assert '<html lang="sv"' in tab.get("/account").text
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "account.changed"))
    assert (entry.before, entry.after) == ({"name": "Ada Berg", "language": "en"}, {"name": "Ada B", "language": "sv"})


@pytest.mark.parametrize("form", [{"name": ""}, {"language": "xx"}, {"phone": "x"}])
def test_odd_details_are_refused(tab, form):
    make_member()
    tab.sign_in()
    assert tab.post("/account/details", {"name": "Ada", "phone": "", "language": "sv"} | form).status_code == 422
    assert person().name == "Ada Berg"


def test_a_role_cannot_be_smuggled_into_ones_details(tab):
    member = make_member(role=Role.CUSTOMER)
    tab.sign_in()
    more = {"role": "owner", "email": "eve@x.example", "id": "1", "business_id": "2"}
    tab.post("/account/details", {"name": "Ada", "phone": "", "language": "en"} | more)
    assert person().email == "ada@majorna.example"
    assert tab.get("/admin/users").status_code == 403
    assert member.role == Role.CUSTOMER


def test_a_new_password_signs_the_other_browsers_out(clean, tab):
    make_member()
    tab.sign_in()
    other = Browser(clean.test_client())
    other.sign_in()
    wrong = tab.post("/account/password", {"present": "not-this-one", "password": "ny-hast-och-vagn-48"})
    assert wrong.status_code == 422
    assert "not your password" in wrong.text
    weak = tab.post("/account/password", {"present": PASSWORD, "password": "password1234"})
    assert "Many people use this password" in weak.text
    assert tab.post("/account/password", {"present": PASSWORD, "password": "ny-hast-och-vagn-48"}).status_code == 303
    assert tab.is_signed_in()
    assert not other.is_signed_in()
    assert other.sign_in(password="ny-hast-och-vagn-48").status_code == 303


def test_pages_of_the_signed_in_are_kept_nowhere(tab):
    make_member()
    tab.sign_in()
    assert tab.get("/account").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/login", "/register", "/password/forgot", "/register/done", "/password/forgot/done"])
def test_the_doors_are_open_to_everybody(tab, path):
    assert tab.get(path).status_code == 200


def test_browsers_are_named_in_two_words():
    assert browser_of("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120") == "Edge, Windows"
    assert browser_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Safari/604") == "Safari, iPhone"
    assert browser_of("strange") == ""
