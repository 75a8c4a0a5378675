"""Twilio's news: believed only when signed for our public address; in any order, twice, late, the same end."""

import hashlib
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.messaging import consent, plans, sms_news, twilio_webhook
from app.messaging.consent_models import ConsentEntry
from app.messaging.keywords import meaning_of
from app.messaging.models import WebhookCall
from app.messaging.providers.twilio_signature import is_signed, signature_of
from app.messaging.sms_models import Sms, SmsReceived, SmsState
from tests.identity.people import apart
from tests.make import make_business
from tests.messaging.texting import an_invite, make_customer, noon, now_of, used
from tests.standins.twilio import TwilioStandIn

Tell = Callable[..., TestResponse]
#: The vendor's own example.
EXAMPLE = "https://example.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675310"], "Digits": ["1234"], "From": ["+14158675310"],
    "To": ["+18005551212"],
}  # fmt: skip
SIGNED = "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_published_example_is_accepted_and_nothing_else() -> None:
    assert signature_of(EXAMPLE, FORM, "12345") == SIGNED
    assert is_signed(EXAMPLE, FORM, b"", SIGNED, ["other", "12345"])
    assert not is_signed(EXAMPLE, FORM, b"", SIGNED, [])
    assert not is_signed(EXAMPLE, FORM, b"", "", ["12345"])
    assert not is_signed(EXAMPLE + "x", FORM, b"", SIGNED, ["12345"])
    assert not is_signed(EXAMPLE, FORM | {"Digits": ["1235"]}, b"", SIGNED, ["12345"])
    assert not is_signed(EXAMPLE, FORM, b"", "é" + SIGNED, ["12345"])


def test_the_usual_port_may_stand_in_the_address_or_not() -> None:
    with_port = EXAMPLE.replace(".com/", ".com:443/")
    assert is_signed(with_port, FORM, b"", SIGNED, ["12345"])
    assert is_signed(EXAMPLE, FORM, b"", signature_of(with_port, FORM, "12345"), ["12345"])


def test_a_body_of_json_is_signed_by_its_hash() -> None:
    body = b'{"property": "value", "boolean": true}'
    url = f"https://example.com/x?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signed = signature_of(url, {}, "12345")
    assert is_signed(url, {}, body, signed, ["12345"], is_json=True)
    assert not is_signed(url, {}, body + b" ", signed, ["12345"], is_json=True)


@pytest.fixture
def tell(client: FlaskClient, business: Business, clock: Any) -> Tell:
    """Calls as Twilio does, signed for our public address."""
    noon()

    def call(path: str, form: dict[str, str], token: str = "", **headers: str) -> TestResponse:
        address = settings().base_url + path
        signed = TwilioStandIn.signature(address, form, token or twilio_webhook.local_token())
        given = {"X-Twilio-Signature": signed} | headers
        return apart(
            client.post, path, data=urlencode(form), headers=given, content_type="application/x-www-form-urlencoded",
            base_url="http://inner-host:9999",
        )  # fmt: skip

    return call


