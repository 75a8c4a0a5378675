"""How a page answers: the fragment to htmx, the page or a redirect to everyone else."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Response, flash, g, make_response, redirect, render_template, request
from sqlalchemy import Select, func, select

from app.kernel.db import db
from app.kernel.errors import NotFound
from app.web.requests import is_htmx

Row = TypeVar("Row")


def render(page: str, fragment: str | None = None, /, *, status: int = 200, **context: Any) -> Response:
    """Answer a GET: `fragment` (a template name) to htmx, `page` to everyone else."""
    name = fragment if fragment and is_htmx() else page
    return make_response(render_template(name, **context), status)


def changed(fragment: str, /, *, then: str, status: int = 200, **context: Any) -> Response:
    """Answer a POST that did what it was asked: the new fragment to htmx, a 303 to `then` to everyone else."""
    if is_htmx():
        return make_response(render_template(fragment, **context), status)
    return make_response(redirect(then, 303))


def go(target: str) -> Response:
    """Answer a POST by going to another page."""
    if is_htmx():
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = target
        return answer
    return make_response(redirect(target, 303))


def toast(words: Any, tone: str = "ok", *, undo: str | None = None) -> None:
    """Show a short message: with the htmx answer, else on the next page. `undo` is an address that POST undoes at."""
    if is_htmx():
        g.setdefault("toasts", []).append({"text": str(words), "tone": tone, "undo": undo})
    else:
        flash(str(words), tone)


def trigger(name: str, detail: Any = True) -> None:
    """Fire a DOM event with the htmx answer."""
    g.setdefault("triggers", {})[name] = detail


def put_triggers(answer: Response) -> Response:
    """Write the toasts and events of this request into the answer's header."""
    triggers = dict(g.get("triggers", {}))
    if toasts := g.get("toasts"):
        triggers["toast"] = toasts[-1] if len(toasts) == 1 else {"all": toasts}
    if triggers:
        answer.headers["HX-Trigger"] = json.dumps(triggers, ensure_ascii=True)
    return answer


def one_or_404(rows: Select[Row]) -> Row:
    """The one row; NotFound looks the same for unknown ones and for other businesses'."""
    found = db.session.scalar(rows)
    if found is None:
        raise NotFound()
    return found


class Page(Sequence[Row]):
    """One page of a list, with the count of all."""

    def __init__(self, items: Sequence[Row], page: int, per_page: int, total: int) -> None:
        self.items = list(items)
        self.page, self.per_page, self.total = page, per_page, total

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none."""
        return (self.page - 1) * self.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return (self.page - 1) * self.per_page + len(self.items)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.last < self.total


def page_number(name: str = "page") -> int:
    """The page asked for by `?page=`, at least 1, whatever was written there; lists beside others have other names."""
    asked = request.args.get(name, "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def paged(rows: Select[Row], *, page: int = 1, per_page: int = 25) -> Page[Row]:
    """That page of the list; `per_page` at most 100."""
    per_page = min(max(per_page, 1), 100)
    total = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    if total <= (page - 1) * per_page:
        return Page([], page, per_page, total)
    # Which rows they are is answered by an index; only those are read, not all that are ordered before them.
    key = rows.column_descriptions[0]["entity"].id
    wanted = db.session.scalars(rows.with_only_columns(key).limit(per_page).offset((page - 1) * per_page)).all()
    return Page(db.session.scalars(rows.where(key.in_(wanted))).all(), page, per_page, total)
