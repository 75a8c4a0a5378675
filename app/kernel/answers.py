"""What comes back from outside: an answer, or a ProviderError in words for a person and facts for the program."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from json import JSONDecodeError, loads
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.kernel import clock
from app.kernel.gates import Rate

LONGEST_RETRY_AFTER = 3600.0
_PASSING = frozenset({408, 425, 429})

Model = TypeVar("Model", bound=BaseModel)


class ProviderError(Exception):
    """An outside call that did not work out, in words for a person and facts for the program.

    `retry`: the same call may work later, after `retry_after` seconds when the provider said so. `waiting`: nothing was
    asked, for it is not our turn or the provider is left alone; costs no attempt. `answered`: a readable answer came.
    `in_doubt`: the provider may have done it all the same. `detail` is what the provider said, for the log.
    """

    def __init__(
        self,
        words: str,
        *,
        code: str,
        retry: bool,
        retry_after: float | None = None,
        waiting: bool = False,
        status: int | None = None,
        answered: bool = False,
        in_doubt: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(words)
        self.words, self.code, self.retry, self.retry_after = words, code, retry, retry_after
        self.waiting, self.status, self.answered, self.in_doubt = waiting, status, answered, in_doubt
        self.detail = detail[:500]

    @property
    def is_outage(self) -> bool:
        """Whether the provider itself seems unwell, as against busy or of another opinion."""
        if self.waiting or not (self.retry or self.in_doubt):
            return False
        return not self.answered or self.code == "unreadable" or (self.status or 0) >= 500

    @property
    def is_too_fast(self) -> bool:
        """Whether the provider asked everybody to wait."""
        return self.status == 429 and self.retry_after is not None


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end."""

    provider: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 become �."""
        return self.content.decode("utf-8", errors="replace")

    @property
    def json(self) -> Any:
        """The body as JSON; ProviderError (unreadable) when it is none."""
        if not self.is_json:
            raise unreadable(self.provider, self.status)
        try:
            return loads(self.content)
        except (JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise unreadable(self.provider, self.status) from None

    @property
    def is_json(self) -> bool:
        """Whether it says of itself that it is JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    def expect(self, model: type[Model]) -> Model:
        """The body as that model; ProviderError (unreadable, worth another try) when it does not fit."""
        if not self.is_json:
            raise unreadable(self.provider, self.status)
        try:
            return model.model_validate_json(self.content)
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors()[:5])
            raise unreadable(self.provider, self.status, f"does not fit: {fields}") from None


def refusal(answer: Answer, *, words: str = "", code: str = "") -> ProviderError:
    """The general rule for an answer that is no success; `words` and `code` where the caller knows better ones."""
    status, name = answer.status, answer.provider
    if status < 400:
        general = ProviderError(f"{name} pointed to another place.", code="elsewhere", retry=False)
    elif status == 429:
        general = ProviderError(f"{name} asked us to slow down.", code="too_fast", retry=True)
    elif status >= 500:
        general = ProviderError(f"{name} has trouble of its own.", code="outage", retry=True, in_doubt=True)
    elif status in _PASSING:
        general = ProviderError(f"{name} could not take it just now.", code="later", retry=True)
    elif status in (401, 403):
        general = ProviderError(f"{name} does not accept our key.", code="key_refused", retry=False)
    else:
        general = ProviderError(f"{name} refused the call.", code="refused", retry=False)
    return ProviderError(
        words or general.words,
        code=code or general.code,
        retry=general.retry,
        retry_after=retry_after(answer.headers) if general.retry else None,
        status=status,
        answered=True,
        in_doubt=general.in_doubt,
        detail=answer.text,
    )


def unreadable(name: str, status: int, detail: str = "") -> ProviderError:
    """An answer that makes no sense: passing, and perhaps done all the same."""
    words = f"{name} gave an answer that cannot be read."
    return ProviderError(
        words, code="unreadable", retry=True, status=status, answered=True, in_doubt=True, detail=detail
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` asks for (a number or a date), an hour at most; None without one."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - clock.now()).total_seconds()
    if seconds != seconds:  # "nan" is a number to Python
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def stated_rate(headers: Mapping[str, str]) -> Rate | None:
    """The rate that a `ratelimit-limit` header states: for a second, unless it names its window (`10;w=60`)."""
    limit = headers.get("ratelimit-limit", "").split(",")[0].partition(";")
    if not limit[0].strip().isdigit() or not 0 < int(limit[0]) <= 100_000:
        return None
    window = limit[2].strip().removeprefix("w=")
    return Rate(int(limit[0]), float(window) if window.isdigit() and int(window) else 1.0)
