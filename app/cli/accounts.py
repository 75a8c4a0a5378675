"""`kontor user …` and `kontor token …`: people and API tokens, made from the command line."""

import json
from typing import Any

import click
from flask.cli import AppGroup
from pydantic import ValidationError
from sqlalchemy import select

from app.identity import members, passwords, tokens
from app.identity.orders import MemberOrder
from app.identity.queries import Standing, narrowed, standings, user_by_mail
from app.kernel.access import Role
from app.kernel.businesses import Business, default_business
from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.kernel.tenancy import within
from app.web.schemas import words_for

user = AppGroup("user", help="People who may sign in.")
token = AppGroup("token", help="Tokens for the API.")
_ROLE = click.Choice([role.value for role in Role])


@user.command("create")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", required=True, type=_ROLE)
@click.option("--business", help="The business's slug; the oldest business if left out.")
@click.option("--password", help="At least 10 characters; made up and printed if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for scripts.")
def create_user(email: str, name: str, role: str, business: str | None, password: str | None, *, as_json: bool) -> None:
    """Make somebody a member of a business; prints the password that it made up."""
    firm = _business(business)
    try:
        order = MemberOrder(email=email, name=name, role=Role(role))
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise click.ClickException("; ".join(f"{fault['loc'][0]}: {words_for(fault)}" for fault in faults)) from None
    is_known = user_by_mail(order.email) is not None
    if is_known and password:
        raise click.ClickException("This person is known already and keeps their password: leave out --password.")
    if password and (fault := passwords.fault(password, name=order.name, email=order.email)):
        raise click.ClickException(f"password: {fault}")
    chosen = password or ("" if is_known else passwords.made_up())
    firm_id, slug, language = firm.id, firm.slug, firm.language
    kept = passwords.hashed(chosen) if chosen else None
    with within(firm_id):
        try:
            member = members.let_in(order, password_hash=kept, language=language, tell=False)
        except Refusal as refusal:
            raise click.ClickException(str(refusal.detail)) from None
        made: dict[str, Any] = {
            "id": member.user.public_id,
            "email": member.user.email,
            "name": member.shown_name,
            "role": role,
        }
    made |= {"business": slug, "password": chosen if chosen and not password else None}
    _print(made, as_json=as_json)


@token.command("create")
@click.option("--email", required=True)
@click.option("--role", type=_ROLE, help="A lower role than the person's own, if wanted.")
@click.option("--hours", type=click.FloatRange(min=0.01, max=24 * 366), default=float(tokens.HOURS), show_default=True)
@click.option("--business", help="The business's slug, for somebody who is in several.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for scripts.")
def create_token(email: str, role: str | None, hours: float, business: str | None, *, as_json: bool) -> None:
    """Make a token for the API; prints it, and nobody can see it again."""
    person = user_by_mail(email)
    if person is None:
        raise click.ClickException("Nobody has this e-mail address.")
    place, given = _standing(standings(person.id), business, Role(role) if role else None)
    with within(place.business_id), transaction():
        claims = tokens.issue(person, given, hours=hours)
    made = {"token": tokens.signed(claims), "role": given.value, "business": place.business_slug, "hours": hours}
    if as_json:
        _print(made, as_json=True)
    else:
        click.echo(made["token"])


def _standing(places: list[Standing], business: str | None, role: Role | None) -> tuple[Standing, Role]:
    """The place that the token is for and the role that it gives; the same role first, then one that is above it."""
    here = [place for place in places if business in (None, place.business_slug)]
    if role is None and here:
        return here[0], here[0].role
    for place in sorted(here, key=lambda place: place.role != role):
        if role is not None and narrowed(role, place.role) == role:
            return place, role
    raise click.ClickException("This person is nothing in that business that such a token could be made for.")


def _business(slug: str | None) -> Business:
    found = db.session.scalar(select(Business).where(Business.slug == slug)) if slug else default_business()
    if found is None:
        raise click.ClickException(f"There is no business “{slug}”." if slug else "There is no business yet.")
    return found


def _print(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(made))
        return
    for name, value in made.items():
        if value is not None:
            click.echo(f"{name}: {value}")
