"""People for tests, and a browser that carries its form token along."""

import contextvars
import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.identity import members, passwords
from app.identity.models import Membership
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.db import db

PASSWORD = "hast-och-vagn-47"
HOST = "http://majorna.localhost"


def make_member(
    email: str = "ada@majorna.example", role: Role = Role.OWNER, name: str = "Ada Berg", password: str | None = PASSWORD
) -> Membership:
    """Somebody who belongs to the business in scope and can sign in."""
    kept = passwords.hashed(password) if password else None
    order = MemberOrder(email=email, name=name, role=role)
    return members.let_in(order, password_hash=kept, tell=False)


def apart(call: Callable[..., TestResponse], *given: Any, **named: Any) -> TestResponse:
    """The answer to a request that shares nothing with the test: no application context, no business in scope."""
    db.session.rollback()  # the test's own look at the database must not stand in the way
    return contextvars.Context().run(call, *given, **named)


class Browser:
    """A browser on the business's own host name."""

    def __init__(self, client: FlaskClient, host: str = HOST) -> None:
        self.client, self.host = client, host

    def get(self, path: str, **more: Any) -> TestResponse:
        """The page, as it is answered (redirects are not followed)."""
        return apart(self.client.get, path, base_url=self.host, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form with the token of this browser's session."""
        token = self.token()
        form = {"csrf_token": token} | (data or {})
        return apart(self.client.post, path, base_url=self.host, data=form, **more)

    def token(self) -> str:
        """The form token of this browser's session."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/register/done").text)
        assert found, "the page bears no form token"
        return found[1]

    def sign_in(self, email: str = "ada@majorna.example", password: str = PASSWORD, **more: str) -> TestResponse:
        """Sign in on the page."""
        return self.post("/login", {"email": email, "password": password} | more)

    def is_signed_in(self) -> bool:
        """Whether the account page opens."""
        return self.get("/account").status_code == 200


def body_of(client: FlaskClient, path: str, body: Any, token: str = "", **more: Any) -> TestResponse:
    """Call the API with a JSON body."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return apart(client.post, path, json=body, headers=headers | more.pop("headers", {}), base_url=HOST, **more)


def log_in(client: FlaskClient, email: str = "ada@majorna.example", password: str = PASSWORD) -> TestResponse:
    """Ask the API for a token."""
    return body_of(client, "/api/v1/auth/login", {"email": email, "password": password})


def is_open(client: FlaskClient, token: str) -> bool:
    """Whether the token opens the API."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = apart(client.get, "/api/v1/bookings", headers=headers, base_url=HOST)
    return answer.status_code != 401
