"""Structured logs: one line an occurrence, with request id, business and user; no bodies, addresses or tokens."""

import logging
import re
import sys
from typing import Any

import structlog

from app.kernel.access import current_actor
from app.kernel.config import settings
from app.kernel.tenancy import business_in_scope
from app.kernel.trace import current_request_id

_MAIL = re.compile(r"([A-Za-z0-9._%+-])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+)")
_TOKEN = re.compile(r"([?&](?:t|token|code)=)[^&\s\"]+")
_BEARER = re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._-]+")
_URL_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@/\s]+@")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


def masked(text: str) -> str:
    """The text without whole mail addresses, link tokens, bearer tokens and passwords in addresses."""
    text = _URL_PASSWORD.sub(r"\1***@", text)
    text = _TOKEN.sub(r"\1***", text)
    text = _BEARER.sub(r"\1***", text)
    return _MAIL.sub(r"\1***@\2", text)


def _whose(_: Any, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    if request_id := current_request_id():
        entry.setdefault("request_id", request_id)
    if (business := business_in_scope()) is not None:
        entry.setdefault("business", business)
    if (user := current_actor().user_id) is not None:
        entry.setdefault("user", user)
    return entry


def _mask(_: Any, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    for key, value in entry.items():
        if isinstance(value, str):
            clean = masked(value)
            entry[key] = clean if key == "exception" else _CONTROL.sub(lambda found: repr(found[0])[1:-1], clean)
    return entry


def set_up() -> None:
    """Send everything that is logged, ours and the libraries', to standard output in the chosen form."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _whose,
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        _mask,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings().log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings().log_level)
    for chatty in ("httpx2", "httpcore2", "httpx", "httpcore", "openai", "alembic.runtime.plugins"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def logger(name: str) -> Any:
    """A logger whose calls take words and named values: `log.info("mail sent", email=12)`."""
    return structlog.stdlib.get_logger(name)
