"""Resend's signature: believed only when fresh, right, and over exactly these bytes."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from app.kernel.errors import Malformed
from app.messaging.providers.resend_webhook import NotFromResend, verify
from tests.standins.resend import ResendStandIn

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of the house").decode()
BODY = json.dumps(
    {"type": "email.bounced", "created_at": "2026-11-21T11:59:58.000Z", "data": {"email_id": "e1", "to": ["a@b.se"]}}
).encode()


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime = NOW, event_id: str = "msg_1") -> dict[str, str]:
    return ResendStandIn.signed(None, body, event_id, int(at.timestamp()), secret)  # type: ignore[arg-type]


def test_a_published_example_of_the_scheme_is_accepted() -> None:
    headers = {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    with pytest.raises(Malformed):  # the signature is right; the content is no event of Resend's
        verify(headers, body, [SECRET], at)
    with pytest.raises(NotFromResend):
        verify(headers, body + b" ", [SECRET], at)


def test_a_signed_event_is_read() -> None:
    event = verify(signed(), BODY, [SECRET], NOW)
    assert (event.id, event.type, event.email_id) == ("msg_1", "email.bounced", "e1")
    assert event.created_at == datetime(2026, 11, 21, 11, 59, 58, tzinfo=UTC)
    assert event.data["to"] == ["a@b.se"]


def test_header_names_may_be_written_in_any_case() -> None:
    assert verify({name.title(): value for name, value in signed().items()}, BODY, [SECRET], NOW).email_id == "e1"


def test_both_secrets_are_good_while_one_replaces_the_other() -> None:
    assert verify(signed(secret=OTHER), BODY, [SECRET, OTHER], NOW).id == "msg_1"
    both = signed() | {"svix-signature": f"{signed(secret=OTHER)['svix-signature']} {signed()['svix-signature']}"}
    assert verify(both, BODY, [SECRET], NOW).id == "msg_1"
    with pytest.raises(NotFromResend):
        verify(signed(secret=OTHER), BODY, [SECRET], NOW)


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_five_minutes_either_way_are_borne(minutes: float) -> None:
    assert verify(signed(at=NOW + timedelta(minutes=minutes)), BODY, [SECRET], NOW)


@pytest.mark.parametrize("minutes", [-5.1, 5.1, -600])
def test_older_and_newer_ones_are_refused(minutes: float) -> None:
    with pytest.raises(NotFromResend):
        verify(signed(at=NOW + timedelta(minutes=minutes)), BODY, [SECRET], NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"svix-id": "msg_2"}, {"svix-id": ""}, {"svix-timestamp": str(int(NOW.timestamp()) + 1)},
        {"svix-timestamp": "soon"}, {"svix-timestamp": "1e9"}, {"svix-timestamp": "٣"}, {"svix-timestamp": "9" * 40},
        {"svix-signature": ""}, {"svix-signature": "v1,"}, {"svix-signature": "v1,!!!"}, {"svix-signature": "v1"},
        {"svix-signature": signed()["svix-signature"].replace("v1,", "v2,")},
        {"svix-signature": signed()["svix-signature"].removeprefix("v1,")},
        {"svix-signature": "v1," + base64.b64encode(b"x" * 32).decode()},
    ],
)  # fmt: skip
def test_anything_that_differs_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(NotFromResend):
        verify(signed() | change, BODY, [SECRET], NOW)


@pytest.mark.parametrize("missing", ["svix-id", "svix-timestamp", "svix-signature"])
def test_a_missing_header_is_refused(missing: str) -> None:
    headers = {name: value for name, value in signed().items() if name != missing}
    with pytest.raises(NotFromResend):
        verify(headers, BODY, [SECRET], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_not base64 at all"], ["whsec_" + "ä"]])
def test_without_a_usable_secret_nothing_is_believed(secrets: list[str]) -> None:
    with pytest.raises(NotFromResend):
        verify(signed(), BODY, secrets, NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"type": 7}', b"{}"])
def test_signed_nonsense_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        verify(signed(body), body, [SECRET], NOW)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotFromResend):
        verify(signed(), b"\xff\xfe", [SECRET], NOW)


def test_news_about_other_things_than_mails_have_no_mail() -> None:
    body = json.dumps({"type": "domain.updated", "created_at": "2026-11-21T11:59:58Z", "data": {"id": "d"}}).encode()
    assert verify(signed(body), body, [SECRET], NOW).email_id == ""
