"""Knowing that an address belongs to its account: a link that was mailed to it was pressed.

Anybody may open an account with anybody's address. So what was set up before the address was proved (password, second
step, open browsers) counts no longer once its owner comes: else whoever set it up could look on from then.
"""

from sqlalchemy import delete, select

from app.identity import sessions, tokens
from app.identity.events import AddressProved
from app.identity.models import Membership, RecoveryCode, User
from app.kernel import audit, clock
from app.kernel.access import Role
from app.kernel.db import change, db
from app.kernel.events import announce
from app.kernel.tenancy import across_businesses


def note(user: User) -> None:
    """Note, in the open transaction, that the address is its owner's; whatever opened the account stays."""
    user.email_proved_at = user.email_proved_at or clock.now()


def prove(user: User, *, is_at_hand: bool) -> bool:
    """The same, telling whoever cares; answers whether earlier ways in were ended.

    They stay for whoever `is_at_hand`, signed in to that account in this browser. The business's own people came by an
    invitation, so theirs stay too.
    """
    is_first = not is_at_hand and is_doubtful(user)
    had_password = user.password_hash is not None
    if is_first:
        user.password_hash, user.second_since, user.second_key, user.second_used = None, None, "", 0
        change(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        sessions.end_all(user.id)
        tokens.revoke_all(user.id)
    note(user)
    announce(AddressProved(user.id, user.public_id, user.email))
    audit.record("account.address_proved", f"user:{user.public_id}", after={"ended": is_first and had_password})
    return is_first and had_password


def is_doubtful(user: User) -> bool:
    """Whether anybody may have opened that account: a customer's, and no mailed link was pressed yet."""
    if user.email_proved_at is not None:
        return False
    with across_businesses():
        roles = db.session.scalars(select(Membership.role).where(Membership.user_id == user.id)).all()
    return all(role == Role.CUSTOMER for role in roles)
