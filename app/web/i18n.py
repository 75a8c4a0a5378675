"""Languages: chosen by the user, else what the browser asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, Domain, force_locale, get_locale
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

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


def locale_here() -> Locale | None:
    """The reader's language as Flask-Babel has it; a page asks hundreds of times, so what it has found is read here."""
    found: Locale | None = getattr(_kept(), "babel_locale", None) or get_locale()
    return found


def _kept() -> Any:
    """Where Flask-Babel keeps what it found for this request; None before it was asked."""
    return g.get("_flask_babel") if g else None


class Catalogue(Domain):
    """The translations of a request, found once for each language that it speaks."""

    def get_translations(self) -> Translations | NullTranslations:
        """Those of the reader's language, or of the one that is spoken just now."""
        kept = _kept()
        locale = getattr(kept, "babel_locale", None)
        if locale is None:
            return super().get_translations()
        known = getattr(kept, "catalogue", None)
        if known is None or known[0] is not locale:
            known = kept.catalogue = locale, super().get_translations()
        found: Translations | NullTranslations = known[1]
        return found

    @pass_eval_context
    def say(self, context: EvalContext, words: str, **values: Any) -> str:
        """What templates call `_`: as the extension has it, in one step instead of three."""
        said = self.get_translations().ugettext(words)
        return (Markup(said) if context.autoescape else said) % values


def set_up(app: Flask) -> None:
    """Connect Flask-Babel."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    babel = Babel(app, locale_selector=choose_language, timezone_selector=time_zone)
    babel.domain_instance = catalogue = Catalogue()
    app.jinja_env.globals["_"] = catalogue.say
