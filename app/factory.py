"""The table of contents: everything that makes up the program, put together."""

from importlib import metadata
from types import ModuleType
from typing import Any

import sentry_sdk
from apiflask import APIFlask
from flask import g, request
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app.bookings import again_views as bookings_again_views
from app.bookings import api as bookings_api
from app.bookings import cars_api as bookings_cars_api
from app.bookings import cars_portal as bookings_cars_portal
from app.bookings import confirmation as bookings_confirmation
from app.bookings import customer_views as bookings_customer_views
from app.bookings import driver_views as bookings_driver_views
from app.bookings import follow_up_views as bookings_follow_up_views
from app.bookings import handovers_api as bookings_handovers_api
from app.bookings import links as bookings_links
from app.bookings import office_views as bookings_office_views
from app.bookings import personal_data as bookings_personal_data
from app.bookings import portal as bookings_portal
from app.bookings import portal_changes as bookings_portal_changes
from app.bookings import portal_dates as bookings_portal_dates
from app.bookings import portal_live as bookings_portal_live
from app.bookings import reactions as bookings_reactions
from app.calendar import feed_views as calendar_feed_views
from app.calendar import month_views as calendar_month_views
from app.cli.main import add_commands
from app.crm import reactions as crm_reactions
from app.customers import jobs as customers_jobs
from app.customers import own_data as customers_own_data
from app.customers import timeline as customers_timeline
from app.files import views as files_views
from app.fleet import admin_api as fleet_admin_api
from app.fleet import api as fleet_api
from app.fleet import drivers_views as fleet_drivers_views
from app.fleet import office_views as fleet_office_views
from app.fleet import season_api as fleet_season_api
from app.identity import account_views as identity_account_views
from app.identity import admin_views as identity_admin_views
from app.identity import api as identity_api
from app.identity import audit_views as identity_audit_views
from app.identity import jobs as identity_jobs
from app.identity import joining_views as identity_joining_views
from app.identity import letters as identity_letters
from app.identity import link_views as identity_link_views
from app.identity import login as identity_login
from app.identity import own_data_views as identity_own_data_views
from app.identity import personal_data as identity_personal_data
from app.identity import second_views as identity_second_views
from app.identity import views as identity_views
from app.jobs import api as jobs_api
from app.jobs import bell
from app.jobs import health as jobs_health
from app.jobs import views as jobs_views
from app.kernel import logs, trace
from app.kernel.config import ROOT, settings
from app.kernel.db import db, engine_options
from app.live import hub
from app.live import views as live_views
from app.messaging import api as messaging_api
from app.messaging import batch_views as messaging_batch_views
from app.messaging import delivery as messaging_delivery
from app.messaging import invite_views as messaging_invite_views
from app.messaging import invites_api as messaging_invites_api
from app.messaging import office_views as messaging_office_views
from app.messaging import personal_data as messaging_personal_data
from app.messaging import plans_api as messaging_plans_api
from app.messaging import sms_delivery as messaging_sms_delivery
from app.messaging import sms_views as messaging_sms_views
from app.messaging import twilio_webhook as messaging_twilio_webhook
from app.messaging import visit_views as messaging_visit_views
from app.messaging import webhooks as messaging_webhooks
from app.office import crm_views as office_crm_views
from app.office import customer_views as office_customer_views
from app.office import customers_api as office_customers_api
from app.office import numbers_views as office_numbers_views
from app.office import planboard_views as office_planboard_views
from app.office import views as office_views
from app.settings import views as settings_views
from app.web import checks as web_checks
from app.web import description, doors, errors, i18n, limits, presentation, schemas, security, squeeze, tries
from app.web import views as web_views
from app.web.assets import serve_static
from app.web.paths import also_at_api
from app.web.slow import read_whole

#: The doors and what features add at the start, lowest floor first; each module's `bp` and `set_up` are used.
FEATURES: tuple[ModuleType, ...] = (
    web_views,
    live_views,
    jobs_views,
    jobs_api,
    jobs_health,
    files_views,
    customers_jobs,
    customers_own_data,
    customers_timeline,
    messaging_personal_data,
    messaging_webhooks,
    messaging_api,
    messaging_office_views,
    messaging_delivery,
    messaging_sms_delivery,
    messaging_twilio_webhook,
    messaging_invites_api,
    messaging_plans_api,
    messaging_sms_views,
    messaging_invite_views,
    messaging_batch_views,
    messaging_visit_views,
    identity_login,
    identity_views,
    identity_account_views,
    identity_admin_views,
    identity_joining_views,
    identity_second_views,
    identity_link_views,
    identity_audit_views,
    identity_own_data_views,
    identity_api,
    identity_letters,
    identity_jobs,
    identity_personal_data,
    fleet_api,
    fleet_admin_api,
    fleet_season_api,
    fleet_office_views,
    fleet_drivers_views,
    bookings_cars_api,
    bookings_handovers_api,
    bookings_cars_portal,
    bookings_links,
    bookings_personal_data,
    bookings_reactions,
    bookings_confirmation,
    bookings_api,
    bookings_portal,
    bookings_portal_changes,
    bookings_portal_dates,
    bookings_again_views,
    bookings_follow_up_views,
    bookings_portal_live,
    bookings_customer_views,
    bookings_driver_views,
    bookings_office_views,
    calendar_feed_views,
    calendar_month_views,
    settings_views,
    crm_reactions,
    office_customers_api,
    office_planboard_views,
    office_customer_views,
    office_crm_views,
    office_views,
    office_numbers_views,
    web_checks,
)


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
    tries.set_up(made)


def _add_features(made: APIFlask) -> None:
    for module in FEATURES:
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
