"""Seasons for the office's programs: listed, brought in once, changed under their version, dropped."""

from datetime import date
from typing import Any

from flask.testing import FlaskClient

from app.fleet import seasons
from app.kernel.access import Role
from app.kernel.businesses import Business
from tests.bookings.test_cars_api import Program, body_of, signed_in
from tests.bookings.visitor import value_of
from tests.identity.people import HOST, Browser, apart, make_member

PLACE = "/api/v1/admin/seasons"
SUMMER = {"name": "Summer", "first": "2027-06-20", "last": "2027-08-15", "everyYear": True, "percent": 30}


def test_the_office_keeps_its_seasons(client: FlaskClient, business: Business) -> None:
    staff = signed_in(client, Role.OWNER)
    made = body_of(staff.call("POST", PLACE, SUMMER), 201)
    assert made == SUMMER | {"id": made["id"], "version": 1}
    path = f"{PLACE}/{made['id']}"
    assert body_of(staff.call("GET", path), 200) == made
    assert body_of(staff.call("GET", PLACE, q="summ"), 200)["items"] == [made]
    assert body_of(staff.call("GET", PLACE, q="winter"), 200)["total"] == 0
    overlapping = SUMMER | {"name": "Fair", "first": "2027-08-01", "last": "2027-08-20"}
    assert body_of(staff.call("POST", PLACE, overlapping), 422)["errors"][0]["field"] == "first"
    changed = body_of(staff.call("PATCH", path, {"version": 1, "percent": -10}), 200)
    assert changed == made | {"percent": -10, "version": 2}
    stale = body_of(staff.call("PATCH", path, {"version": 1, "percent": 50}), 409)
    assert stale["current"] == changed
    assert body_of(staff.call("PATCH", path, {"last": "2027-01-01"}), 422)["errors"][0]["field"] == "last"
    assert body_of(staff.call("PATCH", path, {"percent": 501}), 422)["errors"][0]["field"] == "percent"
    assert body_of(staff.call("GET", path), 200) == changed
    assert staff.call("DELETE", path).status_code == 204
    assert staff.call("GET", path).status_code == 404


def test_the_same_key_brings_one_in(client: FlaskClient, business: Business) -> None:
    staff = signed_in(client, Role.OWNER)
    headers = {"Idempotency-Key": "summer", "Authorization": f"Bearer {staff.token}"}
    answers: list[Any] = [
        apart(client.post, PLACE, json=SUMMER, headers=headers, base_url=HOST).json for _try in range(2)
    ]
    assert answers[0] == answers[1]
    assert body_of(staff.call("GET", PLACE), 200)["total"] == 1


def test_drivers_and_strangers_change_none(client: FlaskClient, business: Business) -> None:
    assert Program(client).call("GET", PLACE).status_code == 401
    assert signed_in(client, Role.DRIVER).call("POST", PLACE, SUMMER).status_code == 403


def test_on_the_page_the_second_of_two_is_told(client: FlaskClient, business: Business) -> None:
    make_member()
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    order = seasons.SeasonOrder(name="Fair", first=date(2027, 5, 1), last=date(2027, 5, 3), percent=20)
    season = seasons.add_season(order)
    path = f"/admin/cars/seasons/{season.id}"
    form = {"name": "Fair", "first": "2027-05-01", "last": "2027-05-04", "percent": "20"}
    form["version"] = value_of(browser.get(path).text, "version")
    assert browser.post(path, form).status_code == 303
    late = browser.post(path, form | {"percent": "40"})
    assert late.status_code == 409
    assert "Somebody else has changed this in the meantime." in late.text
    assert browser.post(path, form | {"percent": "40", "version": value_of(late.text, "version")}).status_code == 303
