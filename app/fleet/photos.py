"""A car's photos as verbs: add, put first, take away. Everybody may see them; the first one stands for the car."""

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.files import stored
from app.files.models import StoredFile
from app.files.rights import seen_by
from app.fleet.events import FleetChanged
from app.fleet.models import Car, Resource
from app.fleet.photo_models import CarPhoto
from app.kernel import audit
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, NotFound
from app.kernel.events import announce

KIND = "car_photo"
MOST = 12


class Enough(Conflict):
    """A car has twelve photos at most."""


def photos_of(car_id: int) -> list[CarPhoto]:
    """The car's photos, the first one first."""
    rows = select(CarPhoto).where(CarPhoto.car_id == car_id).order_by(CarPhoto.place, CarPhoto.id)
    return list(db.session.scalars(rows))


def add_photo(car_id: int, sent: bytes, *, name: str = "", words: str = "") -> CarPhoto:
    """Another photo, behind the others; Invalid for what is no picture, Enough when there are twelve."""
    with stored.placed(sent, name=name) as picture, transaction():
        resource = lock(Resource, car_id)
        there = photos_of(car_id)
        if len(there) >= MOST:
            raise Enough(_("A car has at most %(most)s photos. Take one away first.", most=MOST))
        place = there[-1].place + 1 if there else 1
        photo = add(CarPhoto(car_id=car_id, file_id=picture.as_row(KIND).id, place=place, words=words))
        _show_first(resource)
        audit.record("car.photo_added", _subject(resource), after={"photo": picture.name})
    return photo


def move_photo(car_id: int, file_id: str, *, by: int) -> None:
    """Show it so many places later, or earlier where `by` is below zero; NotFound for what is no photo of it."""
    with transaction():
        resource = lock(Resource, car_id)
        there = photos_of(car_id)
        at = _place_in(there, file_id)
        there.insert(min(max(at + by, 0), len(there) - 1), there.pop(at))
        for place, photo in enumerate(there, 1):
            photo.place = place
        _show_first(resource)


def drop_photo(car_id: int, file_id: str) -> None:
    """Take it away, for good; NotFound for what is no photo of it."""
    with transaction():
        resource = lock(Resource, car_id)
        there = photos_of(car_id)
        photo = there[_place_in(there, file_id)]
        file = photo.file
        db.session.delete(photo)
        db.session.flush()
        stored.drop(file)
        _show_first(resource)
        audit.record("car.photo_dropped", _subject(resource), before={"photo": file.name})


@seen_by(KIND, is_public=True)
def everybody(_file: StoredFile) -> bool:
    """Whoever looks for a car may see it."""
    return True


def _place_in(there: list[CarPhoto], file_id: str) -> int:
    for place, photo in enumerate(there):
        if photo.file.public_id == file_id:
            return place
    raise NotFound()


def _show_first(resource: Resource) -> None:
    """Keep the first photo's id with the car, so that a search need not look for it."""
    db.session.flush()
    first = next(iter(photos_of(resource.id)), None)
    # Past the car's version: what somebody types of it meanwhile is not in the way.
    shown = update(Car).where(Car.id == resource.id).values(cover=first.file.public_id if first else "")
    db.session.execute(shown.execution_options(synchronize_session="fetch"))
    announce(FleetChanged(resource.id, resource.public_id, resource.kind, "photos"))


def _subject(resource: Resource) -> str:
    return f"car:{resource.public_id}"
