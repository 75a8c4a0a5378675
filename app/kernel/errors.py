"""Refusals: what a verb says no with. Doors don't catch them; `web.errors` answers with JSON, a toast or a page."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l


class Refusal(Exception):
    """A no with a status, words for a person, and facts for a program (`extra`, camelCase names)."""

    status: ClassVar[int] = 400
    title: Any = _l("That did not work")

    def __init__(self, detail: Any = None, /, *, retry_after: int | None = None, **extra: Any) -> None:
        super().__init__(str(detail) if detail else type(self).__name__)
        self.detail = detail or self.title
        self.retry_after = retry_after
        self.extra = extra


class Malformed(Refusal):
    """400: cannot be read at all."""

    title = _l("That could not be read")


class Unauthenticated(Refusal):
    """401: nobody is signed in, or the token opens nothing."""

    status = 401
    title = _l("Please sign in")


class Lapsed(Refusal):
    """402: the subscription has lapsed."""

    status = 402
    title = _l("The subscription has lapsed")


class Forbidden(Refusal):
    """403: this role may not do that."""

    status = 403
    title = _l("You may not do that")


class NotFound(Refusal):
    """404: not there, or another business's; the two look the same."""

    status = 404
    title = _l("There is nothing here")


class Conflict(Refusal):
    """409: the present state forbids it."""

    status = 409
    title = _l("That is no longer possible")


class Gone(Refusal):
    """410: it was there and its time is over."""

    status = 410
    title = _l("That is over")


class TooLarge(Refusal):
    """413: more than is read."""

    status = 413
    title = _l("That is too large")


class WrongType(Refusal):
    """415: another content type than is understood."""

    status = 415
    title = _l("That kind of content is not understood")


class Invalid(Refusal):
    """422: understood, but some fields are wrong; `errors` are (field, message) in the outside's names."""

    status = 422
    title = _l("Some fields need another look")

    def __init__(self, errors: Sequence[tuple[str, Any]], detail: Any = None) -> None:
        super().__init__(detail)
        self.errors = list(errors)


class TooMany(Refusal):
    """429: later; `retry_after` in seconds."""

    status = 429
    title = _l("That was too much at once")


class Unavailable(Refusal):
    """503: something we stand on is away for a moment."""

    status = 503
    title = _l("Back in a moment")


class NoRoom(Refusal):
    """507: no room left to store it."""

    status = 507
    title = _l("There is no room left")
