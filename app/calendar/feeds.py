"""Making, replacing and revoking the addresses; finding the feed that a secret opens."""

import base64
import hashlib
import hmac

from sqlalchemy import delete, select

from app.bookings.links import hash_of, origin
from app.calendar.models import Feed, FeedKind
from app.fleet.models import Resource
from app.identity.models import Membership
from app.identity.turns import take_turn
from app.kernel import audit, clock
from app.kernel.access import Role
from app.kernel.businesses import get_business
from app.kernel.config import settings
from app.kernel.db import add, change, db, transaction
from app.kernel.errors import NotFound
from app.kernel.ids import public_id
from app.kernel.tenancy import across_businesses, current_business_id


def renew(kind: FeedKind, *, resource_id: int | None = None, user_id: int | None = None) -> Feed:
    """The feed under a new secret: the first, or one that kills the address before. NotFound for a retired resource."""
    if resource_id is not None:
        resource = db.session.scalar(select(Resource).where(Resource.id == resource_id))
        if resource is None or resource.retired_at is not None:
            raise NotFound()
    with transaction():
        take_turn(f"feeds {current_business_id()} {kind} {resource_id} {user_id}")
        feed = db.session.scalar(
            select(Feed).where(Feed.kind == kind, Feed.resource_id == resource_id, Feed.user_id == user_id)
        )
        if feed is None:
            feed = Feed(kind=kind, resource_id=resource_id, user_id=user_id, public_id=public_id(), generation=1)
        else:
            feed.generation, feed.made_at = feed.generation + 1, clock.now()
        feed.secret_hash = hash_of(_secret(feed))
        add(feed)
        audit.record("calendar.address_made", f"feed:{feed.public_id}", after={"kind": kind, "number": feed.generation})
    return feed


def revoke(feed_id: int) -> None:
    """End the address; whoever asks there finds nothing any more."""
    with transaction():
        feed = db.session.scalar(select(Feed).where(Feed.id == feed_id))
        if feed is not None:
            audit.record("calendar.address_revoked", f"feed:{feed.public_id}", before={"kind": feed.kind})
            change(delete(Feed).where(Feed.id == feed.id))


def feed_of_user(user_id: int) -> Feed | None:
    """The user's own feed at this business."""
    return db.session.scalar(select(Feed).where(Feed.kind == FeedKind.USER, Feed.user_id == user_id))


def feeds_of_office() -> dict[int, Feed]:
    """The feeds that the office keeps: by resource, that of the whole business under 0."""
    rows = db.session.scalars(select(Feed).where(Feed.kind != FeedKind.USER))
    return {feed.resource_id or 0: feed for feed in rows}


def address(feed: Feed) -> str:
    """The whole address, as often as one likes; empty where the key has changed since it was made."""
    secret = _secret(feed)
    if not hmac.compare_digest(hash_of(secret), feed.secret_hash):
        return ""
    return f"{origin(get_business(feed.business_id))}/calendar/{secret}.ics"


def opened_by(secret: str) -> tuple[Feed, Role | None]:
    """The feed that the secret opens, in whichever business, and the role of its user; NotFound for anything else."""
    with across_businesses():
        feed = db.session.scalar(select(Feed).where(Feed.secret_hash == hash_of(secret)))
        if feed is None:
            raise NotFound()
        if feed.kind == FeedKind.RESOURCE:
            resource = db.session.get(Resource, feed.resource_id)
            if resource is None or resource.retired_at is not None:
                raise NotFound()
        return feed, _role(feed) if feed.user_id is not None else None


def _role(feed: Feed) -> Role:
    """What its user is at the business now; NotFound for somebody who is nothing there any more."""
    rows = select(Membership.role).where(
        Membership.user_id == feed.user_id,
        Membership.business_id == feed.business_id,
        Membership.disabled_at.is_(None),
        Membership.role.in_((Role.CUSTOMER, Role.DRIVER)),
    )
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound()
    return Role(found)


def _secret(feed: Feed) -> str:
    key = hashlib.sha256(b"calendar-feed:" + settings().secret_key.encode()).digest()
    digest = hmac.digest(key, f"{feed.public_id}:{feed.generation}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()
