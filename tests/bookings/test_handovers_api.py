"""Cars handed over, read by the office's programs."""

from flask.testing import FlaskClient

from app.bookings import field_photos, handovers
from app.bookings.field_models import Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.models import Booking
from app.kernel.access import Role
from tests.bookings.test_cars_api import Program, body_of, signed_in
from tests.bookings.test_handovers import SCRATCH, hire, hired, look
from tests.settings.pictures import png

__all__ = ["hired"]
PLACE = "/api/v1/admin/handovers"


def test_both_looks_are_read_with_marks_photos_and_claim(hired: Booking, client: FlaskClient) -> None:
    look(hired, Kind.CAR_OUT, signed_by="Erik")
    order = ReportOrder.model_validate({"kind": "photo", "key": "photo-of-the-desk", "stage": "out"}, strict=False)
    photo = field_photos.add_photo(hired.id, order, 1, png(), by_office=True)
    look(hired, Kind.CAR_BACK, marks=SCRATCH)
    staff = signed_in(client, Role.OWNER, "owner@majorna.example")
    back, out = body_of(staff.call("GET", PLACE), 200)["items"]
    assert (out["stage"], out["odometer"], out["level"], out["signedBy"]) == ("out", 1_000, 100, "Erik")
    assert photo.file is not None
    assert (out["photos"], back["photos"], out["claim"], back["claim"]) == ([photo.file.url], [], "none", "open")
    assert back["marks"] == [{"x": 14, "y": 43, "words": "scratch", "isNew": True}]
    assert (back["reference"], back["bookingId"]) == (hired.reference, hired.public_id)
    assert body_of(staff.call("GET", f"{PLACE}/{back['id']}"), 200) == back
    ours = {"bookingId": hired.public_id, "carId": back["carId"]}
    assert body_of(staff.call("GET", PLACE, claim="open", **ours), 200)["items"] == [back]
    assert body_of(staff.call("GET", PLACE, bookingId="somebody-elses"), 200)["total"] == 0
    found = hire(hired)
    assert found.back is not None
    handovers.settle(found.back.id, "Paid by the insurer")
    [settled] = body_of(staff.call("GET", PLACE, claim="settled"), 200)["items"]
    assert (settled["claim"], settled["settledWords"]) == ("settled", "Paid by the insurer")
    assert body_of(staff.call("GET", PLACE, claim="open"), 200)["total"] == 0


def test_only_the_office_reads_them_and_odd_questions_are_refused(hired: Booking, client: FlaskClient) -> None:
    assert Program(client).call("GET", PLACE).status_code == 401
    assert signed_in(client, Role.DRIVER, "sara@majorna.example").call("GET", PLACE).status_code == 403
    staff = signed_in(client, Role.OWNER, "owner@majorna.example")
    assert body_of(staff.call("GET", PLACE, claim="perhaps"), 422)["errors"][0]["field"] == "claim"
    assert staff.call("GET", f"{PLACE}/{'z' * 20}").status_code == 404
