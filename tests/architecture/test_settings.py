"""The settings: all in .env.example, used where it says so, and refused in one line each when they are wrong."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from app.kernel import config
from app.kernel.config import BadSettings, Settings, load

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)
UNUSED_BEGINS = "# --- Checked at the start, but nothing in this version acts on them yet"
#: Read before there are settings: which file to read them from.
BEFORE_ALL = {"KONTOR_ENV_FILE"}
#: What the doctor alone looks at is not yet acted upon.
ONLY_REPORTED = {"app/cli/outside.py", "app/cli/inside.py", "app/kernel/config.py"}
#: Read by the Procfile's shell, and acted upon by the settings themselves.
USED_ELSEWHERE = {"PORT", "WEB_CONCURRENCY", "WORKER_CONCURRENCY", "APP_ENV", "INSTANCE_PATH", "ENCRYPTION_KEYS"}
STRONG = "0123456789abcdefghijklmnopqrstuv"
PRODUCTION = {
    "app_env": "production", "secret_key": f"{STRONG}1", "jwt_secret": f"{STRONG}2", "encryption_keys": f"{STRONG}3",
    "database_url": "postgres://u:p@db/kontor", "redis_url": "redis://cache:6379/0",
}  # fmt: skip


def example() -> str:
    return (ROOT / ".env.example").read_text()


def fields() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def used() -> set[str]:
    """The settings that something acts on: `settings().name`, or a name held in a variable."""
    return {name.upper() for name in _used_names()} | USED_ELSEWHERE


def _used_names() -> Iterator[str]:
    files = [*(ROOT / "app").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")]
    for file in files:
        if file.relative_to(ROOT).as_posix() in ONLY_REPORTED:
            continue
        text = file.read_text()
        if "settings()" not in text:
            continue
        yield from (node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute))
        for group in re.findall(r'getattr\(settings\(\), f"rate_limit_', text):
            yield from (name for name in Settings.model_fields if name.startswith("rate_limit_") and group)


def test_the_example_lists_every_setting_once_and_no_other() -> None:
    listed = [name for name, _value in LINE.findall(example())]
    assert sorted(listed) == sorted(fields() | BEFORE_ALL)


def test_the_code_reads_nothing_beside_the_settings() -> None:
    named = set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_]+)\"", (ROOT / "app/kernel/config.py").read_text()))
    assert named == BEFORE_ALL


def test_the_example_says_which_settings_nothing_acts_on() -> None:
    before, after = example().split(UNUSED_BEGINS)
    acted_on, unused = ({name for name, _value in LINE.findall(part)} for part in (before, after))
    assert acted_on - BEFORE_ALL - used() == set()
    assert unused & used() == set()


def test_the_example_gives_the_defaults() -> None:
    given = dict(LINE.findall(example()))
    for name, found in Settings.model_fields.items():
        default: Any = found.default
        if default in ("", PydanticUndefined) or isinstance(default, Path):
            continue
        shown = str(default).lower() if isinstance(default, bool) else str(default).removesuffix(".0")
        assert given[name.upper()] == shown


def test_every_setting_of_the_example_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LINE.findall(example()):
        if value and name not in BEFORE_ALL:
            monkeypatch.setenv(name, value)
    assert load().is_production is False


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"secret_key": ""}, "SECRET_KEY is missing: production needs it."),
        ({"jwt_secret": ""}, "JWT_SECRET is missing: production needs it."),
        ({"encryption_keys": ""}, "ENCRYPTION_KEYS is missing: production needs it."),
        ({"database_url": ""}, "DATABASE_URL is missing: production needs it."),
        ({"redis_url": ""}, "REDIS_URL is missing: production needs it."),
        ({"secret_key": "short"}, "SECRET_KEY is weak"),
        ({"secret_key": "a" * 40}, "SECRET_KEY is weak"),
        ({"jwt_secret": "super-secret-jwt-token-for-backend-saas"}, "JWT_SECRET is weak"),
        ({"jwt_secret": PRODUCTION["secret_key"]}, "JWT_SECRET equals SECRET_KEY"),
        ({"encryption_keys": f"{STRONG}9,{PRODUCTION['jwt_secret']}"}, "ENCRYPTION_KEYS equals JWT_SECRET"),
        ({"app_env": "staging"}, "APP_ENV should be 'development' or 'production'."),
        ({"port": "eighty"}, "PORT should be a valid integer"),
        ({"web_concurrency": 0}, "WEB_CONCURRENCY should be greater than or equal to 1."),
        ({"base_url": "kontor.example"}, "BASE_URL is not an address that starts with http:// or https://."),
        ({"database_url": "mysql://db/kontor"}, "DATABASE_URL is not an address"),
        ({"database_url": "postgresql://db:port/kontor"}, "DATABASE_URL names a port that is no number."),
        ({"redis_url": "http://cache"}, "REDIS_URL is not an address that starts with redis:// or rediss://."),
        ({"smtp_url": "mail.example"}, "SMTP_URL is not an address that starts with smtp:// or smtps://."),
        ({"email_from": "nobody"}, "EMAIL_FROM is not like Firm <post@firm.example>."),
        ({"rate_limit_login": "often"}, "RATE_LIMIT_LOGIN is not like 30/minute, or off."),
        ({"run_mode": "wet"}, "RUN_MODE should be 'live' or 'dry'."),
        ({"twilio_account_sid": "AC1"}, "TWILIO_ACCOUNT_SID is set, but TWILIO_AUTH_TOKEN is missing."),
        ({"storage_type": "s3"}, "STORAGE_TYPE is s3, but S3_BUCKET is missing."),
        ({"calendar_sync_interval": 10}, "CALENDAR_SYNC_INTERVAL should be greater than or equal to 60000."),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(given: dict[str, Any], line: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(**{**PRODUCTION, **given})
    [said] = refused.value.lines
    assert said.startswith(line)
    assert "\n" not in said


def test_strong_secrets_are_taken() -> None:
    assert load(**PRODUCTION).is_production


def test_no_secret_is_repeated_in_a_refusal() -> None:
    with pytest.raises(BadSettings) as refused:
        load(**{**PRODUCTION, "secret_key": "my-password-1", "jwt_secret": "my-password-1", "port": 1})
    assert "my-password-1" not in str(refused.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadSettings) as refused:
        load(**{**PRODUCTION, "secret_key": "", "redis_url": ""})
    assert len(refused.value.lines) == 2


def test_a_key_pasted_on_one_line_gets_its_line_breaks() -> None:
    key = load(**PRODUCTION, google_client_email="a@b.example", google_private_key="-----BEGIN-----\\nabc\\n")
    assert key.google_private_key == "-----BEGIN-----\nabc\n"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_of_the_database_in_any_spelling_becomes_psycopg(scheme: str) -> None:
    found = load(
        **{**PRODUCTION, "database_url": f"{scheme}://u:p@db:6543/kontor?schema=public&pgbouncer=true&sslmode=require"}
    )
    assert found.database_url == "postgresql+psycopg://u:p@db:6543/kontor?sslmode=require"


def test_development_makes_its_secrets_and_keeps_them(tmp_path: Path) -> None:
    first, second = (load(instance_path=tmp_path, database_url=PRODUCTION["database_url"]) for _start in range(2))
    assert first.secret_key == second.secret_key != first.jwt_secret
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("program", ["wsgi", "tasks.worker"])
def test_a_process_with_wrong_settings_ends_with_one_line_a_fault(program: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in fields()}
    wrong = {"APP_ENV": "production", "DATABASE_URL": "postgres://u:p@db/kontor", "KONTOR_ENV_FILE": os.devnull}
    ended = subprocess.run(
        [sys.executable, "-c", f"import {program}"],
        cwd=ROOT, env=environment | wrong, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        f"kontor: {name} is missing: production needs it."
        for name in ("SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEYS", "REDIS_URL")
    ]
    assert config.ROOT == ROOT
