"""`kontor doctor`: what is wrong, in words, with the variable that mends it, and never a secret."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from apiflask import APIFlask

from app.cli import inside
from app.jobs import workers
from app.kernel.businesses import Business
from app.kernel.config import Settings, settings
from app.kernel.db import db
from tests.cli.commands import PRODUCTION, kontor, made

SECRET = "re_hush_hush_hush"


def ask(app: APIFlask) -> dict[str, Any]:
    ended = app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = json.loads(ended.stdout)
    assert ended.exit_code == (0 if found["ok"] else 1)
    return {finding["part"]: finding for finding in found["findings"]} | {"ok": found["ok"]}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, app: APIFlask) -> Callable[..., None]:
    def change(**changes: object) -> None:
        for name, value in changes.items():
            monkeypatch.setattr(settings(), name, value)

    return change


@pytest.fixture
def sound(business: Business, monkeypatch: pytest.MonkeyPatch) -> Business:
    """A business, a worker that beats, a front end that was built."""
    workers.beat("test-worker", threads=8, busy=0)
    monkeypatch.setattr(inside, "front_end", lambda: inside.ok("front end", "Built."))
    return business


def test_nothing_must_be_mended_where_all_is_well(sound: Business, clean: APIFlask) -> None:
    found = ask(clean)
    assert found["ok"] is True
    assert found["mail"]["status"] == found["ai"]["status"] == found["sms"]["status"] == "local"
    assert "RESEND_API_KEY" in found["mail"]["mend"]


def test_a_missing_worker_must_be_mended(sound: Business, clean: APIFlask) -> None:
    workers.leave("test-worker")
    found = ask(clean)
    assert found["ok"] is False
    assert found["worker"]["status"] == "bad"
    assert "mails wait" in found["worker"]["message"]


def test_a_database_without_a_business_must_be_mended(clean: APIFlask) -> None:
    found = ask(clean)
    assert found["ok"] is False
    assert "kontor seed" in found["businesses"]["mend"]


def test_a_business_in_an_unknown_time_zone_must_be_mended(sound: Business, clean: APIFlask) -> None:
    with db.engine.begin() as line:
        line.execute(Business.__table__.update().values(time_zone="Europe/Göteborg"))
    assert "Europe/Göteborg" in ask(clean)["businesses"]["message"]


def test_a_provider_that_is_set_is_on_and_asks_for_what_it_lacks(
    sound: Business, clean: APIFlask, given: Callable[..., None]
) -> None:
    given(resend_api_key=SECRET, openai_api_key=SECRET, pexels_api_key=SECRET)
    found = ask(clean)
    assert found["mail"]["status"] == found["ai"]["status"] == found["photos"]["status"] == "ok"
    assert found["mail sender"]["status"] == "bad"
    assert "EMAIL_FROM" in found["mail sender"]["mend"]
    assert found["mail webhook"]["status"] == "warn"
    assert "/webhooks/resend" in found["mail webhook"]["mend"]
    given(resend_webhook_secret="whsec_!!!")
    assert ask(clean)["mail webhook"]["status"] == "bad"


def test_no_secret_is_printed(sound: Business, clean: APIFlask, given: Callable[..., None]) -> None:
    hidden = {name: SECRET for name in Settings.model_fields if name.endswith(("_key", "_secret", "_token", "_sid"))}
    given(**hidden | {"resend_webhook_secret": "whsec_" + "aHVzaGh1c2hodXNoaHVzaA=="})
    for arguments in (["doctor"], ["doctor", "--json"]):
        said = clean.test_cli_runner().invoke(args=arguments).output
        assert SECRET not in said
        assert "aHVzaG" not in said


def test_production_is_told_what_only_matters_there(
    sound: Business, clean: APIFlask, given: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    given(app_env="production", base_url="http://localhost:8000")
    assert ask(clean)["base url"]["status"] == "bad"
    given(base_url="http://kontor.example")
    assert "https" in ask(clean)["base url"]["mend"]
    given(base_url="https://kontor.example")
    assert "TRUSTED_PROXIES" in ask(clean)["proxy"]["mend"]


def test_wrong_settings_are_all_told_though_the_program_cannot_start() -> None:
    ended = kontor("doctor", "--json", **PRODUCTION | {"SECRET_KEY": "short", "REDIS_URL": "http://nowhere"})
    assert ended.returncode == 1
    messages = [finding["message"] for finding in made(ended)["findings"]]
    assert any(message.startswith("REDIS_URL is not an address") for message in messages)
    assert "Traceback" not in ended.stderr
    assert "short" not in ended.stdout


def test_a_database_that_is_away_is_a_finding_and_no_crash() -> None:
    nowhere = "postgresql://kontor:hush@127.0.0.1:1/kontor"
    ended = kontor("doctor", "--json", DATABASE_URL=nowhere, REDIS_URL="redis://127.0.0.1:1/0")
    assert ended.returncode == 1
    found = {finding["part"]: finding for finding in made(ended)["findings"]}
    assert found["database"]["status"] == found["redis"]["status"] == "bad"
    assert "hush" not in ended.stdout + ended.stderr


def test_an_empty_database_is_told_to_migrate(new_database: Callable[[str], str]) -> None:
    address = new_database("doctor")
    with psycopg.connect(address) as line:
        line.execute("drop schema public cascade")
        line.execute("create schema public")
    found = {part["part"]: part for part in made(kontor("doctor", "--json", DATABASE_URL=address))["findings"]}
    assert "db upgrade" in found["migrations"]["mend"]
    assert "businesses" not in found


def test_every_outside_service_is_reported(sound: Business, clean: APIFlask) -> None:
    parts = ask(clean).keys()
    assert {"mail", "sms", "ai", "photos", "calendar", "fortnox", "bank", "crm", "storage", "errors"} <= parts
