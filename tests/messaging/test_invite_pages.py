"""The office's pages for invites and text messages, without scripts as with them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.messaging import consent, plans
from app.messaging.sms_models import Sms
from tests.identity.people import Browser, apart, make_member
from tests.messaging.texting import an_invite, make_customer, noon, now_of

PAGE = "/admin/invites"
TEXT = "Hi {first_name}, book: {link} Reply STOP to get no more."


@pytest.fixture
def office(client: FlaskClient, business: Business, clock: Any) -> Browser:
    """The owner's browser."""
    return browser_of(client, Role.OWNER)


def browser_of(client: FlaskClient, role: Role) -> Browser:
    noon()
    make_member(f"{role}@majorna.example", role)
    browser = Browser(client)
    assert browser.sign_in(f"{role}@majorna.example").status_code == 303
    return browser


def press(office: Browser, act: str, people: list[Any], message: str = TEXT, **more: str) -> Any:
    """Press a button of the form."""
    form = {"act": act, "message": message, "to": [one.public_id for one in people]} | more
    return office.post(PAGE, form)


def test_the_page_says_what_is_left_and_when_it_begins_anew(office: Browser) -> None:
    page = office.get(PAGE).text
    assert "Plan Starter" in page
    assert "3 left. The count begins anew" in page


def test_customers_are_found_and_stay_chosen(office: Browser) -> None:
    anna, bo = make_customer("Anna Berg"), make_customer("Bo Ek")
    page = press(office, "search", [anna], q="bo").text
    boxes = dict(re.findall(r'name="to" value="(\w+)"( checked)?', page))
    assert boxes == {anna.public_id: " checked", bo.public_id: ""}
    chosen = press(office, "all", [], q="e").text
    assert chosen.count(" checked hx-post") == 2


def test_the_preview_says_who_goes_who_cannot_and_why(office: Browser) -> None:
    going = [make_customer(name) for name in ("A", "B", "C", "D")]
    mute, gone = make_customer("Mute", number=""), make_customer("Stina")
    consent.stop(gone.phone_number, source="office")
    an_invite(going[0])
    page = press(office, "check", [*going, mute, gone]).text
    assert "2 invites will go" in page
    for words in ("no mobile number (Mute)", "want no invites (Stina)", "within three days (A)", "used up (D)"):
        assert words in page.replace("  ", " "), words
    assert "Hi A, book: http://majorna.localhost:8000/i/xxxxxxxx" in page


def test_the_letter_that_doubles_the_price_is_pointed_out_and_swapped(office: Browser) -> None:
    dear = "Don’t wait! Reply STOP. " + "x" * 60
    page = press(office, "check", [make_customer()], dear).text
    assert "Swap them" in page
    assert "UCS-2" in page
    swapped = press(office, "swap", [make_customer()], dear).text
    assert "GSM-7" in swapped
    assert "Don&#39;t wait!" in swapped


def test_sending_goes_once_however_often_it_is_pressed(office: Browser, run_jobs: Callable[..., int]) -> None:
    anna = make_customer("Anna Berg")
    for words in ("1 invite is on its way.", "Anna Berg"):
        answer = press(office, "send", [anna], key="k" * 20)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/sms")
        assert words in office.get("/admin/sms").text
    assert plans.standing().used == 1
    run_jobs()
    assert "Anna Berg" in office.get("/admin/sms").text


def test_refusals_are_told_by_name_and_by_when_it_will_be_possible(office: Browser) -> None:
    people = [make_customer(name) for name in ("A", "B", "C")]
    press(office, "send", people)
    late, gone = make_customer("Late Larsson"), make_customer("Stina Stopp")
    press(office, "send", [late])
    page = office.get(PAGE).text
    assert "All 3 invites of this month are used. The next one can go from" in page
    assert "Late Larsson" in page
    consent.stop(gone.phone_number, source="sms", text="STOP")
    press(office, "send", [gone])
    assert "Stina Stopp wants no invites." in office.get(PAGE).text


