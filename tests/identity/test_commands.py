"""`kontor user create` and `kontor token create`."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from app.identity import retention
from app.identity.models import ApiToken, BrowserSession, LoginFailure, Membership, Reset, User
from app.kernel.access import Role
from app.kernel.db import db
from app.kernel.tenancy import across_businesses
from tests.identity.people import Browser, apart, is_open, log_in, make_member
from tests.make import make_business


@pytest.fixture
def kontor(clean, business):
    """Run a command as a shell would; answers its exit code and what it printed."""

    def run(*words: str) -> Any:
        return apart(clean.test_cli_runner().invoke, args=list(words))

    return run


def test_a_user_is_made_with_a_password_that_is_printed(kontor, client):
    done = kontor("user", "create", "--email", "bo@majorna.example", "--name", "Bo Ek", "--role", "driver", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.output)
    assert set(made) == {"id", "email", "name", "role", "business", "password"}
    assert log_in(client, "bo@majorna.example", made["password"]).json["user"]["role"] == "driver"


def test_a_password_that_was_given_is_not_printed(kontor, client):
    words = ("--email", "bo@x.example", "--name", "Bo Ek", "--role", "owner", "--password", "hast-och-vagn-99")
    done = kontor("user", "create", *words)
    assert done.exit_code == 0
    assert "hast-och-vagn-99" not in done.output
    assert log_in(client, "bo@x.example", "hast-och-vagn-99").status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        ("--email", "bo", "--name", "Bo", "--role", "owner"),
        ("--email", "bo@x.example", "--name", "Bo", "--role", "king"),
        ("--email", "bo@x.example", "--name", "Bo", "--role", "owner", "--password", "password123"),
        ("--email", "bo@x.example", "--name", "Bo", "--role", "owner", "--business", "nowhere"),
        ("--email", "bo@x.example", "--name", "Bo"),
    ],
)
def test_what_cannot_be_made_ends_with_a_word_and_not_zero(kontor, words):
    done = kontor("user", "create", *words)
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert db.session.scalar(select(User)) is None


def test_a_person_joins_a_second_business_and_not_the_same_one_twice(kontor, client):
    make_business("sundby", hostname="sundby.localhost")
    words = ("user", "create", "--email", "bo@x.example", "--name", "Bo", "--role", "owner")
    assert kontor(*words).exit_code == 0
    assert kontor(*words).exit_code != 0
    assert kontor(*words, "--business", "sundby", "--password", "hast-och-vagn-99").exit_code != 0
    assert kontor(*words, "--business", "sundby").exit_code == 0
    db.session.rollback()
    with across_businesses():
        assert len(db.session.scalars(select(Membership)).all()) == 2


def test_a_token_is_printed_alone(kontor, client):
    make_member()
    done = kontor("token", "create", "--email", "ada@majorna.example")
    assert done.exit_code == 0
    assert is_open(client, done.output.strip())


def test_a_token_may_be_narrower_but_never_wider(kontor, client):
    make_member(role=Role.DISPATCHER)
    narrow = kontor("token", "create", "--email", "ada@majorna.example", "--role", "driver", "--hours", "1", "--json")
    assert json.loads(narrow.output)["role"] == "driver"
    wide = kontor("token", "create", "--email", "ada@majorna.example", "--role", "owner")
    assert wide.exit_code != 0
    assert "Traceback" not in wide.output
    assert kontor("token", "create", "--email", "nobody@x.example").exit_code != 0


def test_a_token_for_one_of_several_businesses(kontor, client):
    make_member()
    make_business("sundby", hostname="sundby.localhost")
    kontor(
        "user", "create", "--email", "ada@majorna.example", "--name", "A", "--role", "driver", "--business", "sundby"
    )
    words = ("token", "create", "--email", "ada@majorna.example", "--json")
    assert json.loads(kontor(*words).output)["business"] == "majorna"
    assert json.loads(kontor(*words, "--role", "driver").output)["business"] == "sundby"
    assert json.loads(kontor(*words, "--business", "sundby").output)["role"] == "driver"


def test_what_lets_nobody_in_any_more_is_forgotten(business, client, clock):
    make_member()
    tab = Browser(client)
    tab.sign_in(password="not-this-one-here")
    tab.sign_in()
    tab.post("/password/forgot", {"email": "ada@majorna.example"})
    log_in(client)
    db.session.rollback()
    clock.forward(days=60)
    retention.forget_old()
    with across_businesses():
        left = [db.session.scalars(select(model)).all() for model in (ApiToken, BrowserSession, LoginFailure, Reset)]
    assert left == [[], [], [], []]
    assert db.session.scalar(select(User)) is not None
