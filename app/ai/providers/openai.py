"""Texts by OpenAI, or by any server that speaks as it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
from pydantic import BaseModel

from app.ai.contract import Draft, Wish
from app.ai.prompts import as_data
from app.kernel.http import (
    Answer,
    Limits,
    ProviderError,
    Rate,
    outside_call,
    refusal,
    trouble_as_provider_error,
    unreadable,
    wired_client,
)

NAME = "OpenAI"
SLOW = Limits(read=30.0)
_RATE = Rate(20, 1)
_NO_MONEY_PAUSE = 3600.0
_NO_MONEY = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    finish_reason: str | None = None
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    model: str = ""
    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAIWriter:
    """Chat completions with a strict schema, nothing kept over there, one try: a late text is worth less than ours."""

    name = "openai"

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        *,
        organization: str = "",
        limits: Limits = SLOW,
        gated: bool = True,
    ) -> None:
        self.model, self.limits, self.gate = model, limits, "openai" if gated else ""
        # The library tries again by itself unless told not to, and cannot tell "too fast" from "no money".
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=api_key,
            organization=organization or None,
            timeout=limits.timeout(),
            max_retries=0,
            http_client=wired_client(limits),
        )

    def write(self, wish: Wish) -> Draft:
        """See `TextWriter.write`."""
        with outside_call(NAME, gate=self.gate, rate=_RATE, patience=self.limits.patience):
            with _trouble():
                raw = self._client.chat.completions.with_raw_response.create(**self._request(wish))
            answer = Answer(NAME, raw.status_code, dict(raw.headers), raw.content)
            found = answer.expect(_Completion)
            if not found.choices:
                raise unreadable(NAME, answer.status, "no choices")
        return _draft(found, self.model)

    def _request(self, wish: Wish) -> dict[str, Any]:
        shape = {"name": wish.purpose, "schema": dict(wish.schema), "strict": True}
        return {
            "model": self.model,
            "messages": [
                {"role": "system", "content": wish.instructions},
                {"role": "user", "content": as_data(wish.data)},
            ],
            "response_format": {"type": "json_schema", "json_schema": shape},
            "max_completion_tokens": wish.most_tokens,
            "store": False,
        }


def _draft(found: _Completion, model: str) -> Draft:
    choice = found.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise ProviderError("The model did not want to answer.", code="model_refused", retry=False, answered=True)
    if choice.finish_reason != "stop":
        raise ProviderError("The model's answer was cut off.", code="cut_off", retry=False, answered=True)
    usage = found.usage or _Usage()
    return Draft(choice.message.content or "", found.model or model, usage.prompt_tokens, usage.completion_tokens)


@contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except openai.APIStatusError as error:
        raise _explained(error) from error
    except openai.APIConnectionError as error:
        # The library hides what the wire said behind its own error.
        with trouble_as_provider_error(NAME):
            raise error.__cause__ or error from None
    except openai.OpenAIError as error:
        raise unreadable(NAME, 0, str(error)) from error


def _explained(error: openai.APIStatusError) -> ProviderError:
    answer = Answer(NAME, error.status_code, dict(error.response.headers), error.response.content)
    if {error.type, error.code} & _NO_MONEY:
        found = refusal(answer, words="The account at OpenAI has no money left.", code="no_money")
        found.retry, found.retry_after = False, _NO_MONEY_PAUSE
        return found
    if error.status_code == 404:
        return refusal(answer, words="OpenAI does not know the model in the settings.", code="unknown_model")
    found = refusal(answer)
    found.retry = found.retry or error.status_code == 409
    return found
