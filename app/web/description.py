"""The API's own description, finished: names that tools accept, who may call, and what a refusal looks like."""

import json
import re
from typing import Any

from apiflask import APIFlask

from app.web.doors import door_of

_NAME = re.compile(r"#/components/schemas/([^\"]+)")
_METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {
    "type": "object",
    "description": "A refusal, as RFC 9457 describes it.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
}
REFUSALS = {
    400: "The body or the address cannot be read.",
    401: "No token, or one that opens nothing.",
    403: "This role may not do that.",
    404: "Not there, or another business's.",
    405: "Another method than this address knows.",
    409: "The present state forbids it.",
    410: "It was there and its time is over.",
    413: "The body is too large.",
    415: "Another content type than application/json.",
    422: "Some fields are wrong; `errors` names them.",
    429: "Too many calls; Retry-After says when to come again.",
    503: "Away for a moment; Retry-After says when to come again.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Safe to send twice: the same key and body get the first answer again for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}


def set_up(app: APIFlask) -> None:
    """Finish the description that APIFlask makes."""

    @app.spec_processor
    def finish(spec: Any) -> Any:
        found: dict[str, Any] = json.loads(_plain_names(json.dumps(spec)))
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("ValidationError", "HTTPError"):
            schemas.pop(unused, None)
        schemas["Problem"] = PROBLEM
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        found["info"]["description"] = (
            "Bookings, customers and messages. Every address under /api/v1/ answers at /api/ too."
        )
        for path, operations in found["paths"].items():
            for method in _METHODS:
                if method in operations:
                    _finish_one(app, path, method, operations[method])
        return found


def _plain_names(text: str) -> str:
    """Names of schemas without brackets: `Listed[BookingShown]` is `Listed_BookingShown`."""
    names = set(re.findall(r'"([A-Za-z0-9_.]+\[[A-Za-z0-9_.\[\], ]+\][A-Za-z0-9_.]*)"', text)) | {
        name for name in _NAME.findall(text) if "[" in name
    }
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_"))
    return text


def _finish_one(app: APIFlask, path: str, method: str, operation: dict[str, Any]) -> None:
    rule = re.sub(r"\{([^}]+)\}", r"<\1>", path)
    endpoint = next(
        (
            known.endpoint
            for known in app.url_map.iter_rules()
            if re.sub(r"<[^:<>]+:", "<", known.rule) == rule and method.upper() in (known.methods or set())
        ),
        None,
    )
    door = door_of(app, endpoint) if endpoint else None
    is_open = door is None or door.open
    if not is_open:
        operation["security"] = [{"token": []}]
    view = app.view_functions[endpoint] if endpoint else None
    if getattr(view, "is_idempotent", False):
        operation.setdefault("parameters", []).append(_KEY)
    operation["operationId"] = (endpoint or path).replace(".", "_")
    responses = operation["responses"]
    wanted = [400, 405, 413, 415, 422, 429, 503, 404, 409, 410] + ([] if is_open else [403]) + [401]
    for status in wanted:
        responses[str(status)] = {
            "description": REFUSALS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
