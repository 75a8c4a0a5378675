"""Photos of towns from Pexels, against a stand-in: found, kept for a day, and done without whenever anything is odd."""

import time
from collections.abc import Iterator
from types import ModuleType

import pytest

from app.kernel import gates
from app.kernel.config import settings
from app.kernel.db import transaction
from app.kernel.http import Limits, ProviderError
from app.messaging.pictures import choice, places
from app.messaging.pictures.contract import Picture
from app.messaging.pictures.pexels import Pexels, picture_type
from app.messaging.pictures.reasons import REASONS, in_words
from tests.standins.pexels import PexelsStandIn

pytestmark = pytest.mark.usefixtures("business")


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[PexelsStandIn]:
    with PexelsStandIn() as server:
        monkeypatch.setattr(settings(), "pexels_api_key", "px-standin")
        monkeypatch.setattr(settings(), "pexels_base_url", server.url)
        limits = Limits(connect=2, read=0.8, total=2)
        monkeypatch.setattr(choice, "_pexels", lambda url, key: Pexels(url, key, limits=limits))
        yield server


def missing(town: str = "Borås") -> str:
    found = places.find(town)
    assert found.picture is None
    assert found.reason in REASONS
    return found.reason


def picture(town: str) -> Picture:
    found = places.find(town)
    assert found.picture is not None
    assert found.reason == ""
    return found.picture


def test_a_town_has_its_picture_with_credit(standin: PexelsStandIn) -> None:
    found = picture("Borås")
    assert found.content.startswith(b"\xff\xd8\xff")
    assert (found.content_type, found.credit, found.provider) == ("image/jpeg", "Maja Lind", "Pexels")
    assert found.alt == "Hills near Borås in the evening"
    assert found.credit_url.startswith("https://www.pexels.com/photo/")
    assert found.provider_url == "https://www.pexels.com"


def test_only_the_town_is_told_and_only_to_the_search(standin: PexelsStandIn) -> None:
    picture("GÖTEBORG")
    (query,) = standin.queries
    assert query["query"] == "Gothenburg"
    assert query["orientation"] == "landscape"
    search, download = standin.calls
    assert search.headers["authorization"] == "px-standin"
    assert "authorization" not in download.headers


@pytest.mark.parametrize("text", ["Storgatan 1", "", "a@b.se", "<b>Borås</b>", "https://x.se", "x" * 60, "Bor\nås!"])
def test_what_is_no_town_is_never_searched_for(standin: PexelsStandIn, text: str) -> None:
    assert missing(text) == "no_town"
    assert standin.calls == []


def test_a_search_is_kept_for_a_day_in_any_spelling(standin: PexelsStandIn, clock: ModuleType) -> None:
    first = picture("Borås")
    assert picture("borås") == picture("BORAS") == first
    assert len(standin.queries) == 1
    clock.forward(hours=24, seconds=1)
    assert picture("Borås").content == first.content
    assert len(standin.queries) == 2


def test_finding_nothing_is_kept_too(standin: PexelsStandIn) -> None:
    standin.nowhere = {"Borås"}
    assert missing() == missing() == "nothing_found"
    assert len(standin.queries) == 1


def test_failures_are_not_kept(standin: PexelsStandIn) -> None:
    standin.misbehave("500")
    assert missing() == "outage"
    assert picture("Borås")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("400", "refused"), ("401", "key_refused"), ("403", "key_refused"), ("404", "refused"), ("500", "outage"),
        ("503", "outage"), ("drop", "broken_off"), ("hang", "timeout"), ("drip", "timeout"), ("garbage", "unreadable"),
        ("bad_json", "unreadable"), ("odd", "unreadable"), ("huge", "unreadable"), ("truncated", "broken_off"),
        ("redirect", "elsewhere"),
    ],
)  # fmt: skip
def test_every_trouble_with_the_search_means_no_picture(standin: PexelsStandIn, kind: str, reason: str) -> None:
    standin.misbehave(kind, path="/v1", seconds=0.1 if kind == "drip" else 5)
    started = time.monotonic()
    assert missing() == reason
    assert time.monotonic() - started < 4.5


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("404", "refused"), ("500", "outage"), ("drop", "broken_off"), ("hang", "timeout"), ("garbage", "no_picture"),
        ("huge", "unreadable"), ("redirect", "elsewhere"),
    ],
)  # fmt: skip
def test_every_trouble_with_the_picture_means_no_picture(standin: PexelsStandIn, kind: str, reason: str) -> None:
    standin.misbehave(kind, path="/photos", seconds=5)
    assert missing() == reason


