"""How long photos from jobs are kept: as the firm says, then row and bytes are gone; what a claim rests on stays."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.bookings import field_photos, handovers, old_photos
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.handover_models import Handover
from app.bookings.jobs import FORGET_PHOTOS
from app.bookings.models import Booking
from app.files.models import StoredFile
from app.files.providers.choice import file_place
from app.jobs.queue import enqueue
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.settings import firm
from tests.bookings.test_handovers import SCRATCH, hired, look
from tests.bookings.visitor import value_of
from tests.identity.people import Browser, make_member
from tests.make import make_booking, make_business
from tests.settings.pictures import png

__all__ = ["hired"]
Run = Callable[..., int]
#: Two years of the program's months.
KEPT = 24 * 31


def photograph(booking: Booking, key: str = "a-photo-of-it") -> str:
    """A photo of that job, taken now; where its bytes lie."""
    order = ReportOrder.model_validate({"kind": "photo", "key": key}, strict=False)
    made = field_photos.add_photo(booking.id, order, 1, png(), by_office=True)
    assert made.file is not None
    assert file_place().get(made.file.place) is not None
    return made.file.place


def forget(run_jobs: Run) -> None:
    """As it comes round at night."""
    with transaction():
        enqueue(FORGET_PHOTOS)
    run_jobs()
    db.session.rollback()
    db.session.expire_all()


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(StoredFile)) or 0


def test_after_two_years_row_and_bytes_are_gone_and_what_was_said_stays(
    hired: Booking, run_jobs: Run, clock: Any
) -> None:
    look(hired, Kind.CAR_OUT, signed_by="Erik")
    place = photograph(hired)
    look(hired, Kind.CAR_BACK)
    clock.forward(days=KEPT - 1)
    forget(run_jobs)
    assert file_place().get(place) is not None
    clock.forward(days=2)
    forget(run_jobs)
    assert file_place().get(place) is None
    assert rows() == 0
    assert field_photos.photos_of([hired.id]) == {}
    assert db.session.scalar(select(func.count()).select_from(Handover)) == 2
    assert "Erik" in db.session.scalars(select(FieldReport.signed_by)).all()


def test_what_an_open_claim_rests_on_stays_until_somebody_has_seen_to_it(
    hired: Booking, run_jobs: Run, clock: Any
) -> None:
    look(hired, Kind.CAR_OUT)
    place = photograph(hired)
    look(hired, Kind.CAR_BACK, marks=SCRATCH)
    other = photograph(make_booking(), "a-photo-of-a-move")
    clock.forward(days=KEPT + 1)
    forget(run_jobs)
    assert file_place().get(place) is not None
    assert file_place().get(other) is None
    handovers.settle(db.session.scalars(select(Handover.id).where(Handover.claimed)).one(), "Paid by the insurer")
    forget(run_jobs)
    assert file_place().get(place) is None


def test_without_that_guard_the_claim_would_lose_its_photos(
    hired: Booking, run_jobs: Run, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_photos, "_is_claimed", lambda: FieldReport.id.is_(None))
    look(hired, Kind.CAR_OUT)
    place = photograph(hired)
    look(hired, Kind.CAR_BACK, marks=SCRATCH)
    clock.forward(days=KEPT + 1)
    forget(run_jobs)
    assert file_place().get(place) is None


def test_many_go_and_each_firm_has_its_own_months(
    hired: Booking, run_jobs: Run, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_photos, "AT_ONCE", 2)
    other = make_business("other")
    with within(other.id):
        kept = photograph(make_booking())
    for number in range(5):
        photograph(hired, f"photo-number-{number}")
    with transaction():
        db.session.execute(update(Business).where(Business.id != other.id).values(retention={"photos": 1}))
    clock.forward(days=32)
    forget(run_jobs)
    assert rows() == 0
    assert file_place().get(kept) is not None


def test_the_owner_sees_and_sets_it(client: FlaskClient, business: Business) -> None:
    make_member("ada@majorna.example", Role.OWNER)
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    page = browser.get("/admin/settings/retention").text
    assert "Photos from jobs and of cars handed over, in months" in page
    form = {"mails": "13", "texts": "13", "accounts": "24", "photos": "12", "read": value_of(page, "read")}
    assert browser.post("/admin/settings/retention", form | {"photos": "0"}).status_code == 422
    assert browser.post("/admin/settings/retention", form).status_code == 303
    db.session.rollback()
    assert firm.present().retention["photos"] == 12
