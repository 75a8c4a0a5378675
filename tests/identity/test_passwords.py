"""Which passwords are taken, and how they are kept."""

import pytest

from app.identity import passwords
from app.kernel.db import StrayChange, transaction


@pytest.mark.parametrize("weak", ["short", "123456789", "password1234", "PASSWORD123", "hemligt123", "qwertyuiop"])
def test_short_and_common_passwords_are_refused(business, weak):
    assert passwords.fault(weak)


@pytest.mark.parametrize(
    "near",
    ["adalovelace", "AdaLovelace1", "ada.lovelace!", "Lovelace-ada", "ada.lovelace@firm.example"],
)
def test_ones_name_and_address_are_refused(business, near):
    assert passwords.fault(near, name="Ada Lovelace", email="ada.lovelace@firm.example")


@pytest.mark.parametrize("good", ["hast-och-vagn-47", "åtta gröna flyttlådor", "correct horse battery", "x" * 199])
def test_long_and_strange_ones_are_taken(business, good):
    assert passwords.fault(good, name="Ada Lovelace", email="ada@firm.example") is None


def test_a_made_up_password_is_good_and_never_the_same(business):
    made = {passwords.made_up() for _each in range(50)}
    assert len(made) == 50
    assert all(passwords.fault(each) is None for each in made)


def test_what_is_kept_is_argon2id_as_agreed_and_the_decoy_costs_the_same(business):
    kept = passwords.hashed("hast-och-vagn-47")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords._DECOY.split("$")[1:4] == kept.split("$")[1:4]
    assert len(passwords._DECOY) == len(kept)
    assert passwords.matches(kept, "hast-och-vagn-47")
    assert not passwords.matches(kept, "hast-och-vagn-48")
    assert not passwords.matches(None, "hast-och-vagn-47")


def test_no_password_is_worked_out_while_a_transaction_is_open(business):
    with pytest.raises(StrayChange), transaction():
        passwords.hashed("hast-och-vagn-47")
    with pytest.raises(StrayChange), transaction():
        passwords.matches(None, "hast-och-vagn-47")
