"""The office's pages of cars and drivers."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.fleet import queries
from app.fleet.models import Car, Driver
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_car, make_driver

CAR = {
    "name": "Kia Niro", "plate": "dp 33 570", "category": "suv", "seats": "5", "transmission": "automatic",
    "fuel": "electric", "licence": "B", "odometer": "120", "price_day": "545.50", "buffer_minutes": "45",
    "notice_minutes": "0", "shortest_minutes": "60",
}  # fmt: skip
WEEK = {f"{name}_{day}": at for day in range(7) for name, at in (("begins", "08:00"), ("ends", "17:00"))}


@pytest.fixture
def desk(client: FlaskClient, business: Business) -> Browser:
    """A dispatcher's browser."""
    make_member("ada@majorna.example", Role.DISPATCHER)
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    return browser


def now(model: type[Car] | type[Driver]) -> Car | Driver:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(model)).one()


def test_a_car_comes_in_is_found_and_changes(desk: Browser) -> None:
    assert "No cars yet" in desk.get("/admin/cars").text
    wrong = desk.post("/admin/cars/new", CAR | {"price_day": "", "seats": "many"})
    assert wrong.status_code == 422
    assert 'value="Kia Niro"' in wrong.text
    made = desk.post("/admin/cars/new", CAR)
    assert made.status_code == 303
    assert "DP 33 570" in desk.get("/admin/cars?q=niro").text
    page = desk.get(made.headers["Location"])
    assert 'value="545.50"' in page.text
    version = str(now(Car).version)
    changed = desk.post(made.headers["Location"], CAR | {"version": version, "opens": "07:00", "closes": "19:00"})
    assert changed.status_code == 303
    assert desk.post(made.headers["Location"], CAR | {"version": version, "seats": "4"}).status_code == 409
    assert desk.post(made.headers["Location"], CAR | {"opens": "09:00", "closes": "08:00"}).status_code == 422


def test_a_time_off_the_road_is_noted_and_ended_and_refused_where_it_is_booked(desk: Browser) -> None:
    car, day = make_car(), a_day_ahead().isoformat()
    times = {"starts": day, "starts_time": "08:00", "ends": day, "ends_time": "12:00", "reason": "New tyres"}
    path = f"/admin/cars/{car.public_id}"
    assert desk.post(f"{path}/blocks", times).status_code == 303
    assert "New tyres" in desk.get(path).text
    desk.post(f"{path}/blocks", times)
    desk.post(f"{path}/blocks", times | {"ends": (date.fromisoformat(day) - timedelta(days=2)).isoformat()})
    [block] = queries.blocks(car.id)
    desk.post(f"{path}/blocks/{block.id}/end")
    db.session.rollback()
    assert queries.blocks(car.id) == []
    assert desk.post(f"{path}/retire").headers["Location"].endswith("/admin/cars")
    assert desk.get(path).status_code == 404


def test_a_driver_comes_in_with_a_week(desk: Browser) -> None:
    make_member("sara@majorna.example", Role.DRIVER)
    facts = {"name": "Sara", "email": "sara@majorna.example", "licences": ["B", "D1"]} | WEEK
    assert desk.post("/admin/drivers/new", facts | {"email": "nobody@example.se"}).status_code == 422
    made = desk.post("/admin/drivers/new", facts | {"begins_6": "", "ends_6": ""})
    assert made.status_code == 303
    driver = now(Driver)
    assert isinstance(driver, Driver)
    assert (driver.shifts[0], driver.shifts[6], driver.licences) == (["08:00", "17:00"], None, ["B", "D1"])
    assert 'value="08:00"' in desk.get(made.headers["Location"]).text
    backwards = desk.post(made.headers["Location"], facts | {"begins_0": "18:00"})
    assert backwards.status_code == 422
    assert 'value="18:00"' in backwards.text


def test_the_accountant_reads_and_changes_nothing(client: FlaskClient, business: Business) -> None:
    make_member("lone@majorna.example", Role.ACCOUNTANT)
    browser, car, driver = Browser(client), make_car(), make_driver()
    browser.sign_in("lone@majorna.example")
    for path in (f"/admin/cars/{car.public_id}", f"/admin/drivers/{driver.public_id}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "out of use" not in page.text
        assert browser.post(path, CAR).status_code == 403
    assert browser.get("/admin/cars/new").status_code == 403
