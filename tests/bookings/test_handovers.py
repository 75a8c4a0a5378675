"""A car goes out and comes back: what was read, what is new, who has to see to it; from the phone and at the desk."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.bookings import field_photos, field_reports, handovers, links, rentals
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.handover_models import Handover
from app.bookings.handover_orders import HandoverOrder, gathered
from app.bookings.handovers import NotHandedOver
from app.bookings.models import Booking
from app.bookings.rentals import RentalOrder
from app.customers import erasure
from app.files.models import StoredFile
from app.files.providers.choice import file_place
from app.fleet import holds
from app.fleet.models import Car
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.kernel.events import Event
from tests.bookings.test_assignment import rent
from tests.files.pictures import photo
from tests.fleet.test_holds import at
from tests.identity.people import Browser, make_member
from tests.make import make_car, make_driver
from tests.settings.pictures import SVG, png

OUT = {"odometer": 1_000, "level": 100}
BACK = {"odometer": 1_180, "level": 63}
SCRATCH = [{"x": 14, "y": 43, "words": "scratch"}]


@pytest.fixture
def hired(business: Business) -> Booking:
    """A car of 900 km that somebody fetches without a driver."""
    make_member("ada@majorna.example", Role.DISPATCHER)
    held = holds.hold(make_car(odometer=900).id, at(10), at(14), client="visitor:a")
    order = RentalOrder(hold_id=held.public_id, name="Erik", email="e@example.se", phone="0701234567")
    return rentals.confirm(order, {"visitor:a"}, language="en")


def look(hired: Booking, kind: Kind, key: str = "", **said: Any) -> FieldReport:
    facts = (OUT if kind == Kind.CAR_OUT else BACK) | said
    order = HandoverOrder.model_validate(
        {"kind": kind, "key": key or f"look-{kind}".replace("_", "-"), **facts}, strict=False
    )
    return field_reports.report(hired.id, order, 1, by_office=True)


def hire(hired: Booking) -> handovers.Hire:
    db.session.rollback()
    db.session.expire_all()
    found = handovers.hire_of(hired.id)
    assert found is not None
    return found


def state(hired: Booking) -> str:
    db.session.rollback()
    return db.session.scalars(select(Booking.state).where(Booking.id == hired.id)).one()


@pytest.fixture
def desk(hired: Booking, client: FlaskClient) -> Browser:
    """A dispatcher's browser."""
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    return browser


def test_out_and_back_with_what_changed_between(hired: Booking) -> None:
    look(hired, Kind.CAR_OUT)
    assert (state(hired), hire(hired).car.odometer) == ("in_progress", 1_000)
    look(hired, Kind.CAR_BACK, marks=SCRATCH)
    found = hire(hired)
    assert (state(hired), found.car.odometer, found.kilometres, found.level_change) == ("done", 1_180, 180, -37)
    assert found.back is not None
    assert [mark["words"] for mark in found.back.fresh] == ["scratch"]
    names = db.session.scalars(select(Event.name).where(Event.about.contains([f"car:{found.car.id}"]))).all()
    assert {"booking.car_out", "booking.car_back"} <= set(names)
    deeds = db.session.scalars(select(AuditEntry.action)).all()
    assert deeds.count("car.changed") == 2
    assert {"booking.car_out", "booking.car_back"} <= set(deeds)


def test_the_same_key_is_one_look(hired: Booking) -> None:
    first = look(hired, Kind.CAR_OUT, "one-look-at-it", marks=SCRATCH)
    assert look(hired, Kind.CAR_OUT, "one-look-at-it", marks=SCRATCH).id == first.id
    assert db.session.scalar(select(func.count()).select_from(Handover)) == 1


def test_a_mark_that_is_known_is_no_claim_and_one_that_is_new_is(hired: Booking) -> None:
    look(hired, Kind.CAR_OUT, marks=SCRATCH)
    assert handovers.claims() == []
    look(hired, Kind.CAR_BACK)
    assert handovers.claims() == []
    look(hired, Kind.CAR_BACK, "looked-once-more", marks=[{"x": 50, "y": 96, "words": "dent"}])
    [(claimed, booking)] = handovers.claims()
    assert (booking.id, [mark["words"] for mark in claimed.marks]) == (hired.id, ["scratch", "dent"])
    handovers.settle(claimed.id, "Paid by the customer")
    handovers.settle(claimed.id, "asked twice")
    assert handovers.claims() == []
    back = hire(hired).back
    assert back is not None
    assert back.settled_words == "Paid by the customer"


