"""Other names of the API's addresses, rewritten before routing so that nothing stands twice in the description."""

from collections.abc import Callable, Iterable
from typing import Any

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_ELSEWHERE = ("/api/v1/", "/api/files/")


def also_at_api(inner: WSGI) -> WSGI:
    """`/api/cars` is `/api/v1/cars`, and `/invites` is `/api/v1/invites`."""

    def renamed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/api/") and not path.startswith(_ELSEWHERE):
            environ["PATH_INFO"] = f"/api/v1/{path[5:]}"
        elif path == "/invites" or path.startswith("/invites/"):
            environ["PATH_INFO"] = f"/api/v1{path}"
        return inner(environ, start_response)

    return renamed
