"""Languages: chosen by the user, else what the browser asks for."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, force_locale
from flask_login import current_user

LANGUAGES = {"en": "English", "sv": "Svenska", "da": "Dansk"}
#: What a browser may say for a language of ours.
_ALIASES = {
    "sv-se": "sv",
    "sv-fi": "sv",
    "da-dk": "da",
    "en-gb": "en",
    "en-us": "en",
    "nb": "da",
    "no": "da",
    "nn": "da",
}


def known(language: str | None) -> str | None:
    """One of our languages for what somebody wrote (`sv-SE`), or None."""
    if not language:
        return None
    low = language.lower().replace("_", "-")
    found = _ALIASES.get(low, low.partition("-")[0])
    return found if found in LANGUAGES else None


def choose_language() -> str:
    """The language of this request."""
    if not has_request_context():
        return str(g.get("language", "en")) if g else "en"
    chosen = known(session.get("language"))
    if chosen is None and current_user and current_user.is_authenticated:
        chosen = known(current_user.language)
    if chosen is None:
        offered = languages_here()
        for wanted, _quality in request.accept_languages:
            if (chosen := known(wanted)) in offered:
                return str(chosen)
        business = g.get("business")
        chosen = str(business.language) if business is not None and len(offered) < len(LANGUAGES) else None
    return chosen or "en"


def languages_here() -> dict[str, str]:
    """The languages of the public pages: those that the business has chosen, all of ours before it is known."""
    business = g.get("business") if g else None
    chosen = business.languages if business is not None else LANGUAGES
    return {code: name for code, name in LANGUAGES.items() if code in chosen} or LANGUAGES


def time_zone() -> str:
    """The business's time zone."""
    business = g.get("business")
    return str(business.time_zone) if business is not None else "Europe/Stockholm"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything inside is written in that language (mails)."""
    with force_locale(known(language) or "en"):
        yield


def set_up(app: Flask) -> None:
    """Connect Flask-Babel."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=choose_language, timezone_selector=time_zone)
