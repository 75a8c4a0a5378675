"""Built files, their addresses with a fingerprint, and icons from the sprite."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app, url_for
from markupsafe import Markup, escape
from whitenoise import WhiteNoise

from app.kernel import clock
from app.kernel.config import ROOT
from app.web.security import CSP

STATIC = ROOT / "app" / "static"
ONE_YEAR = 365 * 24 * 3600


@lru_cache(maxsize=256)
def _fingerprint(path: str, changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


#: A page has hundreds of icons from one file; a look at the disk every two seconds is enough for all of them.
_LOOK_AGAIN = 2.0
_known: dict[str, tuple[float, str]] = {}


def asset(name: str) -> str:
    """Address of a built file (`app.css`), which changes when its content does."""
    looked_at, address = _known.get(name, (0.0, ""))
    now = clock.monotonic()
    if not address or now - looked_at > _LOOK_AGAIN:
        file = STATIC / "dist" / name
        version = _fingerprint(str(file), file.stat().st_mtime) if file.exists() else "none"
        address = url_for("static", filename=f"dist/{name}", v=version)
        _known[name] = (now, address)
    return address


def icon(name: str, cls: str = "size-4") -> Markup:
    """The lucide icon of that name, from the sprite that the build makes."""
    return _drawn(asset("icons.svg"), name, cls)


@lru_cache(maxsize=2_000)
def _drawn(sprite: str, name: str, cls: str) -> Markup:
    place = escape(f"{sprite}#{name}")
    return Markup(
        f'<svg class="{escape(cls)}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><use href="{place}"/></svg>'
    )


def serve_static(wsgi_app: Any) -> WhiteNoise:
    """The program with WhiteNoise in front, which answers for /static without entering Flask."""

    def headers(headers: Any, path: str, url: str) -> None:
        headers["Content-Security-Policy"] = CSP
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Referrer-Policy"] = "same-origin"

    return WhiteNoise(
        wsgi_app, root=str(STATIC), prefix="static/", max_age=ONE_YEAR, add_headers_function=headers,
        autorefresh=current_app.debug if current_app else False,
    )  # fmt: skip
