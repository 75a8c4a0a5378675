"""Fresh tries: a request that lost a race for a row is done again, as long as nothing of it stands."""

from apiflask import APIFlask
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from app.kernel.db import has_committed, is_rivalry

#: How often a request is tried before it is told to come again.
TRIES = 3


def set_up(app: APIFlask) -> None:
    """Try views afresh; what surrounds them (who asks, limits, the answer's dress) happens once."""
    once = app.dispatch_request

    def dispatch_request() -> ResponseReturnValue:
        for number in range(1, TRIES + 1):
            try:
                return once()
            except DBAPIError as error:
                if number == TRIES or not _may_try_again(error):
                    raise
        raise AssertionError("unreachable")

    app.dispatch_request = dispatch_request  # type: ignore[method-assign]  # Flask has no other place for it


def _may_try_again(error: DBAPIError) -> bool:
    # A file that came along has been read: it could not be read again from its beginning.
    return is_rivalry(error) and not has_committed() and request.mimetype != "multipart/form-data"
