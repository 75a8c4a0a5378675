"""Text messages through Twilio, against a stand-in that speaks as its documentation says."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.kernel import clock as the_clock
from app.kernel.businesses import Business
from app.kernel.http import Limits, ProviderError
from app.messaging import consent, quiet_hours, sms_delivery
from app.messaging.providers.sms_contract import OutgoingSms
from app.messaging.providers.twilio import Twilio
from tests.messaging.texting import an_invite, jobs_of, make_customer, move_clock_to, now_of, used
from tests.standins.twilio import ACCOUNT, TOKEN, TwilioStandIn

RunJobs = Callable[..., int]
SMS = OutgoingSms(
    "+46701740605", "Hej! Dags att flytta? åäö €", "k" * 20, callback="http://localhost:8000/webhooks/x?sms=1"
)


@pytest.fixture
def standin() -> Iterator[TwilioStandIn]:
    with TwilioStandIn() as server:
        yield server


def twilio(server: TwilioStandIn, sender: str = "+15005550006", token: str = TOKEN) -> Twilio:
    limits = Limits(connect=2, read=0.8, total=2)
    return Twilio(server.url, ACCOUNT, token, sender=sender, whatsapp_sender="+14155238886", limits=limits, gated=False)


def failure(server: TwilioStandIn, to: str = SMS.to, **more: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        twilio(server, **more).send(OutgoingSms(to, "Hi", "k"))
    return caught.value


@pytest.mark.usefixtures("app")
def test_a_message_arrives_whole(standin: TwilioStandIn) -> None:
    receipt = twilio(standin).send(SMS)
    [sent] = standin.sent
    assert (receipt.id, receipt.status) == (sent["sid"], "queued")
    assert (sent["to"], sent["from"], sent["body"], sent["callback"]) == (
        SMS.to,
        "+15005550006",
        SMS.body,
        SMS.callback,
    )
    assert standin.lost_fields == set()


@pytest.mark.usefixtures("app")
def test_whatsapp_and_messaging_services_have_their_own_addresses(standin: TwilioStandIn) -> None:
    twilio(standin).send(OutgoingSms(SMS.to, "Hi", "k", channel="whatsapp"))
    assert (standin.sent[0]["to"], standin.sent[0]["from"]) == (f"whatsapp:{SMS.to}", "whatsapp:+14155238886")
    service = "MG" + "0" * 32
    twilio(standin, sender=service).send(SMS)
    assert (standin.sent[1]["messaging_service_sid"], standin.sent[1]["from"]) == (service, None)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("to", "code"),
    [("+15005550001", "bad_number"), ("+15005550002", "no_route"), ("+15005550003", "country"),
     ("+15005550004", "opted_out"), ("+15005550009", "not_mobile")],
)  # fmt: skip
def test_final_refusals(standin: TwilioStandIn, to: str, code: str) -> None:
    error = failure(standin, to)
    assert (error.code, error.retry, error.in_doubt) == (code, False, False)


@pytest.mark.usefixtures("app")
def test_refusals_of_the_sender_and_the_login(standin: TwilioStandIn) -> None:
    assert [failure(standin, sender=sender).code for sender in ("+15005550001", "+15005550007", "")] == [
        "bad_sender"
    ] * 3
    full = failure(standin, sender="+15005550008")
    assert (full.code, full.retry, full.in_doubt) == ("queue_full", True, False)
    login = failure(standin, token="another")
    assert (login.code, login.retry) == ("key_refused", False)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("kind", ["drop_after", "hang_after", "500", "garbage", "truncated"])
def test_what_may_have_arrived_is_in_doubt(standin: TwilioStandIn, kind: str) -> None:
    standin.misbehave(kind, seconds=3)
    error = failure(standin)
    assert (error.retry, error.in_doubt) == (True, True)


@pytest.mark.usefixtures("app")
def test_what_was_refused_for_haste_surely_did_not_arrive(standin: TwilioStandIn) -> None:
    standin.misbehave("429", retry_after="7")
    error = failure(standin)
    assert (error.code, error.retry, error.in_doubt, error.retry_after) == ("too_fast", True, False, 7.0)


@pytest.mark.usefixtures("app")
def test_a_lost_message_is_found_by_number_time_and_text_on_any_page(standin: TwilioStandIn) -> None:
    standin.page_size = 2
    provider = twilio(standin)
    wanted = provider.send(SMS)
    for number in range(5):
        provider.send(OutgoingSms(SMS.to, f"Another {number}", "k"))
    provider.send(OutgoingSms("+46701740606", SMS.body, "k"))
    began = the_clock.now()
    assert [found.id for found in provider.find(SMS, began - timedelta(minutes=1))] == [wanted.id]
    assert provider.find(SMS, began + timedelta(minutes=1)) == []


# With the whole program round it


@pytest.fixture
def carried(business: Business, clock: Any, standin: TwilioStandIn, monkeypatch: pytest.MonkeyPatch) -> TwilioStandIn:
    """The program's messages go to the stand-in, whose clock cannot be moved: nobody sleeps where this business is."""
    monkeypatch.setattr(quiet_hours, "allowed_from", lambda at, _zone: at)
    monkeypatch.setattr(sms_delivery, "sms_provider", lambda: twilio(standin))
    return standin


