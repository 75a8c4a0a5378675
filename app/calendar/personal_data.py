"""What calendars hold about a person: that there is an address under which a customer's own bookings are read."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, select

from app.calendar.models import Feed
from app.customers.personal_data import Person, hold, row_of
from app.identity.models import User
from app.kernel.db import db


def _of(person: Person) -> ColumnElement[bool]:
    users = [marker.removeprefix("user:") for marker in person.markers if marker.startswith("user:")]
    return Feed.user_id.in_(select(User.id).where(User.public_id.in_(users)))


def _feeds(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(Feed).where(_of(person)).order_by(Feed.id)
    return [row_of(one, without=("secret_hash",)) for one in db.session.scalars(rows)]


def _erase(person: Person) -> None:
    db.session.execute(delete(Feed).where(_of(person)).execution_options(synchronize_session=False))


hold("calendar_feeds", _l("Calendar addresses"), export=_feeds, erase=_erase)
