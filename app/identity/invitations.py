"""Inviting colleagues by mail: a link with a role, good once and for seven days; only its hash is kept."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from app.identity import passwords, proving
from app.identity.letters import own_address
from app.identity.members import check_gift
from app.identity.models import Invitation, Membership, User
from app.identity.orders import MemberOrder
from app.identity.queries import user_by_mail
from app.identity.turns import take_turn
from app.kernel import audit, clock
from app.kernel.access import Role
from app.kernel.businesses import get_business
from app.kernel.config import settings
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict, Gone, Invalid, NotFound
from app.kernel.ids import public_id
from app.kernel.tenancy import across_businesses, current_business_id, within
from app.messaging import links
from app.messaging.emails import queue_email

DAYS = 7
#: Whose link was not pressed is forgotten so long after it ended.
FORGOTTEN_DAYS = 30
LINK = "invitation"
_PURPOSE = b"kontor invitation"


def invite(order: MemberOrder, *, language: str) -> Invitation:
    """Mail a link that lets its reader join; an earlier open one for the address ends. Conflict for who is here."""
    check_gift(order.role)
    with transaction():
        take_turn(f"mail {order.email.lower()}")
        user = user_by_mail(order.email)
        if user is not None and db.session.scalar(select(Membership).where(Membership.user_id == user.id)) is not None:
            raise Conflict(_("Somebody with this e-mail address is already here."))
        for before in open_invitations():
            if before.email.lower() == order.email.lower():
                before.withdrawn_at = clock.now()
        key = public_id()
        invited = add(
            Invitation(
                public_id=key,
                token_hash=passwords.digest(token_of(key)),
                email=order.email,
                name=order.name,
                role=order.role,
                expires_at=clock.now() + timedelta(days=DAYS),
            )
        )
        firm = get_business(current_business_id()).name
        queue_email(
            "invitation",
            to_address=order.email,
            to_name=order.name,
            language=user.language if user is not None else language,
            facts={"link": links.marker(LINK, key), "days": DAYS, "role": order.role, "inviting": firm},
        )
        audit.record("member.invited", f"invitation:{key}", after={"role": order.role, "name": order.name})
    return invited


def withdraw(public: str) -> Invitation:
    """The link lets nobody in any more; NotFound for one that is not open here."""
    with transaction():
        found = db.session.scalar(select(Invitation).where(Invitation.public_id == public))
        if found is None or not found.is_live(clock.now()):
            raise NotFound()
        lock(Invitation, found.id).withdrawn_at = clock.now()
        audit.record("member.invitation_withdrawn", f"invitation:{public}", before={"role": found.role})
    return found


def open_invitations() -> Sequence[Invitation]:
    """The invitations that still let somebody in, the latest first."""
    rows = select(Invitation).where(
        Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > clock.now()
    )
    return db.session.scalars(rows.order_by(Invitation.id.desc())).all()


def opened(token: str) -> tuple[Invitation, User | None]:
    """The invitation of that link and who has its address already; Gone when it was used or its time is over."""
    with across_businesses():
        found = db.session.scalar(select(Invitation).where(Invitation.token_hash == passwords.digest(token)))
    if found is None or not found.is_live(clock.now()):
        raise _over()
    return found, user_by_mail(found.email)


def accept(token: str, *, name: str = "", password: str = "", language: str = "en") -> tuple[User, Membership]:
    """Join by that link, once: a new person with this password, a known one as they are. Gone when it is over.

    An account whose address was never proved may be a stranger's: it goes on with this password too.
    """
    found, user = opened(token)
    kept = None
    if user is None or needs_password(user):
        if fault := passwords.fault(password, name=name or found.name, email=found.email):
            raise Invalid([("password", fault)])
        kept = passwords.hashed(password)
    invitation_id, email = found.id, found.email
    with within(found.business_id), transaction():
        take_turn(f"mail {email.lower()}")
        # Of two that press the button at once, one finds the row unused.
        taken = change(
            update(Invitation)
            .where(Invitation.id == invitation_id, Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None))
            .values(used_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        if taken != 1:
            raise _over()
        user = user_by_mail(email)
        if user is None:
            user = add(User(name=name or found.name, email=email, language=language, password_hash=kept))
        elif needs_password(user):
            proving.prove(user, is_at_hand=False)
            user.password_hash = kept
        proving.note(user)
        member = db.session.scalar(select(Membership).where(Membership.user_id == user.id))
        if member is None:
            member = add(Membership(user_id=user.id, role=found.role))
        audit.record("member.joined", f"user:{user.public_id}", after={"role": Role(found.role)})
    return user, member


def needs_password(user: User) -> bool:
    """Whether whoever joins with that account has to choose a password for it."""
    return user.password_hash is None or proving.is_doubtful(user)


def forget_old() -> int:
    """Delete invitations that have let nobody in for a month, in the open transaction; how many."""
    with across_businesses():
        return change(delete(Invitation).where(Invitation.expires_at < clock.now() - timedelta(days=FORGOTTEN_DAYS)))


def token_of(key: str) -> str:
    """What the link of that invitation bears; worked out again whenever the mail leaves, and kept nowhere."""
    secret = hmac.digest(settings().secret_key.encode(), _PURPOSE, hashlib.sha256)
    mark = hmac.digest(secret, key.encode("ascii"), hashlib.sha256)[:24]
    return f"{key}{base64.urlsafe_b64encode(mark).decode('ascii')}"


def link_of(key: str) -> str:
    """The whole address of that invitation's page."""
    return own_address(f"/join/{token_of(key)}")


def _over() -> Gone:
    return Gone(_("This invitation has been used, was taken back, or is older than seven days. Ask for a new one."))
