"""A firm with 100,000 bookings of three years: its customers, mails and jobs, and eight crews full of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from app.bookings.search import search_words
from app.cli.demo.names import SWEDEN, address
from app.customers.contact import sort_key

BOOKINGS, CUSTOMERS = 100_000, 40_000
CREWS, ROUNDS_A_DAY = 8, 5
#: So many days ahead are full for all crews; before today there were more jobs a day than crews that are still there.
DAYS_AHEAD = 100
#: One job in so many of the last days failed and waits for somebody, as a few do anywhere.
FAILED_JOBS, BOUNCED_MAILS = 12, 25
_ZONE = ZoneInfo("Europe/Stockholm")
_OPAQUE = "0123456789abcdefghijkmnpqrstvwxyz"
_SPOKEN = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_PAST_STATES = ("done",) * 88 + ("cancelled",) * 8 + ("no_show", "no_show", "expired", "expired")
_SUBJECTS = ("Din bokning", "I morgon kommer vi")
_TEXT = "Hej!\n\nTack för din bokning. Vi ser fram emot att hjälpa dig.\n\n" * 12
_COLUMNS = {
    "customers": "id, business_id, public_id, name, name_key, email, phone, phone_number, language, email_trouble,"
    " notes, tags, search, version, created_at, updated_at",
    "bookings": "id, business_id, public_id, reference, customer_id, service, state, starts_at, ends_at, has_time,"
    " contact_name, contact_phone, from_address, to_address, size, extras, notes, language, price, currency, search,"
    " mail_trouble, sequence, version, created_at, updated_at, cancelled_reason",
    "claims": "id, business_id, resource_id, kind, during, reason, created_at",
    "booking_claims": "business_id, booking_id, claim_id",
    "email_logs": "business_id, public_id, kind, state, to_address, to_name, customer_id, about, language, facts,"
    " prepared_at, sender, reply_to, subject, text_body, html_body, made_with, attempts, provider, words, code,"
    " created_at, sent_at, settled_at",
    "jobs": "business_id, public_id, queue, lane, kind, payload, about, state, attempts, lost_leases, run_at,"
    " patient_since, words, code, seen, request_id, created_at, started_at, finished_at",
}  # fmt: skip


class Firm:
    """Makes its rows; the same ones each time, about the present day."""

    def __init__(self, line: psycopg.Connection, slug: str) -> None:
        self.line = line
        self.chance = Random(len(slug))
        self.business = self._one("select id from businesses where slug = %s", slug)
        self.first_customer = self._one("select coalesce(max(id), 0) + 1 from customers")
        self.first_booking = self._one("select coalesce(max(id), 0) + 1 from bookings")
        self.next_claim = self._one("select coalesce(max(id), 0) + 1 from claims")
        self.people: list[tuple[str, str, str, list[str]]] = []
        self.jobs: list[tuple[Any, ...]] = []
        self.mails: list[tuple[Any, ...]] = []
        self.claims: list[tuple[Any, ...]] = []
        self.links: list[tuple[int, int, int]] = []

    def fill(self) -> None:
        """Write all of it, and let the planner know."""
        self.line.execute("set statement_timeout = 0")
        retired = "update resources set retired_at = now() where kind = 'crew' and business_id = %s"
        self.line.execute(retired, [self.business])
        crews = [
            self._one(
                "insert into resources (business_id, public_id, kind, name, label, created_at)"
                " values (%s, %s, 'crew', %s, '', now()) returning id",
                self.business, f"bench-crew-{number}", f"Team {number}",
            )
            for number in range(1, CREWS + 1)
        ]  # fmt: skip
        self._copy("customers", self._customers())
        self._copy("bookings", self._bookings(crews))
        self._copy("claims", self.claims)
        self._copy("booking_claims", self.links)
        self._copy("email_logs", self.mails)
        self._copy("jobs", self.jobs)
        for table in ("customers", "bookings", "claims"):
            self.line.execute(f"select setval('{table}_id_seq', (select max(id) from {table}))")
        for table in (*_COLUMNS, "resources"):
            self.line.execute(f"vacuum analyze {table}")

    def _customers(self) -> Iterator[tuple[Any, ...]]:
        pick, now = self.chance.choice, datetime.now(UTC)
        for number in range(CUSTOMERS):
            name = f"{pick(SWEDEN.first)} {pick(SWEDEN.last)}"
            email, tail = f"{name.split()[0].lower()}.{number}@post.example", f"{10_000_000 + number * 7:08}"
            phone, words = f"07{tail}", search_words(name, email, f"07{tail}")
            self.people.append((name, email, phone, words))
            tags, came = ["stamkund"] if number % 5 == 0 else [], now - timedelta(minutes=39 * number)
            yield (
                self.first_customer + number, self.business, f"bench-c-{number}", name, sort_key(name, "sv"), email,
                phone, f"+467{tail}", "sv", "", "", tags, words, 1, came, now,
            )  # fmt: skip

    def _bookings(self, crews: list[int]) -> Iterator[tuple[Any, ...]]:
        today = datetime.now(_ZONE).date()
        ahead = CREWS * ROUNDS_A_DAY * DAYS_AHEAD
        before = BOOKINGS - ahead
        days = 3 * 365
        for number in range(BOOKINGS):
            if number < before:
                day = today - timedelta(days=days - number * days // before)
                place = number - -(-before * (number * days // before) // days)
            else:
                day = today + timedelta(days=(number - before) // (CREWS * ROUNDS_A_DAY))
                place = (number - before) % (CREWS * ROUNDS_A_DAY)
            yield self._booking(number, day, place, today, crews)

    def _booking(self, number: int, day: date, place: int, today: date, crews: list[int]) -> tuple[Any, ...]:
        pick, chance = self.chance.choice, self.chance
        round_of_day, crew = divmod(place, CREWS)
        has_crew = round_of_day < ROUNDS_A_DAY
        begins = datetime.combine(day, time(7 + 2 * (round_of_day % ROUNDS_A_DAY), 30), _ZONE)
        ends, ahead = begins + timedelta(minutes=105), timedelta(days=chance.randrange(1, 40), minutes=number % 600)
        came = min(begins - ahead, datetime.now(UTC) - timedelta(minutes=number % 7_000))
        state = pick(_PAST_STATES) if day < today else "assigned"
        if day > today + timedelta(days=20) and place % 11 == 0:
            state = "confirmed" if place % 2 else "received"
        of = chance.randrange(CUSTOMERS)
        name, email, phone, _words = self.people[of]
        booking_id, letters = self.first_booking + number, "".join(chance.choices(_SPOKEN, k=8))
        reference = f"{letters[:4]}-{letters[4:]}"
        there, then = address(SWEDEN, chance), address(SWEDEN, chance)
        if has_crew and state in ("done", "assigned"):
            self.claims.append((
                self.next_claim, self.business, crews[crew], "booking", f"[{begins.isoformat()},{ends.isoformat()})",
                "", came,
            ))  # fmt: skip
            self.links.append((self.business, booking_id, self.next_claim))
            self.next_claim += 1
        self._mails_and_jobs(number, came, begins, of, day < today)
        return (
            booking_id, self.business, "".join(chance.choices(_OPAQUE, k=20)), reference, self.first_customer + of,
            "cleaning" if number % 3 == 0 else "move", state, begins, ends, True, name, phone, there,
            then if number % 3 else "", f"{number % 5 + 1} rooms", ["piano"] if number % 17 == 0 else [], "", "sv",
            2_000 + number % 97 * 100, "SEK", search_words(reference, name, email, phone, there, then), "", 0, 1, came,
            came, "Fick förhinder" if state == "cancelled" else "",
        )  # fmt: skip

    def _mails_and_jobs(self, number: int, came: datetime, begins: datetime, of: int, is_past: bool) -> None:
        name, email, _phone, _words = self.people[of]
        marker = f"booking:{self.first_booking + number}"
        two = (("booking_received", came), ("booking_reminder", begins - timedelta(days=1)))
        for turn, (kind, at) in enumerate(two):
            if at > datetime.now(UTC):
                self._job(f"{number}-{turn}", "bookings.send_reminder", "queued", at, [marker])
                continue
            bounced = BOOKINGS - number < BOUNCED_MAILS * 40 and number % 40 == 0 and turn == 0
            self.mails.append((
                self.business, f"bench-m-{number}-{turn}", kind, "bounced" if bounced else "delivered", email, name,
                self.first_customer + of, [marker], "sv", "{}", at, "Majorna <hej@majorna.example>", "",
                _SUBJECTS[turn], _TEXT, f"<html><body>{_TEXT * 3}</body></html>", "{}", 1, "local", "", "", at, at, at,
            ))  # fmt: skip
            failed = BOOKINGS - number < FAILED_JOBS * 50 and number % 50 == 0 and turn == 0
            self._job(f"{number}-{turn}", "mail.send", "failed" if failed else "done", at, [marker])

    def _job(self, name: str, kind: str, state: str, at: datetime, about: list[str]) -> None:
        over = None if state == "queued" else at + timedelta(seconds=2)
        words, code = ("The other side refused it.", "refused") if state == "failed" else ("", "")
        self.jobs.append((
            self.business, f"bench-j-{name}", "mail", "prompt", kind, "{}", about, state, 1, 0, at, at, words, code,
            False, "", at, over, over,
        ))  # fmt: skip

    def _copy(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self.line.cursor() as cursor, cursor.copy(f"copy {table} ({_COLUMNS[table]}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)

    def _one(self, statement: str, *given: Any) -> int:
        row = self.line.execute(statement, given).fetchone()  # type: ignore[arg-type]  # all written above
        assert row is not None
        return int(row[0])
