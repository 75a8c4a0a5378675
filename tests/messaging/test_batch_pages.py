"""The office's pages for invites to many."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.kernel.access import Role
from app.kernel.businesses import Business
from app.messaging import plans
from tests.identity.people import Browser
from tests.messaging.test_invite_pages import PAGE, TEXT, browser_of
from tests.messaging.texting import make_customer, used


@pytest.fixture
def office(client: FlaskClient, business: Business, clock: Any) -> Browser:
    """The owner's browser."""
    return browser_of(client, Role.OWNER)


def test_from_the_search_to_the_last_customer(
    office: Browser, business: Business, run_jobs: Callable[..., int]
) -> None:
    plans.subscribe(business.id, "growth")
    for number in range(3):
        make_customer(f"Anna {number}", tags=["autumn"])
    make_customer("Mute", number="", tags=["autumn"])
    make_customer("Bo")
    found = office.post(PAGE, {"act": "search", "message": TEXT, "tag": "autumn"}).text
    assert "Invite all 4 that fit" in found
    form = {"act": "many", "message": TEXT, "tag": "autumn", "key": "one"}
    where = office.post(PAGE, form).headers["Location"]
    assert office.post(PAGE, form).headers["Location"] == where, "pressed twice it is one"
    assert "Looked at" in office.get(where).text
    run_jobs()
    ready = office.get(where).text
    assert "3 invites will go" in ready
    assert "No mobile number 1" in ready
    assert used() == 0
    assert "Mute" in office.get(f"{where}?outcome=no_mobile").text
    office.post(f"{where}/start")
    run_jobs()
    done = office.get(where).text
    assert "Invited 3" in done
    assert used() == 3
    table = list(csv.reader(io.StringIO(office.get(f"{where}/customers.csv").text.lstrip("\ufeff")), delimiter=";"))
    assert [row[2:4] for row in table[1:]] == [["Invited", "sent"]] * 3 + [["No mobile number", ""]]
    assert "The tag “autumn”" in office.get(f"{PAGE}/batches").text


def test_a_batch_is_stopped_from_its_page(office: Browser, run_jobs: Callable[..., int]) -> None:
    make_customer()
    where = office.post(PAGE, {"act": "many", "message": TEXT}).headers["Location"]
    run_jobs()
    office.post(f"{where}/stop")
    page = office.get(where).text
    assert "Stopped" in page
    assert "Send the invites" not in page
    assert office.post(f"{where}/start").status_code == 409


def test_a_text_that_nobody_fills_in_makes_no_batch(office: Browser) -> None:
    make_customer()
    answer = office.post(PAGE, {"act": "many", "message": "Hi {nmae}"})
    assert answer.status_code == 422
    assert "Nobody fills in {nmae}" in answer.text


def test_who_may_only_look_sees_it_and_cannot_press(client: FlaskClient, business: Business, clock: Any) -> None:
    owner = browser_of(client, Role.OWNER)
    make_customer()
    where = owner.post(PAGE, {"act": "many", "message": TEXT}).headers["Location"]
    accountant = browser_of(client.application.test_client(), Role.ACCOUNTANT)
    page = accountant.get(where)
    assert page.status_code == 200
    assert "Stop it" not in page.text
    assert accountant.post(f"{where}/stop").status_code == 403
