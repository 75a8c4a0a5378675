"""Calls to the outside: limits that hold at the socket, and one kind of error whatever the other side does."""

import gzip
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from pydantic import BaseModel

from app.kernel import clock as kernel_clock
from app.kernel.answers import retry_after, stated_rate
from app.kernel.config import settings
from app.kernel.db import transaction
from app.kernel.http import Answer, Limits, Outside, ProviderError, Rate, outside_call
from tests.standins.server import Call, Reply, StandIn

pytestmark = pytest.mark.usefixtures("app")

QUICK = Limits(connect=2, read=0.8, total=2, size=5 * 1024 * 1024)


class Taken(BaseModel):
    id: str


class Echo(StandIn):
    """Answers what it is asked for."""

    reply = Reply(200, {"id": "42"})

    def respond(self, call: Call) -> Reply:
        return self.reply

    def error(self, status: int, retry_after: str = "") -> Reply:
        return Reply(status, {"error": "scripted"}, {"Retry-After": retry_after} if retry_after else {})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server


def outside(server: StandIn, **options: object) -> Outside:
    return Outside("Echo", server.url, limits=QUICK, gated=False, **options)  # type: ignore[arg-type]


def failure(server: StandIn, **request: object) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        outside(server).post("/things", **request)  # type: ignore[arg-type]
    return caught.value


def test_an_answer_is_read_whole(echo: Echo) -> None:
    answer = outside(echo, headers={"Authorization": "Bearer x"}).post("/things", json={"a": 1}, params={"q": "å"})
    assert (answer.status, answer.json, answer.expect(Taken).id) == (200, {"id": "42"}, "42")
    call = echo.calls[0]
    assert (call.method, call.path, call.query, call.json()) == ("POST", "/things", {"q": "å"}, {"a": 1})
    assert call.headers["authorization"] == "Bearer x"
    assert call.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        ("400", "refused", False), ("401", "key_refused", False), ("403", "key_refused", False),
        ("404", "refused", False), ("408", "later", True), ("409", "refused", False), ("422", "refused", False),
        ("425", "later", True), ("429", "too_fast", True), ("500", "outage", True), ("503", "outage", True),
    ],
)  # fmt: skip
def test_each_status_says_whether_to_try_again(echo: Echo, status: str, code: str, retry: bool) -> None:
    echo.misbehave(status)
    error = failure(echo)
    assert (error.status, error.code, error.retry, error.answered) == (int(status), code, retry, True)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("drop", "broken_off"), ("drop_after", "broken_off"), ("hang", "timeout"), ("truncated", "broken_off"),
        ("drip", "timeout"), ("drip_head", "timeout"), ("huge", "unreadable"),
    ],
)  # fmt: skip
def test_a_lost_answer_leaves_doubt_and_is_worth_another_try(echo: Echo, kind: str, code: str) -> None:
    echo.misbehave(kind, seconds=0.25 if "drip" in kind else 5)
    started = time.monotonic()
    error = failure(echo)
    assert (error.code, error.retry, error.in_doubt, error.answered) == (code, True, True, False)
    assert time.monotonic() - started < 4.5


def test_dripping_is_cut_by_the_deadline_and_not_by_the_time_between_bytes(echo: Echo) -> None:
    echo.misbehave("drip", seconds=0.1)
    with pytest.raises(ProviderError):
        Outside("Echo", echo.url, limits=Limits(read=5, total=0.5), gated=False).get("/")
    echo.misbehave("drip", seconds=0.01)
    assert Outside("Echo", echo.url, limits=Limits(read=5, total=5), gated=False).get("/").json == {"id": "42"}


@pytest.mark.parametrize("kind", ["garbage", "bad_json", "odd"])
def test_an_answer_that_makes_no_sense_is_worth_another_try(echo: Echo, kind: str) -> None:
    echo.misbehave(kind)
    answer = outside(echo).get("/")
    with pytest.raises(ProviderError) as caught:
        answer.expect(Taken)
    assert (caught.value.code, caught.value.retry, caught.value.is_outage) == ("unreadable", True, True)
    echo.misbehave(kind)
    assert failure(echo, expect=Taken).code == "unreadable"


