"""Mails through Resend, against a stand-in that speaks as Resend's documentation says."""

from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask

from app.kernel.http import Limits, ProviderError
from app.messaging.providers import choice
from app.messaging.providers.contract import Attachment, OutgoingMail
from app.messaging.providers.local import LocalMail
from app.messaging.providers.resend import Resend
from app.messaging.providers.words import WORDS, english, in_words
from tests.standins.resend import ResendStandIn

pytestmark = pytest.mark.usefixtures("app")

MAIL = OutgoingMail(
    sender="Flyttfirman <hej@flytt.se>",
    to="anna@example.com",
    subject="Din flytt är bokad – K7QF-2M9X",
    text="Hej Anna!",
    html="<p>Hej Anna!</p>",
    reply_to="kontor@flytt.se",
    headers={"X-Entity-Ref-ID": "K7QF-2M9X"},
    attachments=[
        Attachment("flytt.ics", "text/calendar; method=PUBLISH", b"BEGIN:VCALENDAR"),
        Attachment("photo.jpg", "image/jpeg", b"\xff\xd8\xff", "photo"),
    ],
    tags={"kind": "booking received", "business": "7"},
)


@pytest.fixture
def standin() -> Iterator[ResendStandIn]:
    with ResendStandIn() as server:
        yield server


def resend(server: ResendStandIn, key: str = "re_standin", **options: object) -> Resend:
    limits = Limits(connect=2, read=0.8, total=2)
    return Resend(server.url, key, limits=limits, gated=False, **options)  # type: ignore[arg-type]


def failure(server: ResendStandIn, mail: OutgoingMail = MAIL, key: str = "kontor/1") -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        resend(server).send(mail, key)
    return caught.value


def test_a_mail_arrives_whole(standin: ResendStandIn) -> None:
    receipt = resend(standin).send(MAIL, "kontor/1")
    (sent,) = standin.sent
    assert (receipt.id, receipt.status, sent["key"]) == (sent["id"], "sent", "kontor/1")
    got = sent["payload"]
    assert got["from"] == "Flyttfirman <hej@flytt.se>"
    assert got["to"] == ["anna@example.com"]
    assert (got["subject"], got["text"], got["html"]) == (MAIL.subject, MAIL.text, MAIL.html)
    assert got["reply_to"] == "kontor@flytt.se"
    assert got["headers"] == {"X-Entity-Ref-ID": "K7QF-2M9X"}
    calendar, photo = got["attachments"]
    assert b64decode(calendar["content"]) == b"BEGIN:VCALENDAR"
    assert (calendar["filename"], calendar["content_type"]) == ("flytt.ics", "text/calendar; method=PUBLISH")
    assert "content_id" not in calendar
    assert photo["content_id"] == "photo"
    assert got["tags"] == [{"name": "kind", "value": "booking_received"}, {"name": "business", "value": "7"}]
    assert standin.lost_fields == set()


def test_the_same_key_sends_once_and_gives_the_first_answer_again(standin: ResendStandIn) -> None:
    first = resend(standin).send(MAIL, "kontor/1")
    assert resend(standin).send(MAIL, "kontor/1") == first
    assert len(standin.sent) == 1
    assert resend(standin).send(MAIL, "kontor/2") != first
    assert len(standin.sent) == 2


@pytest.mark.parametrize("kind", ["drop_after", "hang_after"])
def test_an_answer_lost_after_acceptance_is_found_again_by_the_key(standin: ResendStandIn, kind: str) -> None:
    standin.misbehave(kind, seconds=5)
    error = failure(standin)
    assert (error.retry, error.in_doubt) == (True, True)
    receipt = resend(standin).send(MAIL, "kontor/1")
    assert [mail["id"] for mail in standin.sent] == [receipt.id]


