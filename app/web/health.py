"""How the program is: a list of checks that features add to, answered at /healthz, /readyz and /metrics."""

import hmac
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from app.kernel.config import settings
from app.kernel.errors import Forbidden
from app.kernel.tenancy import across_businesses
from app.web.requests import client_address

Check = Callable[[], dict[str, Any]]
Collect = Callable[[], Iterable[Metric]]
_LOCAL = ("127.0.0.1", "::1", "localhost", "unknown")

_checks: dict[str, Check] = {}
_collectors: dict[str, Collect] = {}


def add_check(name: str, check: Check) -> None:
    """Ask `check` at /readyz; it answers `{"status": "ok" | "warn" | "fail", …}` and never raises."""
    _checks[name] = check


def add_figures(name: str, collect: Collect) -> None:
    """Ask `collect` at /metrics."""
    _collectors[name] = collect


def run_checks() -> dict[str, dict[str, Any]]:
    """The answer of every check."""
    with across_businesses():
        return {name: check() for name, check in _checks.items()}


def healthz() -> Response:
    """200 while the process lives, touching nothing."""
    return Response("ok\n", 200, content_type="text/plain; charset=utf-8")


def readyz() -> Response:
    """200, or 503 when the database is away; degraded parts are named."""
    checks = run_checks()
    states = {part["status"] for part in checks.values()}
    fit = checks.get("database", {}).get("status") != "fail"
    status = "unavailable" if not fit else "ok" if states <= {"ok", "off"} else "degraded"
    answer = jsonify({"status": status, "checks": checks})
    answer.status_code = 200 if fit else 503
    if not fit:
        answer.headers["Retry-After"] = "5"
    return answer


class _Figures:
    def collect(self) -> Iterable[Metric]:
        """All features' figures."""
        for collect in _collectors.values():
            yield from collect()


def metrics() -> Response:
    """Prometheus text; with METRICS_TOKEN only for its bearer, without it only for local callers."""
    token = settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    forwarded = request.headers.get("X-Forwarded-For")
    if token and not hmac.compare_digest(given.encode(), token.encode()):
        raise Forbidden()
    if not token and (client_address() not in _LOCAL or forwarded):
        raise Forbidden()
    registry = CollectorRegistry()
    registry.register(_Figures())
    with across_businesses():
        return Response(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")
