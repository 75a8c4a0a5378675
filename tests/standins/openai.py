"""OpenAI's stand-in: chat completions that are checked as the vendor checks them, and answers of every kind."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.standins.server import Call, Reply, StandIn

_FIELDS = {
    "model", "messages", "max_completion_tokens", "max_tokens", "temperature", "seed", "n", "stream", "metadata",
    "store", "safety_identifier", "user", "response_format", "reasoning_effort", "verbosity",
}  # fmt: skip
_ROLES = {"developer", "system", "user", "assistant", "tool"}
_ERRORS = {
    400: ("invalid_request_error", None), 401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"), 429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None), 503: ("service_unavailable_error", "server_is_overloaded"),
}  # fmt: skip
_TEXTS = {
    "en": "{town} is a lovely place to arrive in. Take a walk along the water tonight, and let the boxes wait.",
    "sv": "{town} är en fin plats att komma till. Ta en promenad längs vattnet i kväll och låt lådorna vänta.",
    "da": "{town} er et dejligt sted at komme til. Gå en tur langs vandet den første aften, og lad kasserne vente.",
}


class OpenAIStandIn(StandIn):
    """`say` scripts the next answers; else it writes a friendly paragraph in the language that the data asks for.

    Further misbehaviour: quota (429 for money), and through `say`: length, content_filter, a refusal, empty content.
    """

    name = "openai"
    prefix = "/v1"

    def __init__(self, port: int = 0, *, keys: frozenset[str] = frozenset({"sk-standin"})) -> None:
        super().__init__(port)
        self.keys = keys
        self.models = {"gpt-5-mini", "gpt-5", "gpt-4o-mini"}
        self.requests: list[dict[str, Any]] = []
        self.sayings: list[dict[str, Any]] = []

    def say(
        self,
        content: str | None = None,
        *,
        paragraph: str | None = None,
        finish_reason: str = "stop",
        refusal: str | None = None,
        times: int = 1,
    ) -> None:
        """The next answers hold this content (or this paragraph as the schema wants it)."""
        text = json.dumps({"paragraph": paragraph}) if paragraph is not None else content
        with self.lock:
            self.sayings += [{"content": text, "finish_reason": finish_reason, "refusal": refusal}] * times

    def respond(self, call: Call) -> Reply:
        given = call.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            return _error(401, "You didn't provide an API key.", None)
        if given.removeprefix("Bearer ") not in self.keys:
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        if (call.method, call.path) != ("POST", "/v1/chat/completions"):
            return _error(404, f"Invalid URL ({call.method} {call.path})", None)
        try:
            asked = call.json()
        except ValueError:
            return _error(400, "We could not parse the JSON body of your request.", None)
        if fault := _fault(asked):
            return _error(400, fault, None)
        if asked["model"] not in self.models:
            return _error(404, f"The model `{asked['model']}` does not exist.", "model_not_found")
        with self.lock:
            self.requests.append(asked)
            saying = self.sayings.pop(0) if self.sayings else None
        return Reply(200, self._completion(asked, saying or _honest(asked)), {"x-request-id": "req_standin"})

    def _completion(self, asked: dict[str, Any], saying: dict[str, Any]) -> dict[str, Any]:
        prompt = sum(len(str(message["content"])) for message in asked["messages"]) // 4
        words = len(saying["content"] or "") // 4
        message = {"role": "assistant", "content": saying["content"], "refusal": saying["refusal"]}
        return {
            "id": "chatcmpl-standin",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": f"{asked['model']}-2026-01-01",
            "choices": [{"index": 0, "finish_reason": saying["finish_reason"], "message": message}],
            "usage": {"prompt_tokens": prompt, "completion_tokens": words, "total_tokens": prompt + words},
        }

    def error(self, status: int, retry_after: str = "") -> Reply:
        kind, code = _ERRORS.get(status, ("server_error", None))
        return _error(status, "Scripted trouble", code, kind, {"retry-after": retry_after} if retry_after else {})

    def out_of_money(self, times: int = 1) -> None:
        """The next answers say that the account has no money left."""
        self.misbehave("quota", times)

    def other(self, kind: str, call: Call) -> Reply | None:
        """See `StandIn.other`."""
        if kind == "quota":
            return _error(429, "You exceeded your current quota.", "credit_balance_exhausted", "insufficient_quota")
        return None

    def state(self, query: Mapping[str, str]) -> dict[str, Any]:
        return {**super().state(query), "requests": list(self.requests)}

    def command(self, what: str, values: dict[str, Any]) -> Any:
        return self.say(**values) if what == "say" else super().command(what, values)

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self.requests.clear()
            self.sayings.clear()


def _error(
    status: int,
    message: str,
    code: str | None,
    kind: str = "invalid_request_error",
    headers: dict[str, str] | None = None,
) -> Reply:
    return Reply(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, headers or {})


def _fault(asked: Any) -> str:
    if not isinstance(asked, dict) or not isinstance(asked.get("model"), str):
        return "you must provide a model parameter"
    if unknown := set(asked) - _FIELDS:
        return f"Unrecognized request argument supplied: {sorted(unknown)[0]}"
    messages = asked.get("messages")
    if not isinstance(messages, list) or not messages:
        return "Missing required parameter: 'messages'."
    for message in messages:
        if message.get("role") not in _ROLES or not isinstance(message.get("content"), str | list):
            return "Invalid value in 'messages'."
    shape = asked.get("response_format")
    return _shape_fault(shape) if shape is not None else ""


def _shape_fault(shape: dict[str, Any]) -> str:
    if shape.get("type") in ("text", "json_object"):
        return ""
    wanted = shape.get("json_schema") or {}
    if shape.get("type") != "json_schema" or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(wanted.get("name") or "")):
        return "Invalid 'response_format'."
    schema = wanted.get("schema") or {}
    if wanted.get("strict"):
        if schema.get("additionalProperties") is not False:
            return "Invalid schema: 'additionalProperties' is required to be supplied and to be false."
        if set(schema.get("required", [])) != set(schema.get("properties", {})):
            return "Invalid schema: 'required' must hold every key in properties."
    return ""


def _honest(asked: dict[str, Any]) -> dict[str, Any]:
    said = " ".join(str(message["content"]) for message in asked["messages"] if message["role"] == "user")
    town, language = _value(said, "town"), _value(said, "language")
    text = _TEXTS.get(language[:2].lower(), _TEXTS["en"]).format(town=town or "Your new town")
    return {"content": json.dumps({"paragraph": text}), "finish_reason": "stop", "refusal": None}


def _value(text: str, name: str) -> str:
    found = re.search(rf'"{name}"\s*:\s*("(?:[^"\\]|\\.)*")', text)
    return str(json.loads(found[1])) if found else ""
