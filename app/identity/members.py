"""Who belongs to the business, and as what. Each change ends what was open under the old rights."""

from flask_babel import gettext as _
from sqlalchemy import select

from app.identity import letters, sessions
from app.identity.models import Membership, User
from app.identity.orders import MemberOrder
from app.identity.queries import user_by_mail
from app.identity.turns import take_turn
from app.kernel import audit, clock
from app.kernel.access import Role, current_actor
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class LastOwner(Conflict):
    """A business keeps at least one owner."""

    def __init__(self) -> None:
        super().__init__(_("A business needs an owner. Make somebody else an owner first."))


def let_in(
    order: MemberOrder, *, password_hash: str | None = None, language: str = "en", tell: bool = True
) -> Membership:
    """Make somebody a member of the business in scope, and with `tell` mail them; Conflict for who already is one.

    A person who is known from elsewhere keeps name and password; this business calls them as it wrote.
    """
    check_gift(order.role)
    with transaction():
        take_turn(f"mail {order.email.lower()}")
        user = user_by_mail(order.email)
        if user is None:
            user = add(User(name=order.name, email=order.email, language=language, password_hash=password_hash))
        elif db.session.scalar(select(Membership).where(Membership.user_id == user.id)) is not None:
            raise Conflict(_("Somebody with this e-mail address is already here."))
        own_name = order.name if order.name != user.name else ""
        member = add(Membership(user_id=user.id, role=order.role, name=own_name))
        member.user = user
        if tell:
            letters.welcome(user, has_password=user.password_hash is not None)
        audit.record("member.added", f"user:{user.public_id}", after={"role": order.role})
    return member


def change_role(membership_id: int, role: Role) -> Membership:
    """Give a member another role, which counts from this moment; their sessions end. Asked twice, it stays."""
    check_gift(role)
    with transaction():
        member = _other(membership_id)
        before = Role(member.role)
        if before == role:
            return member
        _keep_an_owner(member)
        member.role = role
        sessions.end_all(member.user_id, membership_id=member.id)
        audit.record(
            "member.role_changed", f"user:{member.user.public_id}", before={"role": before}, after={"role": role}
        )
    return member


def disable(membership_id: int) -> Membership:
    """Keep a member out, from this moment on; nothing of theirs is deleted. Asked twice, it stays."""
    with transaction():
        member = _other(membership_id)
        if member.disabled_at is None:
            _keep_an_owner(member)
            member.disabled_at = clock.now()
            sessions.end_all(member.user_id, membership_id=member.id)
            audit.record("member.disabled", f"user:{member.user.public_id}", before={"role": member.role})
    return member


def enable(membership_id: int) -> Membership:
    """Let a member in again, in the role they had."""
    with transaction():
        member = _other(membership_id)
        if member.disabled_at is not None:
            member.disabled_at = None
            audit.record("member.enabled", f"user:{member.user.public_id}", after={"role": member.role})
    return member


def _other(membership_id: int) -> Membership:
    """The member, kept for this change; NotFound outside the business, Forbidden for oneself and for one's betters."""
    try:
        member = lock(Membership, membership_id)
    except LookupError:
        raise NotFound() from None
    actor = current_actor()
    if actor.user_id == member.user_id:
        raise Forbidden(_("Somebody else has to change your own rights."))
    if member.role == Role.PLATFORM and actor.kind == "user" and actor.role != Role.PLATFORM:
        raise Forbidden()
    return member


def check_gift(role: Role) -> None:
    """Invalid for a role that whoever is at work may not give."""
    actor = current_actor()
    if role == Role.PLATFORM and actor.kind == "user" and actor.role != Role.PLATFORM:
        raise Invalid([("role", _("You may not give this role."))])


def _keep_an_owner(member: Membership) -> None:
    """LastOwner when the business would have none without this member."""
    if member.role != Role.OWNER:
        return
    take_turn(f"owners {member.business_id}")
    others = select(Membership.id).where(
        Membership.role == Role.OWNER, Membership.disabled_at.is_(None), Membership.id != member.id
    )
    if db.session.scalar(others.limit(1)) is None:
        raise LastOwner()
