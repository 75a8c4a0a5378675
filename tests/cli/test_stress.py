"""`kontor stress bookings`: counts what is really there, and says so when something is not."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from apiflask import APIFlask
from werkzeug.serving import make_server

from app.cli.load import Request, flood, percentile
from app.kernel.businesses import Business
from app.kernel.config import settings
from tests.make import make_business


def run(app: APIFlask, url: str, *arguments: str, code: int) -> dict[str, Any]:
    given = ["stress", "bookings", "--url", url, "--patience", "3", "--json", *arguments]
    ended = app.test_cli_runner().invoke(args=given)
    assert ended.exit_code == code, ended.output
    return dict(json.loads(ended.stdout))


@pytest.fixture
def server(clean: APIFlask) -> Iterator[str]:
    """The program on a port of its own."""
    with clean.app_context():
        make_business()
    made = make_server("127.0.0.1", 0, clean, threaded=True)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.port}"
    made.shutdown()
    thread.join()


@pytest.fixture
def worker(run_jobs: Callable[..., int]) -> Iterator[None]:
    """Somebody who does the jobs meanwhile."""
    enough = threading.Event()

    def work() -> None:
        while not enough.wait(0.2):
            run_jobs()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    enough.set()
    thread.join()


def test_every_booking_is_there_and_each_mail_sent_once(clean: APIFlask, server: str, worker: None) -> None:
    found = run(clean, server, "--count", "12", "--concurrency", "4", code=0)
    assert found["statuses"] == {"201": 12}
    assert found["there"] == {"bookings": 12, "customers": 12, "log rows": 12, "jobs": 12}
    assert (sum(found["mails"].values()), found["sentTwice"], found["lost"]) == (12, 0, [])
    assert found["milliseconds"]["p50"] <= found["milliseconds"]["p99"]


def test_mails_that_nobody_sends_are_a_loss(clean: APIFlask, server: str) -> None:
    found = run(clean, server, "--count", "2", "--concurrency", "2", "--patience", "0.1", code=1)
    assert found["lost"] == ["2 mails were not sent"]


class _Liar(BaseHTTPRequestHandler):
    """Answers 201 to everything and stores nothing; each third request gets 503, each fifth no answer."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        _Liar.count += 1
        if _Liar.count % 5 == 0:
            self.close_connection = True
            return
        body = b'{"bookingId": "nowhere"}'
        self.send_response(503 if _Liar.count % 3 == 0 else 201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def liar() -> Iterator[str]:
    _Liar.count = 0
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Liar)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    made.server_close()


def test_what_was_acknowledged_but_is_not_there_is_a_loss(business: Business, clean: APIFlask, liar: str) -> None:
    found = run(clean, liar, "--count", "10", "--concurrency", "1", code=1)
    assert found["statuses"] == {"0": 2, "201": 5, "503": 3}
    assert "0 bookings for 5 acknowledged bookings" in found["lost"]
    assert "3 answers were 503" in found["lost"]


def test_a_server_that_is_not_there_is_a_loss_and_no_crash(business: Business, clean: APIFlask) -> None:
    found = run(clean, "http://127.0.0.1:1", "--count", "3", code=1)
    assert found["statuses"] == {"0": 3}


def test_real_customers_and_real_mails_are_spared(
    business: Business, clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "resend_api_key", "re_real")
    ended = clean.test_cli_runner().invoke(args=["stress", "bookings", "--count", "1"])
    assert ended.exit_code == 1
    assert "real provider" in ended.output
    monkeypatch.setattr(settings(), "app_env", "production")
    assert "production" in clean.test_cli_runner().invoke(args=["stress", "bookings"]).output


def test_replies_come_in_the_order_of_the_requests(liar: str) -> None:
    replies = flood(liar, [Request("POST", "/", b"{}")] * 4, at_once=2, done=lambda _more: None)
    assert sorted(reply.status for reply in replies) == [201, 201, 201, 503]


def test_percentiles_are_of_what_was_measured() -> None:
    assert percentile([], 50) == 0.0
    assert [percentile([number / 1000 for number in range(1, 101)], share) for share in (50, 95, 99, 100)] == [
        50.0, 95.0, 99.0, 100.0,
    ]  # fmt: skip
