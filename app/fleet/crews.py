"""Who is in which crew, and what somebody drives or carries with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.fleet.crew_models import CrewMember
from app.fleet.models import Driver, Resource
from app.identity.models import Membership, User
from app.identity.queries import members
from app.kernel import audit
from app.kernel.access import Role
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Invalid


def people() -> Sequence[Membership]:
    """Who can be put into a crew: the drivers who can sign in."""
    return db.session.scalars(members(kind=Role.DRIVER).where(Membership.disabled_at.is_(None))).all()


def members_of(crew_ids: Iterable[int]) -> dict[int, set[str]]:
    """The public ids of the users in each of those crews."""
    rows = select(CrewMember.resource_id, User.public_id).join(User, User.id == CrewMember.user_id)
    found: dict[int, set[str]] = defaultdict(set)
    for row in db.session.execute(rows.where(CrewMember.resource_id.in_(list(crew_ids)))):
        found[row.resource_id].add(row.public_id)
    return found


def set_members(crew_id: int, public_ids: Iterable[str]) -> None:
    """Say who is in the crew; Invalid for whoever is no driver of the business."""
    wanted = set(public_ids)
    with transaction():
        crew = lock(Resource, crew_id)
        known = {one.user.public_id: one for one in people()}
        if wanted - known.keys():
            raise Invalid([("members", _("This is not one of the choices."))])
        before = members_of([crew.id])[crew.id]
        if wanted == before:
            return
        change(delete(CrewMember).where(CrewMember.resource_id == crew.id))
        for key in sorted(wanted):
            add(CrewMember(resource_id=crew.id, user_id=known[key].user_id))
        subject = f"crew:{crew.public_id}"
        audit.record("crew.members", subject, before={"users": sorted(before)}, after={"users": sorted(wanted)})


def resources_of(user_id: int) -> Sequence[Resource]:
    """The crews that the user is in, and the driver whose log-in it is."""
    crews = select(CrewMember.resource_id).where(CrewMember.user_id == user_id)
    drives = select(Driver.id).where(Driver.user_id == user_id)
    rows = select(Resource).where(Resource.retired_at.is_(None), Resource.id.in_(crews) | Resource.id.in_(drives))
    return db.session.scalars(rows.order_by(Resource.id)).all()