def test_without_the_key_it_would_have_been_sent_twice(standin: ResendStandIn) -> None:
    standin.misbehave("drop_after")
    failure(standin, key="kontor/1")
    resend(standin).send(MAIL, "kontor/other")
    assert len(standin.sent) == 2


def test_a_mail_changed_since_its_first_try_asks_a_person(standin: ResendStandIn) -> None:
    resend(standin).send(MAIL, "kontor/1")
    error = failure(standin, replace(MAIL, subject="Something else"))
    assert (error.code, error.retry, error.status) == ("changed_since", False, 409)
    assert len(standin.sent) == 1


def named(standin: ResendStandIn, status: int, name: str, message: str = "words that may change") -> ProviderError:
    body = {"statusCode": status, "name": name, "message": message}
    standin.replies.append((status, body))
    return failure(standin, key=f"kontor/{name}{status}")


@pytest.mark.parametrize(
    ("status", "name", "code", "retry"),
    [
        (400, "validation_error", "refused", False),
        (400, "invalid_idempotency_key", "refused", False),
        (401, "missing_api_key", "key_missing", False),
        (401, "restricted_api_key", "key_limited", False),
        (403, "invalid_api_key", "key_refused", False),
        (403, "suspended_api_key", "key_suspended", False),
        (403, "invalid_permission", "key_limited", False),
        (403, "validation_error", "bad_sender", False),
        (404, "not_found", "refused", False),
        (405, "method_not_allowed", "refused", False),
        (409, "concurrent_idempotent_requests", "still_running", True),
        (409, "resource_locked", "still_running", True),
        (409, "invalid_idempotent_request", "changed_since", False),
        (422, "missing_required_field", "refused", False),
        (422, "invalid_parameter", "refused", False),
        (422, "invalid_attachment", "attachment_refused", False),
        (422, "validation_error", "refused", False),
        (429, "rate_limit_exceeded", "too_fast", True),
        (500, "application_error", "outage", True),
        (503, "service_unavailable", "outage", True),
        (418, "a_name_of_next_year", "refused", False),
        (502, "another_name_of_next_year", "outage", True),
    ],
)
def test_every_error_of_the_vendor_is_known_by_its_name(
    standin: ResendStandIn, status: int, name: str, code: str, retry: bool
) -> None:
    error = named(standin, status, name)
    assert (error.code, error.retry, error.status, error.waiting) == (code, retry, status, False)
    assert error.words == english(code) == WORDS[code]
    assert name in error.detail


@pytest.mark.parametrize(
    ("name", "code"), [("daily_quota_exceeded", "quota_day"), ("monthly_quota_exceeded", "quota_month")]
)
def test_a_used_up_quota_lets_all_mails_wait_and_costs_none_a_try(standin: ResendStandIn, name: str, code: str) -> None:
    error = named(standin, 429, name)
    assert (error.code, error.retry, error.waiting, error.retry_after) == (code, True, True, 3600)


def test_a_wrong_address_is_said_so(standin: ResendStandIn) -> None:
    error = failure(standin, replace(MAIL, to="not an address"))
    assert (error.code, error.retry, error.status) == ("bad_address", False, 422)


def test_an_unverified_domain_is_said_so(standin: ResendStandIn) -> None:
    standin.verified_domains = {"other.se"}
    assert failure(standin).code == "bad_sender"


def test_wrong_and_missing_keys_are_permanent_and_sent_nothing(standin: ResendStandIn) -> None:
    for key in ("re_wrong", ""):
        with pytest.raises(ProviderError) as caught:
            resend(standin, key).send(MAIL, "kontor/1")
        assert caught.value.retry is False
    assert standin.sent == []


def test_too_fast_is_told_with_the_time_to_wait(standin: ResendStandIn) -> None:
    standin.misbehave("429", retry_after="7")
    error = failure(standin)
    assert (error.code, error.retry, error.retry_after) == ("too_fast", True, 7)


