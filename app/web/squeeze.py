"""Pages for visitors go out gzipped: a phone on a slow line waits for bytes, not for our processor.

Signed-in answers stay plain: how well a page with secrets compresses tells something about them (the BREACH attack).
"""

import gzip

from flask import Flask, Response, request

from app.web.requests import is_for_somebody

LEAST = 1_000
_TYPES = ("text/html", "text/css", "application/json", "application/problem+json", "text/csv")


def squeeze(answer: Response) -> Response:
    """The answer gzipped where the browser takes that and it is worth it; streams and files stay as they are."""
    plain = answer.is_streamed or answer.direct_passthrough or "Content-Encoding" in answer.headers
    if plain or is_for_somebody() or answer.status_code != 200 or answer.mimetype not in _TYPES:
        return answer
    answer.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] <= 0 or (answer.content_length or 0) < LEAST:
        return answer
    answer.set_data(gzip.compress(answer.get_data(), compresslevel=5, mtime=0))
    answer.headers["Content-Encoding"] = "gzip"
    return answer


def set_up(app: Flask) -> None:
    """Squeeze what leaves."""
    app.after_request(squeeze)
