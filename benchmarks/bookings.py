"""Bookings a second through the API, beside what PostgreSQL itself does with the same four rows."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.cli.load import Reply, Request, flood, percentile
from benchmarks.figures import Figure
from benchmarks.ground import Ground, ground, settle

#: The rows of a booking, one statement each: what the first prototypes wrote.
FOUR_STATEMENTS = """
\\set n random(1, 1000000000)
begin;
insert into customers (business_id, public_id, name, name_key, email, phone, phone_number, language, email_trouble,
    notes, version, created_at, updated_at)
  values (1, substr(md5(random()::text), 1, 20), 'Anna Lindqvist', 'anna lindqvist', 'bench-' || :n || '@post.example',
    '070-174 06 05', '+46701740605', 'sv', '', '', 1, now(), now())
  on conflict (business_id, lower(email)) where email <> '' do update set email = customers.email
  returning id as customer_id \\gset
insert into bookings (business_id, public_id, reference, customer_id, service, state, starts_at, ends_at, has_time,
    contact_name, contact_phone, from_address, to_address, size, extras, notes, language, currency, manage_hash, search,
    mail_trouble, sequence, version, created_at, updated_at, cancelled_reason)
  values (1, substr(md5(random()::text), 1, 20), substr(md5(random()::text), 1, 9), :customer_id, 'move', 'received',
    now() + interval '30 days', now() + interval '30 days 5 hours', true, 'Anna Lindqvist', '070-174 06 05',
    'Linnégatan 12, 413 04 Göteborg', 'Strandvägen 4, 442 31 Kungälv', '3 rooms', '{}', '', 'sv', 'SEK', null,
    '{ann,nna,lin,ind,ndq,dqv,qvi,vis,ist,str,tra,ran,and,ndv}', '', 0, 1, now(), now(), '')
  returning id as booking_id \\gset
insert into email_logs (business_id, public_id, kind, state, to_address, to_name, customer_id, about, language, facts,
    sender, reply_to, subject, text_body, html_body, made_with, attempts, provider, words, code, created_at)
  values (1, substr(md5(random()::text), 1, 20), 'booking_received', 'queued', 'bench-' || :n || '@post.example',
    'Anna Lindqvist', :customer_id, array['booking:' || :booking_id], 'sv', '{}', '', '', '', '', '', '{}', 0, '', '',
    '', now())
  returning id as email_id \\gset
insert into jobs (business_id, public_id, queue, lane, kind, unique_key, payload, about, state, attempts, lost_leases,
    run_at, patient_since, words, code, seen, request_id, created_at)
  values (1, substr(md5(random()::text), 1, 20), 'bookings', 'prompt', 'bookings.write_confirmation',
    'bench:' || :email_id, '{}', array['booking:' || :booking_id], 'cancelled', 0, 0, now(), now(), '', '', false, '',
    now());
commit;
"""
COUNT, AT_ONCE = 10_000, 1_000


def measure(seconds: int = 8) -> Iterator[Figure]:
    """Limit, throughput, and the crowd of a thousand."""
    with ground() as made:
        limit = max(made.pgbench(FOUR_STATEMENTS, clients=clients, seconds=seconds) for clients in (8, 16))
        yield Figure("pgbench, four statements a booking", limit, "a second", note="the limit; fsync on")
        with made.web() as (origin, _number):
            settle()
            _book(origin, 500, 50)
            replies, spent = _book(origin, COUNT, AT_ONCE)
            rate = _acknowledged(replies) / spent
            times = [reply.seconds for reply in replies]
            yield Figure(
                "POST /api/v1/booking", rate, "a second",
                note=f"{COUNT} over {AT_ONCE} connections, no worker; p50 {percentile(times, 50):.0f} ms,"
                f" p99 {percentile(times, 99):.0f} ms; it also writes the facts that pages live on",
            )  # fmt: skip
            yield Figure("… against pgbench", rate / limit, "", goal=0.4, aim=0.8)
            replies, _spent = _book(origin, AT_ONCE, AT_ONCE)
            _acknowledged(replies)
            crowd = percentile([reply.seconds for reply in replies], 99) / 1000
            yield Figure("1,000 bookings at once: p99", crowd, "s", goal=1.5, aim=0.5, smaller=True)
            yield from _size(made)
    yield Figure(
        "… against Fastify + pg-boss", None, "", goal=1.5, aim=3.0,
        note="that stack is not to be had here; on another machine of two cores it did a third of pgbench's figure",
    )  # fmt: skip


def _size(made: Ground) -> Iterator[Figure]:
    with made.line() as line:
        row = line.execute("select count(*) from bookings where contact_name like 'Bench %'").fetchone()
    yield Figure("bookings there", float(row[0]) if row else 0.0, "", note="every acknowledged one")


def _book(origin: str, count: int, at_once: int) -> tuple[list[Reply], float]:
    run = uuid.uuid4().hex[:8]
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    orders = [Request("POST", "/api/v1/booking", _order(run, number, day)) for number in range(count)]
    began = datetime.now(UTC)
    replies = flood(origin, orders, at_once=at_once, done=lambda _more: None)
    return replies, (datetime.now(UTC) - began).total_seconds()


def _acknowledged(replies: list[Reply]) -> int:
    statuses = Counter(reply.status for reply in replies)
    if statuses[201] != len(replies):
        raise SystemExit(f"not all bookings were acknowledged; answers by status (0: none): {dict(statuses)}")
    return len(replies)


def _order(run: str, number: int, day: str) -> bytes:
    return json.dumps(
        {
            "name": f"Bench {number}", "email": f"bench-{run}-{number}@post.example", "phone": "070-174 06 05",
            "fromAddress": f"Linnégatan {number % 88 + 1}, 413 04 Göteborg",
            "toAddress": "Strandvägen 4, 442 31 Kungälv", "date": day, "time": "08:00", "size": "3 rooms",
        }
    ).encode()  # fmt: skip
