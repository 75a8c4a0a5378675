"""API tokens: signed, named in a row that can be revoked, and worth no more than what their user is now."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from sqlalchemy import delete, update

from app.identity.models import ApiToken, User
from app.identity.queries import narrowed, standing_in, token_by_jti
from app.kernel import audit, clock
from app.kernel.access import Role
from app.kernel.businesses import get_business
from app.kernel.config import settings
from app.kernel.db import add, change, db, transaction
from app.kernel.errors import NotFound
from app.kernel.ids import public_id
from app.kernel.tenancy import across_businesses, current_business_id

HOURS = 12
ALGORITHM = "HS256"
CLAIMS = ["sub", "iat", "exp", "jti", "role", "business"]
#: How far in the future a token may have been issued: clocks of two machines differ.
_LEEWAY = 60


@dataclass(frozen=True)
class Opened:
    """What a token opens at this moment."""

    token_id: int
    user: User
    business_id: int
    role: Role


def issue(user: User, role: Role, *, hours: float = HOURS) -> dict[str, Any]:
    """The claims of a new token for the business in scope, written down in the open transaction; see `signed`."""
    token = add(
        ApiToken(user_id=user.id, role=role, issued_at=clock.now(), expires_at=clock.now() + timedelta(hours=hours))
    )
    audit.record("token.issued", f"token:{token.jti}", after={"user": user.public_id, "role": role})
    return _claims(user.public_id, role, get_business(current_business_id()).public_id, token.jti, hours)


def opens_nothing() -> dict[str, Any]:
    """Claims of the same shape as `issue` gives, that nobody and nothing stands behind."""
    return _claims(public_id(), Role.CUSTOMER, get_business(current_business_id()).public_id, public_id(), HOURS)


def signed(claims: dict[str, Any]) -> str:
    """The token itself; the same claims always give the same one."""
    return jwt.encode(claims, settings().jwt_secret, algorithm=ALGORITHM)


def read(token: str) -> Opened | None:
    """What the token opens now; None for one that is forged, over, revoked, or whose user may no longer be there."""
    claims = _checked(token)
    found = token_by_jti(claims["jti"]) if claims is not None else None
    if claims is None or found is None:
        return None
    given, user, business = found
    named = (claims["sub"], claims["business"], claims["role"])
    if named != (user.public_id, business.public_id, given.role) or not given.is_live(clock.now()):
        return None
    present = standing_in(user.id, business.id)
    role = narrowed(Role(given.role), present.role) if present is not None else None
    return Opened(given.id, user, business.id, role) if role is not None else None


def revoke(token_id: int) -> None:
    """End the token; asked twice it stays as it is."""
    with transaction():
        _revoke(ApiToken.id == token_id)


def revoke_own(jti: str, user_id: int) -> None:
    """End one of that user's own tokens; NotFound for anybody else's."""
    with transaction():
        _revoke(ApiToken.jti == jti, ApiToken.user_id == user_id)


def revoke_all(user_id: int) -> None:
    """End all tokens of that user, in the open transaction."""
    with across_businesses():
        change(
            update(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=clock.now())
            .execution_options(synchronize_session=False)
        )


def forget_old() -> int:
    """Delete the rows of tokens whose time is long over, in the open transaction; how many."""
    with across_businesses():
        return change(delete(ApiToken).where(ApiToken.expires_at < clock.now() - timedelta(days=30)))


def _revoke(*which: Any) -> None:
    with across_businesses():
        jti = db.session.scalar(
            update(ApiToken)
            .where(*which)
            .values(revoked_at=clock.now())
            .returning(ApiToken.jti)
            .execution_options(synchronize_session=False)
        )
    if jti is None:
        raise NotFound()
    audit.record("token.revoked", f"token:{jti}")


def _claims(subject: str, role: Role, business: str, jti: str, hours: float) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    return {
        "sub": subject, "role": str(role), "business": business, "jti": jti, "iat": now, "exp": now + int(hours * 3600),
    }  # fmt: skip


def _checked(token: str) -> dict[str, Any] | None:
    try:
        # The times are compared below, by the program's own clock.
        claims: dict[str, Any] = jwt.decode(
            token,
            settings().jwt_secret,
            algorithms=[ALGORITHM],
            options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.PyJWTError:
        return None
    now = clock.now().timestamp()
    times = (claims["iat"], claims["exp"])
    if not all(isinstance(time, int) for time in times) or not claims["iat"] - _LEEWAY <= now < claims["exp"]:
        return None
    names = (claims["sub"], claims["jti"], claims["role"], claims["business"])
    return claims if all(isinstance(name, str) and "\x00" not in name for name in names) else None
