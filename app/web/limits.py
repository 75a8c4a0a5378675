"""How often one may ask: per address, for the API per token. Counted in Redis, in memory while it is away."""

from flask import Flask, request
from flask_limiter import Limiter

from app.kernel.config import settings
from app.web.requests import client_address, is_api


def _per_token_or_address() -> str:
    given = request.headers.get("Authorization", "")
    return f"token:{given[-40:]}" if is_api() and given else f"address:{client_address()}"


def _rate(name: str) -> str:
    wanted = str(getattr(settings(), f"rate_limit_{name}"))
    return "1000000/second" if wanted == "off" else wanted


def _is_off(name: str) -> bool:
    return getattr(settings(), f"rate_limit_{name}") == "off"


limiter = Limiter(
    key_func=client_address,
    headers_enabled=True,
    in_memory_fallback_enabled=True,
    # Of two requests that find Redis gone at once only the first falls back; the other goes uncounted, not wrong.
    swallow_errors=True,
    strategy="fixed-window",
    storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
    key_prefix="kontor",
)

per_login = limiter.limit(lambda: _rate("login"), exempt_when=lambda: _is_off("login"), methods=["POST"])
per_booking = limiter.limit(lambda: _rate("booking"), exempt_when=lambda: _is_off("booking"), methods=["POST"])
per_search = limiter.limit(lambda: _rate("search"), exempt_when=lambda: _is_off("search"))
per_api = limiter.shared_limit(
    lambda: _rate("api"), scope="api", key_func=_per_token_or_address, exempt_when=lambda: _is_off("api")
)


def set_up(app: Flask) -> None:
    """Count in Redis when it is set."""
    app.config["RATELIMIT_STORAGE_URI"] = settings().redis_url or "memory://"
    app.config["RATELIMIT_HEADERS_ENABLED"] = True
    limiter.init_app(app)
