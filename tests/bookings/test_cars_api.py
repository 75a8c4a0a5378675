"""Cars for programs: search, hold, extend, give up, book, one's own, figures, and the office's fleet."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.bookings.models import Booking, BookingState
from app.fleet.models import Hold
from app.jobs.models import Job
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.events import Event
from app.messaging.models import EmailLog
from tests.identity.people import HOST, apart, log_in, make_member
from tests.make import a_day_ahead, make_car


class Program:
    """A caller of the API; without a token it is known by its address, or by `cookie`."""

    def __init__(self, client: FlaskClient, token: str = "") -> None:
        self.client, self.token = client, token

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> TestResponse:
        """The answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        more = ({"json": body} if body is not None else {}) | ({"query_string": query} if query else {})
        return apart(self.client.open, path, method=method, headers=headers, base_url=HOST, **more)

    def hold(self, car_id: str, **more: Any) -> TestResponse:
        """Hold that car from ten to six, a week ahead."""
        day = a_day_ahead().isoformat()
        return self.call(
            "POST", "/api/v1/bookings/precheck", {"carId": car_id, "from": f"{day}T10:00", "to": f"{day}T18:00"} | more
        )

    def confirm(self, hold_id: str, **more: Any) -> TestResponse:
        """Book what is held."""
        person = {"name": "Erik Holm", "email": "erik@example.dk", "phone": "0701234567"}
        return self.call("POST", "/api/v1/bookings/confirm", {"holdId": hold_id} | person | more)


@pytest.fixture
def program(client: FlaskClient, business: Business) -> Program:
    """A stranger's."""
    return Program(client)


def signed_in(client: FlaskClient, role: Role, email: str = "ada@majorna.example") -> Program:
    """Somebody's of that role."""
    make_member(email, role)
    answer = log_in(client, email)
    assert answer.json is not None
    return Program(client, str(answer.json["token"]))


def body_of(answer: TestResponse, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def test_the_search_answers_with_totals_the_cheapest_first(program: Program) -> None:
    make_car("Dear", price_day="900", category="suv", seats=7, fuel="electric")
    make_car("Cheap", price_day="500.50", transmission="manual", price_driver="1000")
    first, last = a_day_ahead(7).isoformat(), a_day_ahead(9).isoformat()

    def names(**query: Any) -> list[str]:
        found = body_of(program.call("GET", "/api/cars", **{"from": first, "to": last} | query), 200)
        assert found["total"] == len(found["items"])
        return [item["name"] for item in found["items"]]

    found = body_of(program.call("GET", "/api/v1/cars", **{"from": first, "to": last}), 200)
    assert (found["page"], found["perPage"], found["total"]) == (1, 25, 2)
    cheap = found["items"][0]
    assert cheap["totalPrice"] == {"amount": "1501.50", "currency": "SEK"}
    assert cheap["pricePerDay"] == {"amount": "500.50", "currency": "SEK"}
    assert {"id", "name", "category", "seats", "transmission", "fuel", "imageUrl"} <= cheap.keys()
    assert program.call("GET", cheap["imageUrl"]).status_code == 200
    assert names(sort="-price") == ["Dear", "Cheap"]
    assert names(category="suv") == ["Dear"]
    assert names(category="suv,estate", seats=6) == ["Dear"]
    assert names(transmission="manual") == ["Cheap"]
    assert names(fuel="electric", maxPrice="899") == []
    assert names(withDriver="true") == ["Cheap"]
    assert names(withDriver="true", maxPrice="1000") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "x"}, "from"),
        ({"to": "2026-13-40"}, "to"),
        ({"from": "2020-01-01T10:00"}, "from"),
        ({"from": "0001-01-01T00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"category": "spaceship"}, "category"),
        ({"seats": "-1"}, "seats"),
        ({"maxPrice": "NaN"}, "maxPrice"),
        ({"wings": "2"}, "wings"),
    ],
)
def test_a_search_that_makes_no_sense_names_the_field(program: Program, query: dict[str, str], field: str) -> None:
    given = {"from": a_day_ahead(7).isoformat(), "to": a_day_ahead(8).isoformat()} | query
    found = body_of(program.call("GET", "/api/v1/cars", **given), 422)
    assert [error["field"] for error in found["errors"]] == [field]


