"""The request id: the thread that runs through logs, jobs and answers."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request (or of the request that caused this job); empty outside of both."""
    return _request_id.get()


def new_request_id() -> str:
    """A fresh id of 16 characters."""
    return secrets.token_hex(8)


@contextmanager
def traced(request_id: str) -> Iterator[None]:
    """Everything inside belongs to that request."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)