def test_redirects_are_not_followed(echo: Echo) -> None:
    echo.misbehave("redirect")
    error = failure(echo)
    assert (error.code, error.retry, len(echo.calls)) == ("elsewhere", False, 1)


def test_a_key_is_not_carried_to_another_place(echo: Echo) -> None:
    with pytest.raises(ProviderError, match="another place"):
        outside(echo).get("https://elsewhere.example/next")
    assert outside(echo).get(f"{echo.url}/next").status == 200


def test_packed_answers_are_unpacked_with_the_same_limit(echo: Echo) -> None:
    echo.reply = Reply(200, gzip.compress(b'{"id": "7"}'), {"Content-Encoding": "gzip"})
    assert outside(echo).get("/").expect(Taken).id == "7"
    echo.reply = Reply(200, gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"})
    assert failure(echo).code == "unreadable"
    echo.reply = Reply(200, b"x", {"Content-Encoding": "br"})
    assert failure(echo).code == "broken_off"


def test_nobody_there_is_passing_and_leaves_no_doubt() -> None:
    with pytest.raises(ProviderError) as caught:
        Outside("Nobody", "http://127.0.0.1:9", limits=QUICK, gated=False).post("/")
    assert (caught.value.code, caught.value.retry, caught.value.in_doubt) == ("unreachable", True, False)


def test_connections_are_used_again_and_survive_the_servers_closing_them(echo: Echo) -> None:
    for _ in range(20):
        assert outside(echo).get("/").status == 200
    echo.misbehave("drop")
    failure(echo)
    assert outside(echo).get("/").status == 200


def test_headers_with_line_breaks_are_our_own_fault(echo: Echo) -> None:
    error = failure(echo, headers={"X-Name": "a\r\nX-Other: b"})
    assert (error.code, error.retry) == ("bad_call", False)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7), ("0", 0), ("99999", 3600), ("-3", 0), ("1.5", 1.5), ("nan", None), ("soon", None), ("", None)],
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_retry_after_as_a_date() -> None:
    date = format_datetime(kernel_clock.now() + timedelta(seconds=90), usegmt=False)
    assert retry_after({"retry-after": date}) == pytest.approx(90, abs=2)
    past = format_datetime(kernel_clock.now() - timedelta(days=1))
    assert retry_after({"retry-after": past}) == 0
    assert retry_after({}) is None


def test_a_stated_rate_is_read() -> None:
    assert stated_rate({"ratelimit-limit": "5"}) == Rate(5, 1)
    assert stated_rate({"ratelimit-limit": "10;w=60"}) == Rate(10, 60)
    for nonsense in ("", "0", "many", "-1", "9" * 30):
        assert stated_rate({"ratelimit-limit": nonsense}) is None


def test_text_and_json_of_odd_answers() -> None:
    answer = Answer("Echo", 200, {"content-type": "application/problem+json; charset=utf-8"}, b'{"a": "\xff"}')
    assert answer.is_json
    assert answer.text == '{"a": "\N{REPLACEMENT CHARACTER}"}'
    with pytest.raises(ProviderError):
        answer.json  # noqa: B018


def test_no_call_inside_a_transaction(business: object, echo: Echo) -> None:
    with transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        outside(echo).get("/")
    assert echo.calls == []
    assert outside(echo).get("/").status == 200


def test_a_dry_run_refuses_even_when_somebody_forgot(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "run_mode", "dry")
    error = failure(echo)
    assert (error.code, error.retry, echo.calls) == ("dry_run", False, [])


def test_other_protocols_keep_to_the_same_rules(business: object) -> None:
    with transaction(), pytest.raises(RuntimeError), outside_call("Post", gate="post", rate=Rate(5, 1)):
        pytest.fail("the call was made")