def test_the_limit_of_the_hour_is_kept_to_until_it_is_over(standin: PexelsStandIn, clock: ModuleType) -> None:
    standin.misbehave("429", path="/v1", retry_after="600")
    assert missing() == "too_fast"
    assert missing("Lund") == "waiting"
    assert len(standin.calls) == 1
    clock.forward(seconds=601)
    assert picture("Lund")


def test_a_limit_without_a_time_pauses_for_an_hour(standin: PexelsStandIn, clock: ModuleType) -> None:
    standin.misbehave("429", path="/v1")
    missing()
    clock.forward(minutes=59)
    assert missing("Lund") == "waiting"
    clock.forward(minutes=2)
    assert picture("Lund")


def test_pictures_come_from_the_vendors_own_host_alone(standin: PexelsStandIn) -> None:
    for address in ("https://evil.example/x.jpeg", "http://127.0.0.1:1/x.jpeg", "file:///etc/passwd", "", "//x"):
        gates.reopen("pexels")
        standin.overrides = {"src": {"large": address, "medium": ""}}
        assert missing() == "elsewhere"
    assert all(call.path == "/v1/search" for call in standin.calls)


def test_the_real_vendor_has_a_host_for_pictures() -> None:
    provider = Pexels("https://api.pexels.com/v1", "key", gated=False)
    for address in (
        "https://api.pexels.com/x.jpeg",
        "http://images.pexels.com/x",
        "https://images.pexels.com.evil.se/x",
    ):
        with pytest.raises(ProviderError, match="elsewhere"):
            provider._fetch(address)


def test_what_a_stranger_writes_beneath_is_tidied(standin: PexelsStandIn) -> None:
    standin.overrides = {
        "photographer": "  Maja\u202e\n Lind " + "x" * 500,
        "alt": None,
        "url": "javascript:alert(1)",
    }
    found = picture("Borås")
    assert found.credit.startswith("Maja Lind xxx")
    assert len(found.credit) == 100
    assert found.alt == "Borås"
    assert found.credit_url == "https://www.pexels.com"


def test_what_claims_to_be_a_picture_is_looked_at(standin: PexelsStandIn) -> None:
    standin.picture = b"<svg onload=alert(1)>"
    assert missing() == "no_picture"
    standin.picture, standin.picture_type = b"\x89PNG\r\n\x1a\n rest", "text/html"
    assert picture("Borås").content_type == "image/png"
    assert picture_type(b"GIF89a") == ""


def test_without_a_key_and_in_a_dry_run_nobody_is_asked(
    standin: PexelsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "run_mode", "dry")
    assert missing() == "dry_run"
    monkeypatch.setattr(settings(), "run_mode", "live")
    monkeypatch.setattr(settings(), "pexels_api_key", "")
    assert missing() == "no_key"
    assert standin.calls == []


def test_nobody_is_asked_inside_a_transaction(standin: PexelsStandIn) -> None:
    with transaction(), pytest.raises(RuntimeError):
        places.find("Borås")
    assert standin.calls == []


def test_every_reason_has_words() -> None:
    general = {"unreachable", "timeout", "unreadable", "bad_call", "broken_off", "elsewhere", "too_fast", "outage"}
    assert general | {"later", "key_refused", "refused", "waiting", "dry_run"} <= set(REASONS)
    assert all(in_words(code) == words for code, words in REASONS.items())
    assert in_words("of another time") == "of another time"