@pytest.mark.parametrize(
    "kind", ["garbage", "bad_json", "odd", "huge", "truncated", "drip", "drip_head", "hang", "drop"]
)
def test_madness_is_passing_and_the_next_try_sends_it_once(standin: ResendStandIn, kind: str) -> None:
    standin.misbehave(kind, seconds=0.1 if "drip" in kind else 5)
    assert failure(standin).retry is True
    resend(standin).send(MAIL, "kontor/1")
    assert len(standin.sent) == 1


def test_the_breaker_and_the_learned_rate_are_shared(business: object, standin: ResendStandIn) -> None:
    gated = Resend(standin.url, "re_standin", limits=Limits(connect=2, read=0.8, total=2))
    gated.send(MAIL, "kontor/0")
    standin.misbehave("500", times=5)
    for number in range(5):
        with pytest.raises(ProviderError):
            gated.send(MAIL, f"kontor/{number}")
    with pytest.raises(ProviderError) as caught:
        gated.send(MAIL, "kontor/6")
    assert caught.value.waiting
    assert len(standin.calls) == 6


def sent_together(app: Flask, provider: Resend, count: int) -> int:
    """How many of so many mails, sent by four threads at once, were taken at the first try."""

    def send(number: int) -> int:
        with app.app_context():
            try:
                provider.send(MAIL, f"kontor/{number}")
            except ProviderError:
                return 0
            return 1

    with ThreadPoolExecutor(4) as crowd:
        return sum(crowd.map(send, range(count)))


def test_a_crowd_keeps_to_the_rate_that_the_vendor_allows(app: Flask, business: object) -> None:
    with ResendStandIn(rate=6) as strict:
        gated = Resend(strict.url, "re_standin", limits=Limits(patience=20))
        # On a busy machine one or two calls can arrive later than they were let go, and meet the next second's.
        assert sent_together(app, gated, 18) >= 16


def test_without_the_gate_the_crowd_is_turned_away(app: Flask, business: object) -> None:
    with ResendStandIn(rate=6) as strict:
        assert sent_together(app, Resend(strict.url, "re_standin", gated=False), 18) < 16


def test_a_thousand_mails_at_once_are_a_thousand(standin: ResendStandIn) -> None:
    standin.rate = 100_000
    provider = Resend(standin.url, "re_standin", gated=False)
    with ThreadPoolExecutor(32) as crowd:
        receipts = list(crowd.map(lambda number: provider.send(MAIL, f"kontor/{number}"), range(1000)))
    assert len({receipt.id for receipt in receipts}) == len(standin.sent) == 1000


def test_the_choice_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = choice.settings()
    for name, value in (("resend_api_key", ""), ("smtp_url", ""), ("run_mode", "live")):
        monkeypatch.setattr(chosen, name, value)
    provider = choice.mail_provider()
    assert isinstance(provider, LocalMail)
    assert provider.send(MAIL, "kontor/1").id == provider.send(MAIL, "kontor/1").id == "local-kontor/1"
    assert not choice.has_outside_provider()
    monkeypatch.setattr(chosen, "smtp_url", "smtp://127.0.0.1:2525")
    assert choice.mail_provider().name == "smtp"  # type: ignore[union-attr]
    monkeypatch.setattr(chosen, "resend_api_key", "re_standin")
    assert choice.mail_provider().name == "resend"  # type: ignore[union-attr]
    assert choice.has_outside_provider()
    monkeypatch.setattr(chosen, "run_mode", "dry")
    assert choice.mail_provider() is None


def test_codes_have_words_and_unknown_ones_keep_what_was_stored(business: object) -> None:
    general = {"unreachable", "timeout", "unreadable", "bad_call", "broken_off", "elsewhere", "too_fast", "outage"}
    assert general | {"later", "key_refused", "refused", "waiting", "dry_run"} <= set(WORDS)
    assert in_words("no_such_mailbox") == "The mailbox does not exist."
    assert in_words("of another time", "What was stored.") == "What was stored."
