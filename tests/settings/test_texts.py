"""The owner's own words: names in braces are filled once, nothing strange is run or taken, back is a press."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.bookings import own_words
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.tenancy import within
from app.messaging import own_texts
from app.messaging.models import EmailLog
from app.messaging.own_texts import filled, kind_of, strange_places
from app.messaging.sms_models import Sms
from app.settings import texts
from app.web.i18n import speaking
from tests.bookings.visitor import value_of
from tests.identity.people import Browser
from tests.make import make_booking, make_business
from tests.messaging.texting import noon
from tests.settings.test_settings_pages import deeds, owner

__all__ = ["owner"]
AT = "/admin/settings/messages/booking_received/en"
RECEIVED = kind_of("booking_received")
assert RECEIVED is not None


def mail() -> EmailLog:
    db.session.rollback()
    return db.session.scalars(select(EmailLog).order_by(EmailLog.id.desc()).limit(1)).one()


def test_own_words_are_what_the_next_mail_says(
    owner: Browser, business: Business, run_jobs: Callable[..., int]
) -> None:
    sent = {"subject": "{service} at {firm}: {reference}", "body": "Hi {first_name}!\n\nSee you {day}.", "text": ""}
    read = value_of(owner.get(AT).text, "read")
    assert owner.post(AT, sent | {"read": read}).status_code == 303
    booking = make_booking(name="Karin Berg", language="en")
    run_jobs()
    made = mail()
    assert made.subject == f"Move at Majorna Flytt & Städ: {booking.reference}"
    assert made.text_body.startswith("Hi Karin!\n\nSee you ")
    assert "<p>Hi Karin!</p>" in made.html_body.replace('<p style="margin: 0 0 16px;">', "<p>")
    assert booking.reference in made.text_body.split("See you", 1)[1], "the facts follow whatever was written"
    assert "kontor-link:manage:" in made.html_body
    entry = deeds("settings.texts")[0]
    assert (entry.before.get("subject"), entry.after["subject"]) == (None, sent["subject"])


def test_other_languages_and_other_businesses_keep_the_built_in_words(
    business: Business, run_jobs: Callable[..., int]
) -> None:
    texts.write(RECEIVED, "en", {"subject": "Ours alone"})
    make_booking(language="sv")
    run_jobs()
    assert mail().subject != "Ours alone"
    with within(make_business("other").id):
        assert own_texts.own_words("booking_received", "en") == {}


def test_a_text_message_is_in_own_words_too(business: Business, run_jobs: Callable[..., int], clock: Any) -> None:
    noon()
    texts.write(RECEIVED, "en", {"text": "{firm} has {reference}"})
    booking = make_booking(language="en", phone="+46701740605", channel="sms")
    run_jobs()
    db.session.rollback()
    assert db.session.scalars(select(Sms.body)).one() == f"Majorna Flytt & Städ has {booking.reference}"


@pytest.mark.parametrize(
    "words", ["Hello {nmae}", "{{ first_name }}", "{% for x in y %}", "{first_name", "{ first_name }", "{paragraph.x}"]
)
def test_strange_names_in_braces_are_refused_by_name(owner: Browser, words: str) -> None:
    with pytest.raises(Invalid):
        texts.write(RECEIVED, "en", {"body": words})
    answer = owner.post(AT, {"subject": "Fine", "body": words, "text": ""})
    assert answer.status_code == 422
    assert "Nobody fills" in answer.text
    assert own_texts.own_words("booking_received", "en") == {}


def test_values_are_never_read_as_names_and_html_is_shown_as_it_is(
    business: Business, run_jobs: Callable[..., int]
) -> None:
    texts.write(RECEIVED, "en", {"body": "<b>{from}</b> {first_name}."})
    make_booking(fromAddress="{reference} <i>", language="en", name="http://evil.example")
    run_jobs()
    assert "<b>{reference} <i></b>." in mail().text_body, "a name that is no name is left out"
    assert "&lt;b&gt;{reference} &lt;i&gt;&lt;/b&gt;." in mail().html_body


def test_a_space_goes_with_what_is_empty() -> None:
    assert filled("Hello {first_name}, at {start}.", {"first_name": "", "start": "09:00"}) == "Hello, at 09:00."


def test_every_suggestion_holds_only_known_names_and_fills_whole(business: Business) -> None:
    for editable in own_texts.kinds():
        for language in ("en", "sv", "da"):
            with speaking(language):
                words, facts = editable.suggested(), editable.sample()
            for said in words.values():
                assert strange_places(said, editable) == []
                assert "{" not in filled(said, own_words.values(facts, business))


def test_saving_what_is_built_in_writes_nothing_and_back_takes_all_away(owner: Browser) -> None:
    page = owner.get(AT).text
    usual = RECEIVED.suggested()
    assert owner.post(AT, {**usual, "read": value_of(page, "read")}).status_code == 303
    assert own_texts.own_words("booking_received", "en") == {}
    texts.write(RECEIVED, "en", {"subject": "Mine"})
    assert "Back to the built-in words" in owner.get(AT).text
    assert owner.post(f"{AT}/back", {}).status_code == 303
    db.session.rollback()
    assert own_texts.own_words("booking_received", "en") == {}
    assert deeds("settings.texts")[-1].before["subject"] == "Mine"


def test_whoever_is_slower_sees_both_versions(owner: Browser) -> None:
    read = value_of(owner.get(AT).text, "read")
    texts.write(RECEIVED, "en", {"subject": "Theirs"})
    slow = owner.post(AT, {"subject": "Mine", "body": "Hello", "text": "", "read": read})
    assert slow.status_code == 409
    assert "Theirs" in slow.text
    assert "Mine" in slow.text
    assert own_texts.own_words("booking_received", "en") == {"subject": "Theirs"}
    again = owner.post(AT, {"subject": "Mine", "body": "Hello", "text": "", "read": value_of(slow.text, "read")})
    assert again.status_code == 303


def test_the_sample_shows_what_is_typed_and_saves_nothing(owner: Browser) -> None:
    shown = owner.post(f"{AT}/sample", {"subject": "S", "body": "Typed {first_name}", "text": "Short {reference}"})
    assert "Typed Karin" in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    text = owner.post(f"{AT}/sample?as=text", {"subject": "S", "body": "B", "text": "Short {reference}"})
    assert "Short K7QF-2M9X" in text.text
    assert "1 part" in text.text
    wrong = owner.post(f"{AT}/sample", {"subject": "S", "body": "{oops}", "text": ""})
    assert "{oops}" in wrong.text
    assert own_texts.own_words("booking_received", "en") == {}
    assert owner.get(f"{AT}/sample").status_code == 200


def test_pages_of_unknown_kinds_are_not_there(owner: Browser) -> None:
    assert owner.get("/admin/settings/messages").status_code == 200
    assert owner.get("/admin/settings/messages/password_reset/en").status_code == 404
    assert owner.get("/admin/settings/messages/booking_received/xx").status_code == 404
