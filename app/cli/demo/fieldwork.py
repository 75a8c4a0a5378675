"""Who of the demo is in which crew, and what was said on the phone about the jobs that are done or under way."""

from collections.abc import Iterable
from datetime import timedelta

from app.bookings.field_models import FieldReport, Kind
from app.bookings.models import BookingState
from app.cli.demo.firms import Thing
from app.cli.demo.rows import Written, write
from app.fleet.crew_models import CrewMember
from app.fleet.models import Resource, ResourceKind
from app.identity.models import User


def write_fieldwork(written: Iterable[Written], resources: dict[Thing, Resource], login: User) -> None:
    """The log-in is in the crew whose label names it, and has told of that crew's jobs."""
    crews = {thing for thing in resources if thing.kind == ResourceKind.CREW and login.name in thing.label.split(", ")}
    write(CrewMember(resource_id=resources[crew].id, user_id=login.id) for crew in crews)
    reports = []
    for found in written:
        if not crews.intersection(found.planned.things):
            continue
        if found.row.state in (BookingState.IN_PROGRESS, BookingState.DONE):
            reports.append(_report(found, Kind.STARTED, login))
        if found.row.state == BookingState.DONE:
            reports.append(_report(found, Kind.DONE, login))
    write(reports)


def _report(found: Written, kind: Kind, login: User) -> FieldReport:
    at = found.row.starts_at + timedelta(minutes=3)
    if kind == Kind.DONE and found.over_at is not None:
        at = found.over_at
    return FieldReport(
        booking_id=found.row.id, user_id=login.id, key=f"demo-{found.row.id}-{kind}", kind=kind, said_at=at, at=at
    )
