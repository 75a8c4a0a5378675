"""The stand-ins themselves: what a vendor promises must hold here, or the tests that lean on it prove nothing."""

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.standins.jpeg import landscape
from tests.standins.openai import OpenAIStandIn
from tests.standins.resend import ResendStandIn
from tests.standins.server import Call, Reply, StandIn

MAIL = {"from": "A <a@b.se>", "to": ["c@d.se"], "subject": "Hej", "text": "Hej", "tags": [{"name": "n", "value": "v"}]}


class Listener(StandIn):
    """Where webhooks go."""

    status = 200

    def respond(self, call: Call) -> Reply:
        return Reply(self.status, {})


@pytest.fixture
def resend() -> Iterator[ResendStandIn]:
    with ResendStandIn() as server:
        yield server


def ask(url: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer), dict(answer.headers)
    except HTTPError as error:
        return error.code, json.load(error), dict(error.headers)


def send(server: ResendStandIn, mail: Any = None, key: str = "k1") -> tuple[int, Any]:
    extra = {"Idempotency-Key": key} if key else {}
    return ask(f"{server.url}/emails", mail or MAIL, Authorization="Bearer re_standin", **extra)[:2]


def test_one_key_is_one_mail_however_often_and_at_once(resend: ResendStandIn) -> None:
    answers: list[tuple[int, Any]] = []
    threads = [threading.Thread(target=lambda: answers.append(send(resend))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(resend.sent) == 1
    assert {status for status, _ in answers} <= {200, 409}
    assert {body["id"] for status, body in answers if status == 200} == {resend.sent[0]["id"]}


def test_keys_bodies_and_fields_are_checked(resend: ResendStandIn) -> None:
    assert send(resend, key="")[0] == send(resend, key="")[0] == 200
    assert len(resend.sent) == 2
    assert send(resend, key="x" * 257)[1]["name"] == "invalid_idempotency_key"
    send(resend, key="same")
    assert send(resend, MAIL | {"subject": "Other"}, "same")[1]["name"] == "invalid_idempotent_request"
    assert send(resend, {"from": "a@b.se", "to": "c@d.se"}, "")[1]["name"] == "missing_required_field"
    assert send(resend, MAIL | {"to": ["a@b.se"] * 51}, "")[0] == 422
    assert send(resend, MAIL | {"tags": [{"name": "å", "value": "v"}]}, "")[0] == 422
    assert send(resend, MAIL | {"attachments": [{"filename": "x"}]}, "")[1]["name"] == "invalid_attachment"
    assert send(resend, MAIL | {"attachments": [{"filename": "x", "content": "&"}]}, "")[0] == 422
    assert send(resend, MAIL | {"subjct": "typo"}, "")[0] == 200
    assert resend.lost_fields == {"subjct"}


def test_rates_are_told_and_kept() -> None:
    with ResendStandIn(rate=3) as strict:
        answers = [ask(f"{strict.url}/emails", MAIL, Authorization="Bearer re_standin") for _ in range(8)]
    assert 429 in [status for status, *_ in answers]
    _, body, headers = next(answer for answer in answers if answer[0] == 429)
    assert (body["name"], headers["ratelimit-limit"], headers["retry-after"]) == ("rate_limit_exceeded", "3", "1")


def test_a_failure_before_acceptance_takes_nothing_and_after_it_takes_one(resend: ResendStandIn) -> None:
    resend.misbehave("500")
    assert send(resend)[0] == 500
    assert resend.sent == []
    resend.misbehave("drop_after")
    with pytest.raises(OSError):
        send(resend)
    assert len(resend.sent) == 1


def test_events_are_signed_and_may_be_repeated(resend: ResendStandIn) -> None:
    with Listener() as listener:
        resend.webhook_url = f"{listener.url}/webhooks/resend"
        email_id = send(resend)[1]["id"]
        assert resend.send_event("email.bounced", email_id, event_id="msg_1") == 200
        listener.status = 403
        assert resend.send_event("email.bounced", email_id, event_id="msg_1") == 403
    first, again = listener.calls
    assert first.headers["svix-id"] == again.headers["svix-id"] == "msg_1"
    event = first.json()
    assert (event["type"], event["data"]["email_id"], event["data"]["to"]) == ("email.bounced", email_id, ["c@d.se"])
    assert event["data"]["bounce"]["subType"] == "NoEmail"
    assert event["data"]["tags"] == {"n": "v"}
    again_signed = resend.signed(first.body, "msg_1", int(first.headers["svix-timestamp"]))
    assert first.headers["svix-signature"] == again_signed["svix-signature"]


def test_by_itself_it_tells_what_became_of_each_mail(resend: ResendStandIn) -> None:
    with Listener() as listener:
        resend.webhook_url, resend.autoplay, resend.unknown = listener.url, True, {"c@d.se"}
        send(resend)
        send(resend, MAIL | {"to": "x@y.se"}, "k2")
        for _ in range(100):
            if len(resend.deliveries) == 4:
                break
            resend.stopped.wait(0.05)
    kinds = [call.json()["type"] for call in listener.calls]
    assert kinds == ["email.sent", "email.bounced", "email.sent", "email.delivered"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200), ({"model": "gpt-0"}, 404), ({"modle": "x"}, 400), ({"messages": []}, 400),
        ({"messages": [{"role": "boss", "content": "x"}]}, 400), ({"response_format": {"type": "json_schema"}}, 400),
    ],
)  # fmt: skip
def test_chat_requests_are_checked(change: dict[str, Any], status: int) -> None:
    asked = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "hi"}]} | change
    with OpenAIStandIn() as server:
        assert ask(f"{server.url}/chat/completions", asked, Authorization="Bearer sk-standin")[0] == status
        assert ask(f"{server.url}/chat/completions", asked, Authorization="Bearer sk-no")[0] == 401


def test_pictures_are_small_real_ones_and_differ() -> None:
    first, second = landscape(1), landscape(2)
    assert first[:3] == b"\xff\xd8\xff"
    assert first[-2:] == b"\xff\xd9"
    assert first != second
    assert len(first) < 20_000


def test_another_process_starts_and_steers_them_over_http() -> None:
    running = subprocess.Popen([sys.executable, "-m", "tests.standins.run"], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        found = json.loads(running.stdout.readline())
        url = found["RESEND_BASE_URL"]
        assert ask(f"{url}/__control/misbehave", {"kind": "503", "times": 1})[0] == 200
        assert ask(f"{url}/emails", MAIL, Authorization=f"Bearer {found['RESEND_API_KEY']}")[0] == 503
        assert ask(f"{url}/emails", MAIL, Authorization=f"Bearer {found['RESEND_API_KEY']}")[0] == 200
        told = ask(f"{url}/__control")[1]
        assert (len(told["sent"]), told["calls"], told["sent"][0]["payload"]["subject"]) == (1, 2, "Hej")
        assert ask(f"{url}/__control/set", {"autoplay": True, "unknown": ["a@b.se"]})[0] == 200
        assert ask(f"{url}/__control/set", {"sent": []})[0] == 400
        assert ask(f"{url}/__control/nonsense", {})[0] == 400
        assert ask(f"{url}/__control/reset", {})[0] == 200
        assert ask(f"{url}/__control")[1]["sent"] == []
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0