def test_hold_and_book(program: Program, run_jobs: Callable[..., int]) -> None:
    car = make_car(plate="DK 48 217", price_driver="1800")
    held = body_of(program.hold(car.public_id, withDriver=True), 201)
    assert 595 <= held["secondsLeft"] <= 600
    assert held["totalPrice"] == {"amount": "2700.00", "currency": "SEK"}
    assert held["expiresAt"][-6:] in ("+01:00", "+02:00")
    assert body_of(program.hold(car.public_id), 409)["alternatives"] == []
    booked = body_of(program.confirm(held["holdId"], pickupAddress="Islands Brygge 79", notes="Two suitcases"), 201)
    assert booked["status"] == "confirmed"
    assert body_of(program.confirm(held["holdId"], name="Somebody"), 201) == booked
    booking = db.session.scalars(select(Booking)).one()
    assert (booking.public_id, booking.reference) == (booked["bookingId"], booked["reference"])
    assert (booking.service, booking.state, booking.price) == ("car", "confirmed", 2700)
    assert booking.from_address == "Islands Brygge 79"
    assert set(db.session.scalars(select(Event.name))) >= {"hold.created", "booking.created", "booking.confirmed"}
    opened = program.call("GET", booked["manageUrl"])
    assert opened.status_code == 200
    assert booked["reference"] in opened.text
    run_jobs()
    db.session.expire_all()
    mail = db.session.scalars(select(EmailLog)).one()
    assert (mail.kind, mail.state) == ("car_confirmed", "sent")
    assert "Volvo V90, DK 48 217" in mail.text_body
    assert "Islands Brygge" in mail.html_body
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.state == "failed")) == 0


