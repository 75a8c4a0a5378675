"""The page of the settings about prices: the amounts that they come from."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from app.bookings import price_list, pricing
from app.bookings.naming import service_words
from app.identity.history import history_of
from app.kernel.access import Can
from app.settings import firm
from app.settings.door import PAGE, bp
from app.web.doors import needs
from app.web.pages import go, render, toast

_MOST = Decimal(1_000_000)
#: What the suggested amounts, in Swedish kronor, are about in other currencies.
_WORTH = {"SEK": Decimal(1), "NOK": Decimal(1), "DKK": Decimal("0.7"), "EUR": Decimal("0.09")}


@bp.get(f"{PAGE}/prices", defaults={"kind": ""})
@bp.get(f"{PAGE}/prices/<any(move, cleaning):kind>")
@needs(Can.CHANGE_SETTINGS)
def prices(kind: str) -> Response:
    """The amounts that prices come from; suggestions while none are set."""
    kind = kind or next((one for one in ("move", "cleaning") if one in firm.present().services), "move")
    stored = price_list.stored(kind)
    worth = _WORTH.get(firm.present().currency, Decimal(1))
    usual = {
        part: (amount if part == pricing.SPREAD else amount * worth) for part, amount in pricing.USUAL[kind].items()
    }
    typed = {part: _figure(amount) for part, amount in (stored or usual).items()}
    return _show_prices(kind, typed, are_set=bool(stored), read=firm.stamp(_plain(stored)))


@bp.post(f"{PAGE}/prices/<any(move, cleaning):kind>")
@needs(Can.CHANGE_SETTINGS)
def save_prices(kind: str) -> Response:
    """Set the amounts, or show no price any more."""
    if request.form.get("drop"):
        price_list.set_amounts(kind, {})
        toast(_("No price is shown any more."))
        return go(url_for(".prices", kind=kind))
    typed = {part: request.form.get(part, "").strip() for part in pricing.parts_of(kind)}
    found, faults = _amounts(typed)
    read = request.form.get("read", "")
    stored = price_list.stored(kind)
    if faults:
        return _show_prices(kind, typed, are_set=bool(stored), read=read, faults=faults, status=422)
    if read and read != firm.stamp(_plain(stored)):
        now = {part: _figure(amount) for part, amount in stored.items()}
        names = [part for part in pricing.parts_of(kind) if (now.get(part) or "0") != (typed[part] or "0")]
        beside = [(pricing.words_of(kind, part), now.get(part, ""), typed[part]) for part in names]
        again = firm.stamp(_plain(stored))
        return _show_prices(kind, typed, are_set=bool(stored), read=again, differences=beside, status=409)
    price_list.set_amounts(kind, found)
    toast(_("Saved. Customers see prices by these amounts from now on."))
    return go(url_for(".prices", kind=kind))


def _show_prices(kind: str, typed: dict[str, str], *, status: int = 200, **more: Any) -> Response:
    parts = pricing.parts_of(kind)
    groups = [
        (_("The basis"), [part for part in parts if ":" not in part]),
        (_("By size") if kind == "cleaning" else _("By size, where the volume is not known"), _group(parts, "size:")),
        (_("On top"), _group(parts, "extra:")),
    ]
    faults = more.pop("faults", {})
    fields = {
        part: {
            "name": part, "id": f"p{number}", "label": pricing.words_of(kind, part), "value": typed.get(part, ""),
            "error": faults.get(part, ""), "inputmode": "decimal",
        }
        for number, part in enumerate(parts)
    }  # fmt: skip
    offered = [one for one in ("move", "cleaning") if one in firm.present().services or one == kind]
    said = {part: pricing.words_of(kind, part) for part in parts}
    words = {"kind": kind, "groups": groups, "fields": fields, "offered": offered, "service_words": service_words}
    words["deeds"] = history_of(f"prices:{kind}", said)
    return render("settings/prices.html", status=status, **words, **more)


def _group(parts: list[str], group: str) -> list[str]:
    return [part for part in parts if part.startswith(group)]


def _amounts(typed: dict[str, str]) -> tuple[dict[str, Decimal], dict[str, str]]:
    """What was typed as amounts, and what is wrong with it."""
    found: dict[str, Decimal] = {}
    faults: dict[str, str] = {}
    for part, words in typed.items():
        if not words:
            continue
        try:
            amount = Decimal(words.replace(" ", "").replace("\u00a0", "").replace(",", "."))
        except InvalidOperation:
            faults[part] = _("This should be an amount like 1250 or 99,50.")
            continue
        if not amount.is_finite() or not 0 <= amount < _MOST or amount != round(amount, 2):
            faults[part] = _("This should be an amount like 1250 or 99,50.")
        elif amount:
            found[part] = amount
    if not faults and pricing.SPREAD in found and found[pricing.SPREAD] > 90:
        faults[pricing.SPREAD] = _("At most 90 per cent.")
    return found, faults


def _plain(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {part: _figure(amount) for part, amount in amounts.items()}


def _figure(amount: Decimal | int) -> str:
    """`1250`, `99.5`."""
    return f"{Decimal(amount).normalize():f}"
