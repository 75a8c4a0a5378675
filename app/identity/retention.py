"""What lets in, once it lets nobody in any more, is forgotten."""

from app.identity import failures, invitations, resets, sessions, sign_in_links, tokens
from app.kernel.db import transaction


def forget_old() -> int:
    """Delete ended sessions, old tokens, links and failures of all businesses; how many rows."""
    with transaction():
        links = resets.forget_old() + invitations.forget_old() + sign_in_links.forget_old()
        return links + sessions.forget_old() + tokens.forget_old() + failures.forget_old()