def test_an_empty_form_and_unknown_places_are_refused_with_what_was_typed(office: Browser) -> None:
    answer = press(office, "send", [], "Hi {nmae}")
    assert answer.status_code == 422
    for words in ("Choose at least one customer.", "Nobody fills in {nmae}.", "Hi {nmae}</textarea>"):
        assert words in answer.text


def test_what_cannot_be_stored_is_refused_wherever_it_stands(office: Browser) -> None:
    answer = office.post("/admin/invites", {"act": "check", "to": "some\x00body", "message": TEXT})
    assert answer.status_code == 400


def test_only_the_operator_changes_the_plan(client: FlaskClient, office: Browser) -> None:
    assert office.post(f"{PAGE}/plan", {"plan": "pro"}).status_code == 403
    operator = browser_of(client, Role.PLATFORM)
    assert operator.post(f"{PAGE}/plan", {"plan": "pro"}).status_code == 303
    page = operator.get(PAGE).text
    assert "Plan Pro" in page
    assert "Plan changed from starter to pro" in page


def test_who_may_only_look_gets_no_form(client: FlaskClient, business: Business, clock: Any) -> None:
    accountant = browser_of(client, Role.ACCOUNTANT)
    assert "<textarea" not in accountant.get(PAGE).text
    assert press(accountant, "send", [make_customer()]).status_code == 403


def test_the_log_and_the_message_say_what_happened_and_what_to_do(
    office: Browser, run_jobs: Callable[..., int]
) -> None:
    sms = an_invite(message=TEXT)
    run_jobs()
    played = office.post(f"/admin/sms/{sms.public_id}/play/undeliver")
    assert played.status_code == 303
    assert now_of(sms.id).state == "undelivered"
    listed = office.get("/admin/sms?view=attention").text
    assert "Nobody has this number any more." in listed
    shown = office.get(f"/admin/sms/{sms.public_id}").text
    for words in ("It did not arrive.", "Ask for the new number.", "Send again", "Invite sent", "Invite not delivered"):
        assert words in shown, words
    assert office.post(f"/admin/sms/{sms.public_id}/handled").status_code == 303
    assert "Nothing went wrong" in office.get("/admin/sms?view=attention").text
    assert office.post(f"/admin/sms/{sms.public_id}/resend").status_code == 303
    assert plans.standing().used == 2


def test_the_outbox_plays_the_network_and_the_customer(office: Browser, run_jobs: Callable[..., int]) -> None:
    sms = an_invite()
    run_jobs()
    assert "Answer STOP" in office.get("/admin/sms/outbox").text
    office.post(f"/admin/sms/{sms.public_id}/play/deliver")
    assert now_of(sms.id).state == "delivered"
    office.post(f"/admin/sms/{sms.public_id}/play/stop")
    assert consent.is_stopped(sms.to_number)
    assert office.post(f"/admin/sms/{sms.public_id}/play/burn").status_code == 404


def test_a_doubt_is_settled_by_a_person(office: Browser) -> None:
    sms = an_invite()
    with transaction():
        row = db.session.get_one(Sms, sms.id)
        row.state, row.code = "failed", "in_doubt"
    assert "It arrived" in office.get(f"/admin/sms/{sms.public_id}").text
    office.post(f"/admin/sms/{sms.public_id}/arrived")
    assert now_of(sms.id).state == "sent"


def test_a_visit_is_counted_by_a_post_never_by_looking(office: Browser, client: FlaskClient) -> None:
    code = an_invite(message=TEXT).link_code
    stranger = Browser(client.application.test_client())
    for _ in range(3):
        assert stranger.get(f"/i/{code}").status_code == 200
        apart(stranger.client.head, f"/i/{code}", base_url=stranger.host)
    assert db.session.scalar(select(Sms.visits)) == 0
    assert stranger.post(f"/i/{code}/visit").headers["Location"] == "/book"
    assert stranger.post(f"/i/{code}/visit", headers={"HX-Request": "true"}).status_code == 204
    db.session.rollback()
    assert db.session.scalar(select(Sms.visits)) == 2
    assert db.session.scalar(text("select count(*) from events where name = 'invite.visited'")) == 1
    assert stranger.get("/i/nothere").status_code == 404
    assert stranger.post("/i/nothere/visit").status_code == 404
