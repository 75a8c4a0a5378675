"""What bookings hold about a person. Sums, days and services stay for the books; who it was does not."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import undefer

from app.bookings.field_models import FieldReport
from app.bookings.handover_models import Handover
from app.bookings.models import OPEN, Booking, Rental
from app.bookings.search import search_words
from app.customers.models import Customer
from app.customers.own_data import NOBODY
from app.customers.personal_data import Person, Traits, hold, row_of
from app.files import stored
from app.files.models import StoredFile
from app.fleet.models import Hold
from app.kernel.db import db


def _of(person: Person) -> ColumnElement[bool]:
    return Booking.customer_id == person.customer.id


def _known(customer: Customer) -> Traits:
    rows = db.session.execute(
        select(Booking.id, Booking.contact_name, Booking.contact_phone, Booking.from_address, Booking.to_address).where(
            Booking.customer_id == customer.id
        )
    ).all()
    return Traits(
        names=[row.contact_name for row in rows],
        numbers=[row.contact_phone for row in rows],
        places=[place for row in rows for place in (row.from_address, row.to_address)],
        markers=[f"booking:{row.id}" for row in rows],
    )


def _bookings(person: Person) -> Iterable[dict[str, Any]]:
    return [row_of(one) for one in db.session.scalars(select(Booking).where(_of(person)).order_by(Booking.id))]


def _rentals(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(Rental).where(Rental.booking_id.in_(select(Booking.id).where(_of(person))))
    return [row_of(one) for one in db.session.scalars(rows.order_by(Rental.id))]


def _holds_of(person: Person) -> Any:
    rentals = select(Rental.hold_id).where(Rental.booking_id.in_(select(Booking.id).where(_of(person))))
    return Hold.id.in_(rentals)


def _holds(person: Person) -> Iterable[dict[str, Any]]:
    return [row_of(one) for one in db.session.scalars(select(Hold).where(_holds_of(person)).order_by(Hold.id))]


def _objection(person: Person) -> str:
    count = db.session.scalar(select(func.count()).select_from(Booking).where(_of(person), Booking.state.in_(OPEN)))
    return _("Something is still to be done for this customer. Finish or cancel it first.") if count else ""


def _erase(person: Person) -> None:
    rows = db.session.execute(select(Booking.id, Booking.reference).where(_of(person))).all()
    for row in rows:
        db.session.execute(
            update(Booking)
            .where(Booking.id == row.id)
            .values(
                contact_name=NOBODY, contact_phone="", from_address="", to_address="", notes="", cancelled_reason="",
                size="", extras=[], details={}, booked_by=None, manage_hash=None, mail_trouble="",
                search=search_words(row.reference),
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
    nobody = update(Hold).where(_holds_of(person)).values(client="erased")
    db.session.execute(nobody.execution_options(synchronize_session=False))


def _reports_of(person: Person) -> ColumnElement[bool]:
    return FieldReport.booking_id.in_(select(Booking.id).where(_of(person)))


def _reports(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(FieldReport).where(_reports_of(person)).options(undefer(FieldReport.signature))
    return [row_of(one) for one in db.session.scalars(rows.order_by(FieldReport.id))]


def _erase_reports(person: Person) -> None:
    """When a job began and ended stays; what was written of it, who signed and what was photographed does not."""
    pictures = select(StoredFile).where(StoredFile.id.in_(select(FieldReport.file_id).where(_reports_of(person))))
    files = db.session.scalars(pictures).all()
    bare = update(FieldReport).where(_reports_of(person)).values(
        words="", signed_by="", signature=None, file_id=None
    )  # fmt: skip
    db.session.execute(bare.execution_options(synchronize_session=False))
    for file in files:
        stored.drop(file)


def _handovers(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(Handover).where(Handover.booking_id.in_(select(Booking.id).where(_of(person))))
    return [row_of(one) for one in db.session.scalars(rows.order_by(Handover.id))]


def _pictures(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(StoredFile).where(StoredFile.id.in_(select(FieldReport.file_id).where(_reports_of(person))))
    return [row_of(one) for one in db.session.scalars(rows.order_by(StoredFile.id))]


def _with_bookings(_person: Person) -> None:
    """Names nobody: a car, a driver, and when."""


hold("bookings", _l("Bookings"), export=_bookings, erase=_erase, objection=_objection, known=_known)
hold("rentals", _l("Rentals"), export=_rentals, erase=_with_bookings)
hold("field_reports", _l("Said on the job"), export=_reports, erase=_erase_reports)
hold("files", _l("Photos from the job"), export=_pictures, erase=_with_bookings)
hold("handovers", _l("Cars handed over"), export=_handovers, erase=_with_bookings)
hold("holds", _l("Cars kept"), export=_holds, erase=_with_bookings)