def test_the_same_key_holds_once_and_a_taken_car_under_a_key_is_still_409(program: Program) -> None:
    car, other = make_car(), make_car("Another")
    day = a_day_ahead().isoformat()
    body = {"carId": car.public_id, "from": f"{day}T10:00", "to": f"{day}T18:00"}

    def post(key: str) -> TestResponse:
        return apart(
            program.client.post, "/api/v1/bookings/precheck", json=body, headers={"Idempotency-Key": key}, base_url=HOST
        )

    first, again = post("a"), post("a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    refused = body_of(post("b"), 409)
    assert [one["id"] for one in refused["alternatives"]] == [other.public_id]


def test_late_is_410_and_a_strangers_or_unknown_hold_is_404(program: Program, clock: Any) -> None:
    car = make_car()
    held = body_of(program.hold(car.public_id), 201)
    db.session.query(Hold).update({"client": "visitor:somebody"})
    db.session.commit()
    for hold_id in (held["holdId"], "z" * 20):
        assert program.confirm(hold_id).status_code == 404
        assert program.call("POST", f"/api/v1/bookings/precheck/{hold_id}/extend").status_code == 404
        assert program.call("DELETE", f"/api/v1/bookings/precheck/{hold_id}").status_code == 404
    db.session.query(Hold).update({"client": "address:127.0.0.1"})
    db.session.commit()
    clock.forward(minutes=10, seconds=1)
    assert program.confirm(held["holdId"]).status_code == 410
    assert program.call("POST", f"/api/v1/bookings/precheck/{held['holdId']}/extend").status_code == 410
    assert program.hold(car.public_id).status_code == 201


def test_extend_once_and_give_up(program: Program) -> None:
    held = body_of(program.hold(make_car().public_id), 201)
    path = f"/api/v1/bookings/precheck/{held['holdId']}"
    assert 895 <= body_of(program.call("POST", f"{path}/extend"), 200)["secondsLeft"] <= 900
    assert program.call("POST", f"{path}/extend").status_code == 409
    assert program.call("DELETE", path).status_code == 204
    assert program.call("DELETE", path).status_code == 204
    assert program.confirm(held["holdId"]).status_code == 410


def test_a_fourth_hold_is_too_many(program: Program) -> None:
    for number in range(3):
        assert program.hold(make_car(f"Car {number}").public_id).status_code == 201
    refused = program.hold(make_car("Fourth").public_id)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600


def test_what_is_wrong_with_the_form_leaves_the_hold(program: Program) -> None:
    held = body_of(program.hold(make_car().public_id), 201)
    found = body_of(program.confirm(held["holdId"], email="nobody", name=""), 422)
    assert {error["field"] for error in found["errors"]} == {"email", "name"}
    assert program.confirm(held["holdId"]).status_code == 201


def test_a_cancelled_rental_gives_the_car_back_and_a_moved_one_takes_its_buffer_along(
    client: FlaskClient, business: Business
) -> None:
    staff = signed_in(client, Role.DISPATCHER)
    car = make_car(buffer_minutes=60)
    program, day = Program(client), a_day_ahead().isoformat()
    booked = body_of(program.confirm(body_of(program.hold(car.public_id), 201)["holdId"]), 201)
    path = f"/api/v1/bookings/{booked['bookingId']}"
    body_of(staff.call("PATCH", path, {"startsAt": f"{day}T12:00", "endsAt": f"{day}T20:00"}), 200)
    assert program.hold(car.public_id, **{"from": f"{day}T20:30", "to": f"{day}T22:00"}).status_code == 409
    body_of(staff.call("POST", f"{path}/cancel", {}), 200)
    assert program.hold(car.public_id).status_code == 201


def test_customers_see_their_own_what_comes_first(client: FlaskClient, business: Business) -> None:
    mine = signed_in(client, Role.CUSTOMER)
    days = [a_day_ahead(number).isoformat() for number in (20, 5, 12)]
    for number, day in enumerate(days):
        car = make_car(f"Car {number}")
        held = body_of(mine.hold(car.public_id, **{"from": f"{day}T10:00", "to": f"{day}T12:00"}), 201)
        body_of(mine.confirm(held["holdId"]), 201)
    stranger = Program(client)
    body_of(stranger.confirm(body_of(stranger.hold(make_car("Other").public_id), 201)["holdId"]), 201)
    found = body_of(mine.call("GET", "/api/v1/user/bookings"), 200)
    assert [item["startsAt"][:10] for item in found["items"]] == sorted(days)
    assert stranger.call("GET", "/api/v1/user/bookings").status_code == 401


def test_figures_equal_a_direct_count(client: FlaskClient, business: Business) -> None:
    staff, program = signed_in(client, Role.DISPATCHER), Program(client)
    for number in range(3):
        held = body_of(program.hold(make_car(f"Car {number}").public_id), 201)
        if number < 2:
            booked = body_of(program.confirm(held["holdId"]), 201)
    body_of(staff.call("POST", f"/api/v1/bookings/{booked['bookingId']}/cancel", {}), 200)
    found = body_of(staff.call("GET", "/api/v1/admin/stats"), 200)
    assert found["bookings"]["total"] == db.session.scalar(select(func.count()).select_from(Booking)) == 2
    assert found["bookings"]["byState"] | {"confirmed": 0, "cancelled": 0} == dict.fromkeys(map(str, BookingState), 0)
    assert found["bookings"]["byService"] == {"move": 0, "cleaning": 0, "car": 2}
    assert found["holds"] == {"made": 3, "booked": 2, "rate": 0.6667}
    assert (found["last30Days"]["cameIn"], found["last30Days"]["cancelledRate"]) == (2, 0.5)
    assert 6 < found["last30Days"]["leadDays"] < 8
    assert Program(client).call("GET", "/api/v1/admin/stats").status_code == 401


def test_the_office_keeps_its_cars(client: FlaskClient, business: Business) -> None:
    staff = signed_in(client, Role.OWNER)
    body = {
        "name": "Kia Niro",
        "plate": "dp 33 570",
        "category": "suv",
        "priceDay": "545",
        "opens": "07:00",
        "closes": "19:00",
    }
    made = body_of(staff.call("POST", "/api/v1/admin/cars", body), 201)
    assert (made["plate"], made["priceDay"], made["opens"]) == (
        "DP 33 570",
        {"amount": "545.00", "currency": "SEK"},
        "07:00",
    )
    path = f"/api/v1/admin/cars/{made['id']}"
    assert body_of(staff.call("POST", "/api/v1/admin/cars", body), 422)["errors"][0]["field"] == "plate"
    changed = body_of(
        staff.call("PATCH", path, {"version": made["version"], "priceWeek": 3000, "closes": "20:00"}), 200
    )
    assert (changed["priceWeek"]["amount"], changed["closes"]) == ("3000.00", "20:00")
    stale = body_of(staff.call("PATCH", path, {"version": made["version"], "seats": 4}), 409)
    assert stale["current"]["version"] == changed["version"]
    assert staff.call("PATCH", path, {"closes": None}).status_code == 422
    assert [one["id"] for one in body_of(staff.call("GET", "/api/v1/admin/cars", q="niro"), 200)["items"]] == [
        made["id"]
    ]
    assert staff.call("DELETE", path).status_code == 204
    assert staff.call("GET", path).status_code == 404


def test_the_office_keeps_its_drivers(client: FlaskClient, business: Business) -> None:
    staff = signed_in(client, Role.OWNER)
    make_member("sara@majorna.example", Role.DRIVER)
    made = body_of(
        staff.call(
            "POST", "/api/v1/admin/drivers", {"name": "Sara", "licences": ["B", "D1"], "email": "Sara@majorna.example"}
        ),
        201,
    )
    assert (made["email"], made["shifts"][0], made["shifts"][6]) == ("sara@majorna.example", ["08:00", "17:00"], None)
    path = f"/api/v1/admin/drivers/{made['id']}"
    assert body_of(staff.call("PATCH", path, {"email": "ada@majorna.example"}), 422)["errors"][0]["field"] == "email"
    shifts = [["06:00", "12:00"], *[None] * 6]
    assert body_of(staff.call("PATCH", path, {"shifts": shifts}), 200)["shifts"] == shifts
    for wrong in ([["12:00", "06:00"], *[None] * 6], [["x"], *[None] * 6], []):
        assert staff.call("PATCH", path, {"shifts": wrong}).status_code == 422
    assert staff.call("DELETE", path).status_code == 204
    assert body_of(staff.call("GET", "/api/v1/admin/drivers"), 200)["total"] == 0