def test_what_is_gone_is_not_known_the_next_time(hired: Booking) -> None:
    look(hired, Kind.CAR_OUT, marks=SCRATCH)
    [mark] = hire(hired).known
    look(hired, Kind.CAR_BACK, gone=[mark["id"]])
    assert hire(hired).known == []


def test_a_lower_reading_is_questioned_and_taken_when_it_is_sure(hired: Booking) -> None:
    with pytest.raises(ValueError, match="Last time it was 900 km"):
        look(hired, Kind.CAR_OUT, odometer=800, last=900)
    look(hired, Kind.CAR_OUT, odometer=800, last=900, sure=True)
    assert hire(hired).car.odometer == 800


def test_a_car_comes_back_only_after_it_went_out(hired: Booking) -> None:
    with pytest.raises(NotHandedOver):
        look(hired, Kind.CAR_BACK)
    look(hired, Kind.CAR_OUT)
    look(hired, Kind.CAR_BACK)
    with pytest.raises(NotHandedOver):
        look(hired, Kind.CAR_OUT, "out-once-more")


def test_a_form_says_marks_by_a_press_or_by_a_place() -> None:
    said = gathered(
        {"markAt1": "40,12", "markPlace1": "boot", "markWords1": "dent", "markPlace3": "roof", "gone-ab12": "y"}
    )
    assert said["marks"] == [{"x": "40", "y": "12", "words": "dent"}, {"x": "50", "y": "52", "words": ""}]
    assert said["gone"] == ["ab12"]
    with pytest.raises(Invalid):
        gathered({"markWords2": "somewhere"})


