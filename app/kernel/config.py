"""The settings: the only reader of the environment. Each fault is one clear line, before anything starts."""

import os
import re
import secrets
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
_WEAK = ("secret", "changeme", "change-me", "password", "default", "development", "example", "super-secret")
_OF_OTHER_LIBRARIES = {"schema", "pgbouncer", "connection_limit", "pool_timeout"}
#: Settings that mean nothing without each other.
_TOGETHER = (
    ("twilio_account_sid", "twilio_auth_token"),
    ("google_client_email", "google_private_key"),
    ("fortnox_client_id", "fortnox_client_secret"),
    ("nordigen_secret_id", "nordigen_secret_key"),
    ("aws_access_key_id", "aws_secret_access_key"),
)
_HOW_TO_DRAW = 'python3 -c "import secrets; print(secrets.token_hex(32))" draws one'
_SECRETS = ("secret_key", "jwt_secret", "encryption_keys")


class BadSettings(Exception):
    """The environment is wrong; `lines` says what to mend, one line a fault."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


class Settings(BaseSettings):
    """All settings of the program, as `.env.example` describes them."""

    # The tests name an empty file: what a developer keeps in .env must not reach them.
    model_config = SettingsConfigDict(
        env_file=os.environ.get("KONTOR_ENV_FILE", str(ROOT / ".env")), extra="ignore", env_ignore_empty=True
    )

    app_env: Literal["development", "production"] = "development"
    secret_key: str = ""
    jwt_secret: str = ""
    encryption_keys: str = ""
    database_url: str = ""
    redis_url: str = ""
    base_url: str = "http://localhost:8000"
    trusted_proxies: int = Field(0, ge=0, le=10)
    port: int = Field(8000, ge=1, le=65535)
    web_concurrency: int = Field(2, ge=1, le=64)
    worker_concurrency: int = Field(8, ge=1, le=64)
    instance_path: Path = ROOT / "instance"

    rate_limit_login: str = "30/minute"
    rate_limit_booking: str = "2000/minute"
    rate_limit_search: str = "600/minute"
    rate_limit_api: str = "6000/minute"
    run_mode: Literal["live", "dry"] = "live"

    email_from: str = "Kontor <kontor@localhost.localdomain>"
    resend_api_key: str = ""
    resend_base_url: str = "https://api.resend.com"
    resend_webhook_secret: str = ""
    smtp_url: str = ""
    openai_api_key: str = ""
    openai_org_id: str = ""
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-5-mini"
    openai_embedding_model: str = "text-embedding-3-small"
    pexels_api_key: str = ""
    pexels_base_url: str = "https://api.pexels.com/v1"

    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_whatsapp_from: str = ""
    twilio_base_url: str = "https://api.twilio.com"
    google_client_email: str = ""
    google_private_key: str = ""
    google_impersonated_user: str = ""
    google_calendar_base_url: str = "https://www.googleapis.com/calendar/v3"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
    calendar_sync_enabled: bool = False
    calendar_sync_interval: int = Field(3_600_000, ge=60_000)
    customer_import_batch_size: int = Field(50, ge=1, le=10_000)
    customer_import_validate_email: bool = True
    fortnox_base_url: str = "https://api.fortnox.se/3"
    fortnox_token_url: str = "https://apps.fortnox.se/oauth-v1/token"  # noqa: S105  # an address
    fortnox_auth_url: str = "https://apps.fortnox.se/oauth-v1/auth"
    fortnox_client_id: str = ""
    fortnox_client_secret: str = ""
    nordigen_secret_id: str = ""
    nordigen_secret_key: str = ""
    nordigen_base_url: str = "https://bankaccountdata.gocardless.com/api/v2"
    crm_webhook_url: str = ""
    crm_webhook_secret: str = ""
    hubspot_token: str = ""
    hubspot_base_url: str = "https://api.hubapi.com"

    storage_type: Literal["local", "s3"] = "local"
    upload_path: Path = ROOT / "instance" / "uploads"
    upload_base_url: str = "/api/files"
    s3_bucket: str = ""
    s3_region: str = ""
    s3_endpoint_url: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = ""

    sentry_dsn: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    metrics_token: str = ""

    db_pool_size: int = Field(6, ge=1, le=100)
    job_lease_seconds: float = Field(60, gt=0)
    job_sweep_seconds: float = Field(10, gt=0)
    worker_silent_seconds: float = Field(60, gt=0)
    retry_first_seconds: float = Field(5, gt=0)
    breaker_open_seconds: float = Field(30, gt=0)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @field_validator(
        "base_url", "resend_base_url", "openai_base_url", "pexels_base_url", "twilio_base_url",
        "google_calendar_base_url", "google_token_url", "fortnox_base_url", "fortnox_token_url", "fortnox_auth_url",
        "nordigen_base_url", "crm_webhook_url", "hubspot_base_url", "s3_endpoint_url", "sentry_dsn",
    )  # fmt: skip
    @classmethod
    def _plain_url(cls, value: str) -> str:
        if value and not _is_address(value, "http", "https"):
            raise ValueError("is not an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value and not _is_address(value, "smtp", "smtps"):
            raise ValueError("is not an address that starts with smtp:// or smtps://")
        return value

    @field_validator("upload_base_url")
    @classmethod
    def _place_of_files(cls, value: str) -> str:
        if not value.startswith("/") and not _is_address(value, "http", "https"):
            raise ValueError("is neither a path like /api/files nor an address")
        return value.rstrip("/")

    @field_validator("email_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if not re.fullmatch(r"(?:[^<>]*<)?[^<>@\s]+@[^<>@\s]+>?", value):
            raise ValueError("is not like Firm <post@firm.example>")
        return value

    @field_validator("google_private_key")
    @classmethod
    def _key_with_line_breaks(cls, value: str) -> str:
        return value.replace("\\n", "\n")  # as consoles paste it, on one line

    @field_validator("database_url")
    @classmethod
    def _psycopg_url(cls, value: str) -> str:
        return psycopg_url(value) if value else value

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: str) -> str:
        if value and not _is_address(value, "redis", "rediss") and not value.startswith("unix://"):
            raise ValueError("is not an address that starts with redis:// or rediss://")
        return value

    @field_validator("rate_limit_login", "rate_limit_booking", "rate_limit_search", "rate_limit_api")
    @classmethod
    def _rate(cls, value: str) -> str:
        count, _, per = value.partition("/")
        if value != "off" and not (count.isdigit() and per in ("second", "minute", "hour", "day")):
            raise ValueError("is not like 30/minute, or off")
        return value

    @model_validator(mode="after")
    def _whole_or_not_at_all(self) -> "Settings":
        for names in _TOGETHER:
            given = [name for name in names if getattr(self, name)]
            if given and (lacking := [name.upper() for name in names if not getattr(self, name)]):
                raise ValueError(f"{given[0].upper()} is set, but {' and '.join(lacking)} is missing")
        if self.storage_type == "s3" and not self.s3_bucket:
            raise ValueError("STORAGE_TYPE is s3, but S3_BUCKET is missing")
        return self

    @model_validator(mode="after")
    def _kept_secrets(self) -> "Settings":
        if self.app_env == "development":
            for name in _SECRETS:
                if not getattr(self, name):
                    setattr(self, name, _made_and_kept(self.instance_path, name))
        return self

    @property
    def is_production(self) -> bool:
        """Whether weak secrets are refused and cookies are secure."""
        return self.app_env == "production"

    @property
    def is_dry(self) -> bool:
        """Whether nothing may leave the machine."""
        return self.run_mode == "dry"


def psycopg_url(value: str) -> str:
    """A database address as psycopg 3 wants it; other libraries' parameters are taken off.

    >>> psycopg_url("postgres://u:p@db/kontor?schema=public")
    'postgresql+psycopg://u:p@db/kontor'
    """
    parts = urlsplit(value)
    if parts.scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("is not an address that starts with postgres:// or postgresql://")
    if parts.hostname and not _is_address(value, parts.scheme):
        raise ValueError("names a port that is no number")
    kept = [(name, text) for name, text in parse_qsl(parts.query) if name not in _OF_OTHER_LIBRARIES]
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, urlencode(kept), ""))


def _is_address(value: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _made_and_kept(folder: Path, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file, fresh = folder / name, folder / f"{name}.{secrets.token_hex(4)}"
    if not file.exists():
        # Whole before it has its name: another process that starts now never reads it empty.
        fresh.touch(0o600)
        fresh.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            file.hardlink_to(fresh)
        fresh.unlink()
    return file.read_text().strip()


def _production_faults(found: Settings) -> list[str]:
    faults = [
        f"{name.upper()} is missing: production needs it."
        for name in (*_SECRETS, "database_url", "redis_url")
        if not getattr(found, name)
    ]
    known: dict[str, str] = {}
    for name in _SECRETS:
        for value in filter(None, getattr(found, name).split(",")):
            if len(value) < 32 or len(set(value)) < 8 or any(word in value.lower() for word in _WEAK):
                faults.append(f"{name.upper()} is weak: it needs at least 32 random characters ({_HOW_TO_DRAW}).")
            elif (first := known.setdefault(value, name)) != name:
                faults.append(f"{name.upper()} equals {first.upper()}: each needs a value of its own ({_HOW_TO_DRAW}).")
    return faults


def load(**given: object) -> Settings:
    """The settings of this environment; BadSettings names every fault at once."""
    try:
        found = Settings(**given)  # type: ignore[arg-type]  # tests hand in plain values
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in fault['loc']).upper()} {_plain(fault['msg'])}.".lstrip()
            for fault in error.errors()
        ]
        raise BadSettings(lines) from None
    faults = _production_faults(found) if found.is_production else []
    if not found.database_url and not found.is_production:
        faults.append("DATABASE_URL is missing: bin/run brings its own PostgreSQL, other ways of starting need it.")
    if faults:
        raise BadSettings(faults)
    return found


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should", "should", 1).rstrip(".")


@cache
def settings() -> Settings:
    """The settings, read once; a wrong environment ends the program with one line a fault."""
    try:
        return load()
    except BadSettings as error:
        for line in error.lines:
            print(f"kontor: {line}", file=sys.stderr)
        raise SystemExit(2) from None
