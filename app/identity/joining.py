"""Becoming a customer of the business whose page one is on, with an account one has from elsewhere."""

from flask import request

from app.identity.models import Membership
from app.identity.queries import Standing, standings
from app.identity.turns import take_turn
from app.kernel import audit
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import add, transaction
from app.kernel.errors import NotFound
from app.web.doors import current_business


def joinable(places: list[Standing]) -> Business | None:
    """The business of this host name, when somebody who is a customer elsewhere is not one here yet."""
    here = current_business()
    is_called = bool(here.hostname) and request.host.partition(":")[0].lower() == str(here.hostname).lower()
    only_customer = bool(places) and all(place.role == Role.CUSTOMER for place in places)
    return here if is_called and only_customer and here.id not in {place.business_id for place in places} else None


def join(user_id: int) -> None:
    """Make the user a customer of the business in scope; NotFound where that is not offered."""
    with transaction():
        take_turn(f"join {user_id}")
        if joinable(standings(user_id)) is None:
            raise NotFound()
        add(Membership(user_id=user_id, role=Role.CUSTOMER))
        audit.record("account.joined", after={"role": Role.CUSTOMER})
