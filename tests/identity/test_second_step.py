"""The second step: set up, asked for, once for each code, demanded of staff, and gone round by nobody."""

import re
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.identity import second
from app.identity.models import User
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business
from app.kernel.db import db
from app.settings.firm import change_firm
from tests.identity.people import PASSWORD, Browser, body_of, make_member


def code_of(browser_email: str = "ada@majorna.example", steps: int = 0) -> str:
    """What the app on that person's phone shows now, or some steps from now."""
    db.session.rollback()
    user = db.session.scalars(select(User).where(User.email == browser_email)).one()
    at = int(the_clock.now().timestamp()) + 30 * steps
    return pyotp.TOTP(second.secret_of(user)).at(at)


@pytest.fixture
def ada(client: FlaskClient, business: Business) -> Browser:
    make_member()
    return Browser(client)


def set_up(ada: Browser) -> list[str]:
    """Set the second step up, with the phone's clock one step behind; the recovery codes."""
    ada.sign_in()
    assert ada.post("/account/second-step/begin").status_code == 303
    page = ada.get("/account/second-step").text
    assert "<svg" in page
    answer = ada.post("/account/second-step/confirm", {"code": code_of(steps=-1)})
    assert answer.status_code == 200, answer.text
    codes = re.findall(r">([2-9a-z]{5}-[2-9a-z]{5})</li>", answer.text)
    assert len(codes) == 10
    ada.post("/logout")
    return codes


def test_the_password_alone_no_longer_lets_in(ada: Browser) -> None:
    set_up(ada)
    answer = ada.sign_in()
    assert "/login/second" in answer.headers["Location"]
    assert not ada.is_signed_in()
    wrong = ada.post("/login/second", {"code": "000000"})
    assert wrong.status_code == 422
    assert not ada.is_signed_in()
    assert ada.post("/login/second", {"code": code_of()}).status_code == 303
    assert ada.is_signed_in()


def test_a_code_works_once(ada: Browser) -> None:
    set_up(ada)
    used = code_of()
    ada.sign_in()
    assert ada.post("/login/second", {"code": used}).status_code == 303
    ada.post("/logout")
    ada.sign_in()
    assert ada.post("/login/second", {"code": used}).status_code == 422
    assert ada.post("/login/second", {"code": code_of(steps=1)}).status_code == 303


def test_a_recovery_code_works_once_however_it_is_written(ada: Browser) -> None:
    codes = set_up(ada)
    ada.sign_in()
    assert ada.post("/login/second", {"code": f" {codes[0].upper().replace('-', ' ')} "}).status_code == 303
    ada.post("/logout")
    ada.sign_in()
    assert ada.post("/login/second", {"code": codes[0]}).status_code == 422
    assert ada.post("/login/second", {"code": codes[1]}).status_code == 303


def test_after_ten_wrong_codes_nobody_is_heard(ada: Browser) -> None:
    set_up(ada)
    ada.sign_in()
    answers = [ada.post("/login/second", {"code": "000000"}).status_code for _try in range(11)]
    assert answers[:10] == [422] * 10
    assert answers[10] == 429
    assert ada.post("/login/second", {"code": code_of()}).status_code == 429


def test_nobody_reaches_the_second_step_without_the_password(ada: Browser) -> None:
    set_up(ada)
    assert ada.post("/login/second", {"code": code_of()}).status_code == 303
    assert not ada.is_signed_in()


def test_a_right_password_waits_ten_minutes_for_its_code(ada: Browser, clock: Any) -> None:
    set_up(ada)
    ada.sign_in()
    clock.forward(minutes=11)
    ada.post("/login/second", {"code": code_of()})
    assert not ada.is_signed_in()


def test_programs_need_the_code_too(ada: Browser, client: FlaskClient) -> None:
    set_up(ada)
    body = {"email": "ada@majorna.example", "password": PASSWORD}
    refused = body_of(client, "/api/v1/auth/login", body)
    assert refused.status_code == 401
    assert refused.json is not None
    assert refused.json["needs"] == "code"
    assert body_of(client, "/api/v1/auth/login", body | {"code": code_of()}).status_code == 200


def test_a_wrong_first_code_turns_nothing_on(ada: Browser) -> None:
    ada.sign_in()
    ada.post("/account/second-step/begin")
    assert ada.post("/account/second-step/confirm", {"code": "12"}).status_code == 422
    ada.post("/logout")
    assert ada.sign_in().headers["Location"].endswith("/admin")


def test_staff_of_a_firm_that_demands_it_do_nothing_else_first(ada: Browser, clean: Any) -> None:
    change_firm({"demands_second_step": True})
    make_member("kund@majorna.example", Role.CUSTOMER)
    ada.sign_in()
    sent = ada.get("/admin")
    assert sent.status_code == 303
    assert sent.headers["Location"].endswith("/account/second-step")
    customer = Browser(clean.test_client())
    customer.sign_in("kund@majorna.example")
    assert customer.get("/dashboard").status_code == 200
    ada.post("/account/second-step/begin")
    assert ada.post("/account/second-step/confirm", {"code": code_of()}).status_code == 200
    assert ada.get("/admin").status_code == 200
    assert ada.post("/account/second-step/end").status_code == 403


def test_it_is_taken_off_by_its_owner_and_the_log_tells_all(ada: Browser) -> None:
    set_up(ada)
    ada.sign_in()
    ada.post("/login/second", {"code": code_of()})
    assert ada.post("/account/second-step/codes").status_code == 200
    assert ada.post("/account/second-step/end").status_code == 303
    ada.post("/logout")
    assert ada.sign_in().headers["Location"].endswith("/admin")
    db.session.rollback()
    deeds = set(db.session.scalars(select(AuditEntry.action)))
    assert {"second.begun", "second.codes", "second.ended"} <= deeds
