"""Forms over checked models: the model's rules, the form's fields."""

from datetime import date
from typing import Any

import pytest
from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from app.kernel.errors import Invalid, NotFound
from app.web.forms import CheckedForm
from app.web.schemas import Order
from tests.identity.people import HOST


class Address(Order):
    street: str
    zip_code: str = ""


class Wish(Order):
    full_name: str
    day: date
    count: int = 1
    urgent: bool = False
    extras: list[str] = []
    address: Address | None = None


class WishForm(CheckedForm[Wish]):
    checks = Wish
    full_name = StringField("Name")
    day = DateField("Day")
    count = IntegerField("Count")
    urgent = BooleanField("Urgent")
    extras = SelectMultipleField("Extras", choices=[SelectChoice("piano"), SelectChoice("loft")])
    street = StringField("Street")

    def typed(self) -> dict[str, Any]:
        found = super().typed()
        return found | ({"address": {"street": self.street.data}} if self.street.data != "-" else {"address": {}})


@pytest.fixture
def sent(business, clean, monkeypatch):
    """A form that was sent with the given fields and a good token."""
    scopes = []

    def send(path: str = "/", **fields: Any) -> WishForm:
        scopes.append(clean.test_request_context(path, base_url=HOST, method="POST", data=fields))
        scopes[-1].push()
        form = WishForm()
        monkeypatch.setattr(form, "_has_good_token", lambda: fields.get("csrf_token") != "stale")
        return form

    yield send
    for scope in reversed(scopes):
        scope.pop()


def test_what_was_typed_becomes_a_checked_order(sent):
    form = sent(full_name=" Anna ", day="2026-11-28", count="3", urgent="y", extras=["piano", "loft"], street="A 1")
    order = form.checked()
    assert order == Wish(
        full_name="Anna",
        day=date(2026, 11, 28),
        count=3,
        urgent=True,
        extras=["piano", "loft"],
        address=Address(street="A 1"),
    )
    assert form.summary() == []


def test_what_is_left_empty_takes_the_models_own_value_or_is_asked_for(sent):
    form = sent(full_name="  ", day="", count="", street="A 1")
    assert form.checked() is None
    assert [(name, message) for name, _label, message in form.summary()] == [
        ("full_name", "This is needed."), ("day", "This is needed."),
    ]  # fmt: skip


def test_faults_stand_at_their_fields_in_the_models_words_and_what_was_typed_stays(sent):
    form = sent(full_name="Anna", day="28/11", count="many", street="-")
    assert form.checked() is None
    assert form.errors["day"] == ["This should be a date like 2026-11-28."]
    assert form.errors["count"] == ["This should be a whole number."]
    assert form.errors["street"] == ["This is needed."]  # of the part inside
    assert form.day._value() == "28/11"
    assert form.count._value() == "many"


def test_a_stale_token_does_nothing_and_loses_nothing(sent):
    form = sent(full_name="Anna", day="2026-11-28", street="A 1", csrf_token="stale")
    assert form.checked() is None
    assert form.is_stale
    assert form.full_name.data == "Anna"
    assert "send it once more" in form.summary()[0][2]
    assert form.csrf_token._value() != "stale"


def test_what_a_verb_refuses_is_shown_at_its_field_or_above(sent):
    form = sent(full_name="Anna", day="2026-11-28", street="A 1")
    form.checked()
    form.blame(Invalid([("fullName", "Taken."), ("address.street", "No such street."), ("else", "Odd.")]))
    assert [(place, message) for place, _label, message in form.summary()] == [
        ("full_name", "Odd."), ("full_name", "Taken."), ("street", "No such street."),
    ]  # fmt: skip


def test_one_field_is_shown_with_its_fault_when_it_is_left(sent):
    answer = sent("/?check=day", full_name="", day="28/11").shown_field()
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.count("This should be a date") == 1
    assert "This is needed" not in text
    assert 'hx-swap="outerMorph"' in text


@pytest.mark.parametrize("check", ["", "csrf_token", "nothing", "checked", "data"])
def test_nothing_else_is_shown(sent, check):
    with pytest.raises(NotFound):
        sent(f"/?check={check}").shown_field()
