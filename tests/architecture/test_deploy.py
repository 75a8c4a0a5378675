"""The files that hosts read: they name what is there, start what the Procfile starts, and hold no secret."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from apiflask import APIFlask
from flask import request

from app import factory
from app.kernel.config import Settings, settings

ROOT = Path(__file__).resolve().parents[2]
#: What Render itself gives, and what its builder reads.
OF_THE_HOST = {"PYTHON_VERSION"}


def render() -> str:
    return (ROOT / "render.yaml").read_text()


def app_json() -> dict[str, Any]:
    return dict(json.loads((ROOT / "app.json").read_text()))


def known() -> set[str]:
    return {name.upper() for name in Settings.model_fields} | OF_THE_HOST


def test_hosts_are_told_of_settings_that_exist() -> None:
    in_render = set(re.findall(r"- key: ([A-Z_]+)", render()))
    assert in_render - known() == set()
    assert set(app_json()["env"]) - known() == set()


def test_hosts_give_what_production_needs() -> None:
    needed = {"APP_ENV", "SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEYS", "BASE_URL"}
    assert needed | {"DATABASE_URL", "REDIS_URL"} <= set(re.findall(r"- key: ([A-Z_]+)", render()))
    assert needed <= set(app_json()["env"])  # the add-ons bring the addresses


def test_secrets_are_drawn_by_the_host_and_not_committed() -> None:
    for name in ("SECRET_KEY", "JWT_SECRET", "ENCRYPTION_KEYS"):
        assert re.search(rf"- key: {name}\n +generateValue: true", render())
        assert app_json()["env"][name]["generator"] == "secret"


def test_render_runs_what_the_procfile_runs() -> None:
    started = re.findall(r"(?:startCommand|preDeployCommand): (.+)", render())
    assert [command.split()[-1] for command in started if "bin/start" in command] == ["web", "worker"]
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert "flask --app wsgi db upgrade" in started
    assert procfile["release"] == "flask db upgrade"


@pytest.mark.parametrize("name", ["bin/build-for-host", "bin/post_compile", "bin/start"])
def test_what_hosts_call_is_there_and_can_be_called(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    assert subprocess.run(["sh", "-n", ROOT / name], check=False).returncode == 0


def test_an_unknown_process_is_named_with_the_known_ones() -> None:
    ended = subprocess.run([ROOT / "bin" / "start", "webb"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "release web worker" in ended.stderr


def test_two_releases_at_once_on_an_empty_database_both_succeed(new_database: Callable[[str], str]) -> None:
    address = new_database("releases")
    with psycopg.connect(address) as line:
        line.execute("drop schema public cascade")
        line.execute("create schema public")
    environment = os.environ | {"DATABASE_URL": address, "REDIS_URL": os.environ["TEST_REDIS_URL"]}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    releases = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _instance in range(3)
    ]
    said = [release.communicate()[0].decode() for release in releases]
    assert [release.returncode for release in releases] == [0, 0, 0], said
    with psycopg.connect(address) as line:
        assert len(line.execute("select * from alembic_version").fetchall()) == 1


@pytest.mark.parametrize(
    ("hops", "addresses", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 104.22.17.40", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9, 104.22.17.40", "203.0.113.9"),
    ],
)
def test_behind_proxies_the_visitor_is_known_and_cannot_pretend(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch, hops: int, addresses: str, seen: str
) -> None:
    """What somebody writes into the header before the first proxy adds to it counts for nothing."""
    found = []
    monkeypatch.setattr(settings(), "trusted_proxies", hops)
    made = factory.APIFlask("proxied")
    made.add_url_rule("/", view_func=lambda: found.extend((request.remote_addr, request.url)) or "")
    factory._wrap(made)
    headers = {"X-Forwarded-For": addresses, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "flytt.example"}
    made.test_client().get("/", headers=headers)
    assert found == [seen, "https://flytt.example/" if hops else "http://localhost/"]


@pytest.mark.parametrize(
    "address",
    [
        "/booking/K7QF-2M9X?t=SECRET", "/booking/K7QF-2M9X?lang=sv&t=SECRET", "/calendar/SECRET.ics", "/join/SECRET",
        "/password/reset/SECRET?x=1", "/login/link/SECRET",
    ],
)  # fmt: skip
def test_the_access_log_holds_no_secret(address: str) -> None:
    masked = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["masked"]
    secret = "cVpaiQI4xUVDdf90UoHPTg"
    line = f'"GET {address.replace("SECRET", secret)} HTTP/1.1" 200 "http://x.example{address}"'
    assert secret not in masked(line)
    assert masked(line).startswith(f'"GET {address.partition("SECRET")[0]}…')


def test_the_access_log_holds_no_secret_of_any_route(app: APIFlask) -> None:
    """A new link that opens something must not wait for somebody to think of the log."""
    masked = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["masked"]
    secret, opening = "cVpaiQI4xUVDdf90UoHPTg", re.compile(r"<(?:[^<>]+:)?(?:token|secret)>")
    rules = [rule.rule for rule in app.url_map.iter_rules() if opening.search(rule.rule)]
    assert len(rules) >= 4
    assert [rule for rule in rules if secret in masked(f'"GET {opening.sub(secret, rule)} HTTP/1.1" 200')] == []


def test_the_access_log_still_says_what_was_asked_for() -> None:
    masked = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["masked"]
    for line in ("/admin/calendar/addresses?t=1", "/admin/bookings?view=today", "/account/calendar/revocation"):
        assert masked(line) == line