def status(sid: str, said: str, **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": said, "SmsSid": sid, "AccountSid": "AC1", "NewField": "", **more}


def a_sent_one(sid: str = "SM1") -> Sms:
    sms = an_invite()
    with transaction():
        row = db.session.get_one(Sms, sms.id)
        row.state, row.provider, row.provider_id = SmsState.SENT, "twilio", sid
    return sms


PATH = "/webhooks/twilio/status"


def test_a_signed_word_changes_the_state_behind_a_proxy_too(tell: Tell) -> None:
    sms = a_sent_one()
    answer = tell(PATH, status("SM1", "delivered"))
    assert (answer.status_code, answer.data) == (200, b"")
    assert now_of(sms.id).state == "delivered"


def test_forged_and_unsigned_ones_change_nothing(tell: Tell, client: FlaskClient) -> None:
    sms = a_sent_one()
    assert tell(PATH, status("SM1", "delivered"), token="forged").status_code == 403
    assert tell(PATH, status("SM1", "delivered"), **{"X-Twilio-Signature": ""}).status_code == 403
    assert apart(client.post, PATH, data=status("SM1", "delivered")).status_code == 403
    assert apart(client.post, "/webhooks/twilio/inbound", data={"Body": "STOP"}).status_code == 403
    assert now_of(sms.id).state == "sent"
    assert db.session.scalar(text("select count(*) from webhook_calls")) == 0


def test_a_repeat_does_nothing_and_a_late_word_never_goes_back(tell: Tell) -> None:
    sms = a_sent_one()
    for said in ("delivered", "delivered", "sent", "queued", "undelivered", "failed"):
        assert tell(PATH, status("SM1", said)).status_code == 200
    assert now_of(sms.id).state == "delivered"
    assert db.session.scalar(text("select count(*) from events where name = 'invite.delivered'")) == 1


def test_a_word_that_is_faster_than_the_answer_finds_the_message_by_our_own_id(tell: Tell) -> None:
    sms = an_invite()
    tell(f"{PATH}?sms={sms.public_id}", status("SM7", "delivered"))
    assert (now_of(sms.id).state, now_of(sms.id).provider_id) == ("delivered", "SM7")


def test_a_word_about_an_unknown_message_waits_for_it(tell: Tell) -> None:
    tell(PATH, status("SM9", "delivered"))
    sms = a_sent_one("SM9")
    assert db.session.scalar(select(WebhookCall.state)) == "waiting"
    with transaction():
        sms_news.apply_waiting("SM9")
    assert now_of(sms.id).state == "delivered"


def test_a_failure_says_why_and_the_networks_own_is_given_back(tell: Tell) -> None:
    gone, broken = a_sent_one("SM1"), a_sent_one("SM2")
    tell(PATH, status("SM1", "undelivered", ErrorCode="30005"))
    tell(PATH, status("SM2", "failed", ErrorCode="30001"))
    assert (now_of(gone.id).code, now_of(broken.id).code) == ("unknown_number", "queue_full")
    assert used() == 1
    tell(PATH, status("SM2", "delivered"))  # it came through after all
    assert (now_of(broken.id).state, used()) == ("delivered", 2)


STORIES = [["sent", "delivered"], ["sent", "undelivered"], ["failed"], ["sent"], ["sent", "failed", "delivered"]]
ENDS = ["delivered", "undelivered", "failed", "sent", "delivered"]


def shuffled_words(count: int, seed: int) -> list[tuple[str, str]]:
    """What the provider says of so many messages, each word twice, in any order."""
    words = [(f"SM{number}", said) for number in range(count) for said in STORIES[number % 5] for _ in range(2)]
    random.Random(seed).shuffle(words)
    return words


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_doubled_words_end_as_in_order(tell: Tell, business: Business, seed: int) -> None:
    plans.subscribe(business.id, "pro")
    messages = [a_sent_one(f"SM{number}") for number in range(20)]
    for sid, said in shuffled_words(20, seed):
        sms_news.take_status(sid, said, 30001 if said == "failed" else 30005, call_id=f"{sid}:{said}")
    assert [now_of(sms.id).state for sms in messages] == [ENDS[number % 5] for number in range(20)]
    assert used() == 20 - 4  # those that failed by the network's own fault and nothing else


def test_a_thousand_signed_words_shuffled_and_sent_twice_end_as_in_order(tell: Tell, business: Business) -> None:
    plans.subscribe(business.id, "pro")
    count = 560
    messages = [a_sent_one(f"SM{number}") for number in range(count)]
    words = shuffled_words(count, 1)
    assert len(words) > 2 * 1_000
    for sid, said in words:
        code = {"failed": "30001", "undelivered": "30005"}.get(said, "")
        assert tell(PATH, status(sid, said, **({"ErrorCode": code} if code else {}))).status_code == 200
    assert [now_of(sms.id).state for sms in messages] == [ENDS[number % 5] for number in range(count)]
    assert used() == count - count // 5


def test_a_replay_is_a_record_of_its_own(tell: Tell) -> None:
    sms = a_sent_one()
    tell(PATH, status("SM1", "delivered"))
    call = db.session.scalars(select(WebhookCall)).one()
    sms_news.replay(call.id)
    assert now_of(sms.id).state == "delivered"
    assert db.session.scalar(text("select count(*) from webhook_calls")) == 2


INBOUND = "/webhooks/twilio/inbound"


def words_of(number: str, body: str, sid: str = "SM99") -> dict[str, str]:
    return {"MessageSid": sid, "From": number, "To": "+15005550006", "Body": body, "NumMedia": "0"}


def test_stop_is_obeyed_and_kept_word_for_word_and_start_takes_it_back(tell: Tell) -> None:
    customer = make_customer()
    answer = tell(INBOUND, words_of(customer.phone_number, "Stop tack!"))
    assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.text.endswith("<Response></Response>")
    assert consent.is_stopped(customer.phone_number)
    entry = db.session.scalars(select(ConsentEntry)).one()
    assert (entry.is_yes, entry.text, entry.source, entry.customer_id) == (False, "Stop tack!", "sms", customer.id)
    with pytest.raises(consent.OptedOut):
        an_invite(customer)
    tell(INBOUND, words_of(customer.phone_number, "START", "SM100"))
    assert not consent.is_stopped(customer.phone_number)
    an_invite(customer)


def test_the_same_answer_twice_is_one(tell: Tell) -> None:
    customer = make_customer()
    for _ in range(2):
        tell(INBOUND, words_of(customer.phone_number, "STOP"))
    tell(INBOUND, words_of(customer.phone_number, "START", "SM2"))
    tell(INBOUND, words_of(customer.phone_number, "STOP"))  # an old one, played again
    assert not consent.is_stopped(customer.phone_number)
    assert db.session.scalar(text("select count(*) from sms_received")) == 2


def test_stop_counts_for_every_business_that_knows_the_number(tell: Tell, business: Business) -> None:
    other = make_business("other")
    customer = make_customer()
    with within(other.id):
        make_customer(number=customer.phone_number)
    tell(INBOUND, words_of(customer.phone_number, "STOP"))
    with within(other.id):
        assert consent.is_stopped(customer.phone_number)
    assert consent.is_stopped(customer.phone_number)


def test_help_is_answered_with_the_firms_name(tell: Tell) -> None:
    customer = make_customer()
    an_invite(customer)
    answer = tell(INBOUND, words_of(customer.phone_number, "hjälp"))
    assert "Majorna Flytt &amp; Städ" in answer.text


def test_free_text_and_strangers_are_kept(tell: Tell) -> None:
    customer = make_customer()
    tell(INBOUND, words_of(customer.phone_number, "When do you come?"))
    assert db.session.scalars(select(SmsReceived.body)).all() == ["When do you come?"]
    assert tell(INBOUND, words_of("+46709999999", "STOP", "SM3")).status_code == 200
    assert tell(INBOUND, words_of("not a number", "STOP", "SM4")).status_code == 200


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("STOP", "stop"), (" stop. ", "stop"), ("Stopp", "stop"), ("SLUTA", "stop"), ("Avsluta", "stop"),
        ("afmeld", "stop"), ("Avmeld", "stop"), ("unsubscribe", "stop"), ("Stop please", "stop"), ("Nej tack", "stop"),
        ("START", "start"), ("Börja", "start"), ("tilmeld", "start"), ("påmeld", "start"), ("unstop", "start"),
        ("HELP", "help"), ("hjälp", "help"), ("hjælp", "help"), ("Hjelp!", "help"), ("info", "help"),
        ("Can you stop by at eight?", ""), ("Hej!", ""), ("", ""), ("yes", ""),
    ],
)  # fmt: skip
def test_words_in_four_languages(said: str, meaning: str) -> None:
    assert meaning_of(said) == meaning
