"""The doors that belong to no feature: health, the accent's style sheet, language and theme, the API's description."""

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request, session, url_for

from app.web import health
from app.web.doors import current_business, own_path, public
from app.web.i18n import known
from app.web.pages import go

bp = Blueprint("web", __name__)
theme_bp = Blueprint("theme", __name__)

bp.get("/healthz")(public(health.healthz))
bp.get("/readyz")(public(health.readyz))
bp.get("/metrics")(public(health.metrics))


@theme_bp.get("/theme.css")
@public
def css() -> Response:
    """The business's accent: hue and strength; lightness is ours, so that no firm can choose itself unreadable."""
    business = current_business()
    chroma = min(max(business.chroma, 0.0), 0.14)
    answer = Response(f":root{{--brand-h:{business.hue % 360};--brand-c:{chroma:.3f}}}\n", content_type="text/css")
    answer.headers["Cache-Control"] = "max-age=300"
    return answer


@bp.post("/language")
@public
def language() -> Response:
    """Remember the language that was chosen."""
    if chosen := known(request.form.get("lang")):
        session["language"] = chosen
        session.permanent = True
    return go(own_path(request.form.get("next")))


@bp.post("/theme")
@public
def theme() -> Response:
    """Remember light or dark; anything else follows the system again."""
    chosen = request.form.get("theme")
    if chosen in ("light", "dark"):
        session["theme"] = chosen
        session.permanent = True
    else:
        session.pop("theme", None)
    return go(own_path(request.form.get("next")))


@bp.get("/site.webmanifest")
@public
def manifest() -> Response:
    """What a phone shows when the page is put on its first screen."""
    business = current_business()
    answer = jsonify(
        name=business.name,
        short_name=business.name.partition(" ")[0],
        start_url="/",
        display="standalone",
        icons=[{"src": url_for("static", filename="favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    )
    answer.content_type = "application/manifest+json"
    answer.headers["Cache-Control"] = "max-age=3600"
    return answer


@bp.get("/api/v1/openapi.json")
@public
def openapi() -> Response:
    """The API's own description, OpenAPI 3.1."""
    return jsonify(current_app._get_spec())  # type: ignore[attr-defined]  # `spec` makes it anew at every call


@bp.get("/api/v1/docs")
@public
def docs() -> Response:
    """The description to browse and try, from our own files."""
    return make_response(render_template("web/docs.html"))
