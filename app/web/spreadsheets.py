"""Tables for spreadsheet programs: streamed, right by a double click in Excel, and harmless when opened there."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flask import Flask, Response, current_app, g

from app.kernel.access import acting_as, current_actor
from app.kernel.db import end_reading
from app.kernel.tenancy import within
from app.web.doors import current_business
from app.web.i18n import choose_language

BOM = "\ufeff"
#: Languages whose Excel parts columns at semicolons, because the comma is in its numbers.
_SEMICOLON = ("sv", "da")
#: What makes a spreadsheet take a cell for a formula; the full-width twins do so in some of them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """The value; text that a spreadsheet would take for a formula gets a leading `'`, which the import takes off."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def separator() -> str:
    """`;` for readers or businesses in Sweden and Denmark, else `,`."""
    nordic = choose_language() in _SEMICOLON or current_business().language in _SEMICOLON
    return ";" if nordic else ","


def line(cells: Iterable[Any], by: str) -> str:
    """One line of the table."""
    out = io.StringIO()
    csv.writer(out, delimiter=by, lineterminator="\r\n").writerow(safe_cell(cell) for cell in cells)
    return out.getvalue()


def download(name: str, heads: Sequence[str], pages: Callable[[], Iterator[Iterable[Sequence[Any]]]]) -> Response:
    """The table as a file. `pages` gives rows a page at a time; each page is read in a short transaction of its own.

    Languages and zones must be settled before: the rows are read after the request has been answered for.
    """
    by, business, language = separator(), current_business(), choose_language()
    actor, reading = current_actor(), pages()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy is gone by then

    def next_page() -> list[Sequence[Any]] | None:
        with app.app_context(), within(business.id), acting_as(actor):
            g.business, g.language = business, language
            page = next(reading, None)
            rows = None if page is None else list(page)
            end_reading()
            return rows

    def lines() -> Iterator[str]:
        yield BOM + line(heads, by)
        while (rows := next_page()) is not None:
            yield "".join(line(row, by) for row in rows)

    answer = Response(lines(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Accel-Buffering"] = "no"
    return answer
