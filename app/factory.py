"""The table of contents: everything that makes up the program, put together."""

import importlib
from contextlib import suppress
from importlib import metadata
from typing import Any

import sentry_sdk
from apiflask import APIFlask
from flask import g, request
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app.cli.main import add_commands
from app.jobs import bell
from app.kernel import logs, trace
from app.kernel.config import ROOT, settings
from app.kernel.db import db, engine_options
from app.live import hub
from app.web import description, doors, errors, i18n, limits, presentation, schemas, security, squeeze
from app.web.assets import serve_static
from app.web.paths import also_at_api
from app.web.slow import read_whole

_MODULES = (
    "app.web.views app.live.views app.jobs.views app.jobs.api app.jobs.health app.messaging.webhooks app.messaging.api "
    "app.messaging.office_views app.messaging.delivery app.messaging.sms_delivery "
    "app.messaging.twilio_webhook app.messaging.invites_api app.messaging.plans_api "
    "app.messaging.sms_views app.messaging.invite_views app.messaging.visit_views "
    "app.identity.login app.identity.views app.identity.account_views "
    "app.identity.admin_views app.identity.audit_views app.identity.api app.identity.letters app.identity.jobs "
    "app.fleet.api app.fleet.admin_api app.fleet.cars_views app.fleet.drivers_views app.bookings.cars_api app.bookings.cars_portal "
    "app.bookings.links app.bookings.reactions app.bookings.confirmation app.bookings.api "
    "app.bookings.portal app.bookings.customer_views app.bookings.driver_views app.bookings.office_views app.office.views app.web.checks app.messaging.health"
).split()


def create_app(process: str = "web") -> APIFlask:
    """The program; `process` is `web` (5 s a statement) or `worker` (60 s)."""
    logs.set_up()
    _watch_errors()
    schemas.set_up()
    made = APIFlask(
        "app",
        root_path=str(ROOT / "app"),
        title="Kontor",
        version=metadata.version("kontor"),
        spec_path=None,
        docs_path=None,
        json_errors=False,
    )
    made.config.update(
        SECRET_KEY=settings().secret_key,
        SQLALCHEMY_DATABASE_URI=settings().database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(process=process),
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=422,
    )
    db.init_app(made)
    Migrate(made, db, directory=str(ROOT / "migrations"), compare_type=True)
    _dress_requests(made)
    _add_features(made)
    hub.set_up(made)
    bell.connect()
    description.set_up(made)
    add_commands(made)
    doors.check_doors(made)
    _wrap(made)
    return made


def _watch_errors() -> None:
    if settings().sentry_dsn:
        sentry_sdk.init(dsn=settings().sentry_dsn, send_default_pii=False, max_request_body_size="never")


def _dress_requests(made: APIFlask) -> None:
    """What happens around every request, in this order: id, odd ones refused, who and whose, limits."""
    errors.set_up(made)
    i18n.set_up(made)
    security.set_up(made)
    squeeze.set_up(made)
    presentation.set_up(made)

    @made.before_request
    def trace_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        fine = 8 <= len(given) <= 64 and given.isascii() and given.replace("-", "").isalnum()
        g.trace = trace.traced(given if fine else trace.new_request_id())
        g.trace.__enter__()

    made.before_request(doors.enter)
    made.before_request(security.refuse_the_odd)
    made.teardown_request(doors.leave)

    @made.teardown_request
    def end_trace(_: BaseException | None) -> None:
        if (open_trace := g.pop("trace", None)) is not None:
            open_trace.__exit__(None, None, None)

    limits.set_up(made)


def _add_features(made: APIFlask) -> None:
    for name in _MODULES:
        with suppress(ImportError):
            module = importlib.import_module(name)
            if hasattr(module, "set_up"):
                module.set_up(made)
            for part in ("bp", "theme_bp", "outbox_bp"):
                if hasattr(module, part):
                    made.register_blueprint(getattr(module, part))


def _wrap(made: APIFlask) -> None:
    """The layers that a request passes before Flask, from the inside out."""
    wsgi: Any = made.wsgi_app
    wsgi = also_at_api(wsgi)
    wsgi = read_whole(wsgi)
    wsgi = serve_static(wsgi)
    if hops := settings().trusted_proxies:
        # Each proxy adds an address; scheme and host are said once, however many pass them on.
        wsgi = ProxyFix(wsgi, x_for=hops, x_proto=1, x_host=1, x_port=0)
    made.wsgi_app = wsgi  # type: ignore[method-assign]  # the way Flask's own documentation wraps it