def test_an_invite_leaves_once(carried: TwilioStandIn, run_jobs: RunJobs) -> None:
    sms = an_invite()
    run_jobs()
    [sent] = carried.sent
    done = now_of(sms.id)
    assert (done.state, done.provider_id, done.provider) == ("sent", sent["sid"], "twilio")
    assert sent["callback"] == f"http://localhost:8000/webhooks/twilio/status?sms={sms.public_id}"


@pytest.mark.parametrize("kind", ["drop_after", "hang_after"])
def test_an_answer_lost_after_acceptance_is_looked_up_and_adopted(
    carried: TwilioStandIn, run_jobs: RunJobs, kind: str
) -> None:
    sms = an_invite()
    carried.misbehave(kind, seconds=2)
    run_jobs()
    assert now_of(sms.id).state == "sending"
    move_clock_to(jobs_of(sms.id)[0].run_at)
    run_jobs()
    [sent] = carried.sent
    assert (now_of(sms.id).state, now_of(sms.id).provider_id) == ("sent", sent["sid"])
    assert used() == 1


def test_without_looking_it_would_go_out_twice(
    carried: TwilioStandIn, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms_delivery, "_is_found", lambda *_: False)
    sms = an_invite()
    carried.misbehave("drop_after")
    run_jobs()
    move_clock_to(jobs_of(sms.id)[0].run_at)
    run_jobs()
    assert len(carried.sent) == 2


def test_what_never_shows_within_a_minute_is_sent_again(carried: TwilioStandIn, run_jobs: RunJobs, clock: Any) -> None:
    sms = an_invite()
    carried.misbehave("500")
    run_jobs()
    for _ in range(30):
        if carried.sent:
            break
        waits = jobs_of(sms.id)[0].run_at
        move_clock_to(waits)
        run_jobs()
    done = now_of(sms.id)
    assert (done.state, len(carried.sent), done.attempts) == ("sent", 1, 2)
    assert (done.sent_at - done.created_at).total_seconds() >= 60  # type: ignore[operator]  # it was sent


def test_the_same_text_of_another_invite_is_never_adopted(
    carried: TwilioStandIn, run_jobs: RunJobs, clock: Any
) -> None:
    customer = make_customer()
    an_invite(customer)
    run_jobs()
    second = an_invite(customer)
    carried.misbehave("500")
    run_jobs()
    assert now_of(second.id).provider_id is None
    for _ in range(30):
        if len(carried.sent) > 1:
            break
        move_clock_to(jobs_of(second.id)[0].run_at)
        run_jobs()
    assert now_of(second.id).provider_id == carried.sent[1]["sid"]


def test_what_stays_uncertain_asks_a_person(carried: TwilioStandIn, run_jobs: RunJobs, clock: Any) -> None:
    sms = an_invite()
    carried.misbehave("drop_after", path=f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    run_jobs()
    carried.misbehave("garbage", times=10_000)
    for _ in range(200):
        if now_of(sms.id).state == "failed":
            break
        move_clock_to(jobs_of(sms.id)[0].run_at)
        run_jobs()
    failed = now_of(sms.id)
    assert (failed.state, failed.code, used()) == ("failed", "in_doubt", 1)
    assert len(carried.sent) == 1


def test_a_number_that_opted_out_at_the_provider_is_marked(carried: TwilioStandIn, run_jobs: RunJobs) -> None:
    customer = make_customer()
    carried.stopped_numbers.add(customer.phone_number)
    sms = an_invite(customer)
    run_jobs()
    assert (now_of(sms.id).state, now_of(sms.id).code, used()) == ("failed", "opted_out", 0)
    assert consent.is_stopped(customer.phone_number)