@pytest.mark.parametrize(
    "wrong",
    [{"odometer": -1}, {"level": 101}, {"marks": [{"x": 101, "y": 0}]}, {"signature": "data:image/png;base64,AA"}],
)
def test_odd_looks_are_refused(hired: Booking, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # pydantic's own
        look(hired, Kind.CAR_OUT, **wrong)


def test_the_desk_hands_out_takes_back_compares_and_settles(desk: Browser, hired: Booking) -> None:
    place = f"/admin/bookings/{hired.reference}/handover"
    page = desk.get(place).text
    assert "Last time 900 km" in page
    low = {"stage": "out", "key": "desk-out-1", "last": "900", "odometer": "90", "level": "100", "markPlace1": "boot",
           "markWords1": "dent"}  # fmt: skip
    refused = desk.post(place, low)
    assert refused.status_code == 422
    assert "Last time it was 900 km" in refused.text
    assert 'value="dent"' in refused.text
    assert desk.post(place, low | {"odometer": "1000", "photo": (io.BytesIO(png(9, 9)), "a.png")}).status_code == 303
    back = {"stage": "back", "key": "desk-back-1", "last": "1000", "odometer": "1180", "level": "63",
            "signedBy": "Erik", "markPlace1": "left_door", "markWords1": "scratch",
            "photo": (io.BytesIO(photo()), "b.jpg")}  # fmt: skip
    assert desk.post(place, back).status_code == 303
    page = desk.get(place).text
    for words in ("180 km", "1 new mark", "Boot: dent", "Front door, left: scratch", "something new", "Signed by Erik"):
        assert words in page, words
    pictures = field_photos.photos_of([hired.id])[hired.id]
    assert [one.stage for one in pictures] == ["out", "back"]
    assert all(one.file and one.file.url in page for one in pictures)
    assert "came back from Erik with something new" in desk.get("/admin").text
    assert "Car taken back" in desk.get(f"/admin/bookings/{hired.reference}").text
    assert "Car taken back" in desk.get(f"/admin/cars/{hire(hired).car.public_id}").text
    [(claimed, _booking)] = handovers.claims()
    assert desk.post(f"{place}/{claimed.id}/settle", {"words": "Paid"}).status_code == 303
    assert "something new" not in desk.get("/admin").text


def test_a_booking_without_a_car_has_no_handover(desk: Browser) -> None:
    assert desk.get("/admin/bookings/ZZZZ-ZZZZ/handover").status_code == 404


@pytest.fixture
def driven(business: Business, run_jobs: Any, clock: Any) -> tuple[Booking, Any]:
    """A car with its driver, on the day."""
    sara = make_member("sara@majorna.example", Role.DRIVER, "Sara Lauridsen")
    make_driver(email="sara@majorna.example")
    booking = rent(odometer=500)
    run_jobs()
    return booking, sara


def test_the_driver_says_it_from_the_phone_and_sends_photos_once(
    driven: tuple[Booking, Any], client: FlaskClient, app: Any
) -> None:
    booking, sara = driven
    phone = Browser(client)
    phone.sign_in("sara@majorna.example")
    place, htmx = f"/driver/{booking.reference}/report", {"HX-Request": "true"}
    out = {"kind": "car_out", "key": "phone-out-1", "last": "500", "odometer": "510", "level": "88", "markAt1": "50,96"}
    assert phone.post(place, out | {"odometer": "400"}, headers=htmx).status_code == 422
    assert phone.post(place, out, headers=htmx).status_code == 200
    picture = {"kind": "photo", "key": "phone-photo-1", "stage": "out"}
    for _twice in range(2):
        sent = picture | {"photo": (io.BytesIO(photo()), "photo.jpg")}
        assert phone.post(place, sent, headers=htmx).status_code == 200
    [taken] = field_photos.photos_of([booking.id])[booking.id]
    assert taken.file is not None
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 1
    assert phone.post(place, picture | {"key": "phone-photo-2"}, headers=htmx).status_code == 422
    wrong = picture | {"key": "phone-photo-3", "photo": (io.BytesIO(SVG), "x.svg")}
    assert phone.post(place, wrong, headers=htmx).status_code == 422
    assert phone.get(taken.file.url).status_code == 200
    stranger = Browser(app.test_client())
    assert stranger.get(taken.file.url).status_code == 404
    make_member("bo@majorna.example", Role.DRIVER, "Bo Ek")
    other = Browser(app.test_client())
    other.sign_in("bo@majorna.example")
    assert other.get(taken.file.url).status_code == 404
    with pytest.raises(NotFound):
        order = ReportOrder.model_validate({"kind": "photo", "key": "of-a-stranger"}, strict=False)
        field_photos.add_photo(booking.id, order, sara.user_id + 100, png())


def test_the_customer_sees_the_handover_by_their_own_link_only(hired: Booking, client: FlaskClient) -> None:
    link = f"/booking/{hired.reference}?t={links.token_of(hired.public_id)}"
    customer = Browser(client)
    assert "Handed out" not in customer.get(link).text
    look(hired, Kind.CAR_OUT, marks=SCRATCH)
    of_handover, of_job = (
        field_photos.add_photo(
            hired.id,
            ReportOrder.model_validate({"kind": "photo", "key": f"photo-of-{stage}", "stage": stage}, strict=False),
            1, png(), by_office=True,
        ).file
        for stage in ("out", "")
    )  # fmt: skip
    assert of_handover is not None
    assert of_job is not None
    page = customer.get(link).text
    token = link.partition("?")[2]
    for words in ("Handed out", "1,000 km", "Front door, left: scratch", f"{of_handover.url}?{token}"):
        assert words in page, words
    assert of_job.url not in page
    assert customer.get(f"{of_handover.url}?{token}").status_code == 200
    for lost in (of_handover.url, f"{of_handover.url}?t=guessed", f"{of_job.url}?{token}"):
        assert customer.get(lost).status_code == 404


def test_photos_are_erased_with_the_customer(hired: Booking, run_jobs: Any) -> None:
    look(hired, Kind.CAR_OUT, signed_by="Erik")
    order = ReportOrder.model_validate({"kind": "photo", "key": "photo-of-the-desk"}, strict=False)
    made = field_photos.add_photo(hired.id, order, 1, png(), by_office=True)
    assert made.file is not None
    place = made.file.place
    look(hired, Kind.CAR_BACK)
    db.session.rollback()
    erasure.erase(db.session.scalars(select(Booking.customer_id).where(Booking.id == hired.id)).one())
    run_jobs()
    assert db.session.scalar(select(StoredFile.id)) is None
    assert file_place().get(place) is None
    assert db.session.scalar(select(func.count()).select_from(Handover)) == 2
    assert db.session.scalars(select(Car.odometer)).one() == 1_180
