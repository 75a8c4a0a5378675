"""The settings: the only reader of the environment. Each fault is one clear line, before anything starts."""

import os
import secrets
import sys
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
_WEAK = ("secret", "changeme", "change-me", "password", "default", "development", "example", "super-secret")
_OF_OTHER_LIBRARIES = {"schema", "pgbouncer", "connection_limit", "pool_timeout"}


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

    upload_path: Path = ROOT / "instance" / "uploads"

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

    @field_validator("base_url", "resend_base_url", "openai_base_url", "pexels_base_url")
    @classmethod
    def _plain_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("is not an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _psycopg_url(cls, value: str) -> str:
        return psycopg_url(value) if value else value

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
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
    def _kept_secrets(self) -> "Settings":
        if self.app_env == "development":
            for name in ("secret_key", "jwt_secret", "encryption_keys"):
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
    kept = [(name, text) for name, text in parse_qsl(parts.query) if name not in _OF_OTHER_LIBRARIES]
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, urlencode(kept), ""))


def _made_and_kept(folder: Path, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    try:
        with file.open("x") as fresh:
            file.chmod(0o600)
            fresh.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text().strip()


def _production_faults(found: Settings) -> list[str]:
    faults = [
        f"{name.upper()} is missing: production needs it."
        for name in ("secret_key", "jwt_secret", "encryption_keys", "database_url", "redis_url")
        if not getattr(found, name)
    ]
    for name in ("secret_key", "jwt_secret"):
        value = getattr(found, name)
        if value and (len(value) < 32 or any(word in value.lower() for word in _WEAK) or len(set(value)) < 8):
            faults.append(f"{name.upper()} is weak: use at least 32 random characters (python -m secrets prints none; "
                          'try: python -c "import secrets; print(secrets.token_hex(32))").')
    if found.secret_key and found.secret_key == found.jwt_secret:
        faults.append("JWT_SECRET equals SECRET_KEY: each needs a value of its own.")
    return faults


def load(**given: object) -> Settings:
    """The settings of this environment; BadSettings names every fault at once."""
    try:
        found = Settings(**given)  # type: ignore[arg-type]  # tests hand in plain values
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in fault['loc']).upper()} {_plain(fault['msg'])}." for fault in error.errors()
        ]
        raise BadSettings(lines) from None
    faults = _production_faults(found) if found.is_production else []
    if not found.database_url and not found.is_production:
        faults.append("DATABASE_URL is missing: bin/run brings its own PostgreSQL, other ways of starting need it.")
    if faults:
        raise BadSettings(faults)
    return found


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")


@cache
def settings() -> Settings:
    """The settings, read once; a wrong environment ends the program with one line a fault."""
    try:
        return load()
    except BadSettings as error:
        for line in error.lines:
            print(f"kontor: {line}", file=sys.stderr)
        raise SystemExit(2) from None
