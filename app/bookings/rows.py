"""Bookings' rows in one round trip: the hottest statement of the program, as text under the tenant filter on purpose.

Customer (found by address or new), booking, mail, job and facts, each only as `moves.book_move` means it; a test sees
that it leaves exactly what the plain verbs leave. It takes one booking or many, whose customers differ.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.kernel.db import db

_BOOK = text("""
with given as (
  select * from jsonb_to_recordset(cast(:orders as jsonb)) as g(place int, business_id bigint, now timestamptz,
    customer_public_id text, name text, name_key text, email text, phone text, phone_number text, language text,
    channel text, public_id text, reference text, booked_by bigint, hears bigint[], service text,
    starts_at timestamptz, ends_at timestamptz, has_time boolean, from_address text, to_address text, size text,
    extras text[], notes text, details jsonb, price_low numeric, price_high numeric, price_basis jsonb, currency text,
    manage_hash text, search text[], person_search text[], email_public_id text, email_kind text, held_words jsonb,
    job_public_id text, queue text, lane text, job_kind text, actor_kind text, actor_user_id bigint, actor_name text,
    request_id text)
), person as (
  insert into customers (business_id, public_id, name, name_key, email, phone, phone_number, language,
    email_trouble, notes, search, version, created_at, updated_at)
  select business_id, customer_public_id, name, name_key, email, phone, phone_number, language, '', '', person_search,
    1, now, now
  -- always in the same order, so that two statements never wait for each other in a circle
  from given order by business_id, lower(email)
  -- the update changes nothing; it locks the known row and answers it
  on conflict (business_id, lower(email)) where email <> '' do update set email = customers.email
  returning id, business_id, public_id, name, email, email_trouble, (xmax = 0) as is_new
), booked as (
  insert into bookings (business_id, public_id, reference, customer_id, booked_by, service, state, starts_at, ends_at,
    has_time, contact_name, contact_phone, from_address, to_address, size, extras, notes, language, channel, currency,
    manage_hash, search, mail_trouble, sequence, version, created_at, updated_at, cancelled_reason, details, price_low,
    price_high, price_basis)
  select g.business_id, g.public_id, g.reference, p.id, g.booked_by, g.service, 'received', g.starts_at, g.ends_at,
    g.has_time, g.name, g.phone, g.from_address, g.to_address, g.size, g.extras, g.notes, g.language, g.channel,
    g.currency, decode(g.manage_hash, 'hex'), g.search, '', 0, 1, g.now, g.now, '', g.details, g.price_low,
    g.price_high, nullif(g.price_basis, 'null')
  from given g join person p on p.business_id = g.business_id and lower(p.email) = lower(g.email) order by g.place
  returning id, customer_id, public_id
), marks as (
  select g.*, b.id as booking_id, p.id as customer_id, p.public_id as known_public_id, p.name as known_name,
    p.email as known_email, p.email_trouble, p.is_new,
    array['booking:' || b.id, 'customer:' || p.id]::varchar[] as about
  from booked b join given g on g.public_id = b.public_id join person p on p.id = b.customer_id
), mailed as (
  insert into email_logs (business_id, public_id, kind, state, to_address, to_name, customer_id, about, language, facts,
    sender, reply_to, subject, text_body, html_body, made_with, attempts, provider, words, code, created_at)
  select m.business_id, m.email_public_id, m.email_kind, case when m.email_trouble = '' then 'queued' else 'held' end,
    m.known_email, m.known_name, m.customer_id, m.about, m.language, '{}', '', '', '', '', '', '{}', 0, '',
    coalesce(m.held_words ->> m.email_trouble, ''), m.email_trouble, m.now
  from marks m order by m.place returning id, public_id, state, words
), made as (
  select m.*, e.id as email_id, e.state as email_state, e.words from mailed e join marks m
    on m.email_public_id = e.public_id
), asked as (
  insert into jobs (business_id, public_id, queue, lane, kind, unique_key, payload, about, state, attempts, lost_leases,
    run_at, patient_since, words, machine_words, code, seen, note, request_id, created_at)
  select business_id, job_public_id, queue, lane, job_kind, business_id || ':email:' || email_id,
    jsonb_build_object('email_id', email_id, 'booking_id', booking_id),
    array['booking:' || booking_id, 'email:' || email_id]::varchar[], 'queued', 0, 0, now, now, '', '', '', false, '',
    request_id, now
  from made order by place
), facts as (
  insert into events (business_id, name, about, hears, detail, actor_kind, actor_user_id, actor_name, request_id, at)
  select m.business_id, f.name, f.about, f.hears, f.detail, m.actor_kind, m.actor_user_id, m.actor_name, m.request_id,
    m.now
  from made m cross join lateral (values
    (1, 'customer.created', array['customer:' || m.customer_id]::varchar[], '{}'::bigint[], '{}'::jsonb),
    (2, case m.email_state when 'held' then 'email.held' else 'email.queued' end,
      array['email:' || m.email_id]::varchar[] || m.about, '{}'::bigint[],
      jsonb_build_object('id', m.email_public_id, 'kind', m.email_kind, 'words', m.words)),
    (3, 'booking.created', m.about, m.hears, jsonb_build_object('reference', m.reference, 'id', m.public_id))
  ) as f(step, name, about, hears, detail)
  where f.step > 1 or m.is_new order by m.place, f.step
)
select booking_id, customer_id, known_public_id, is_new, email_id, email_state, words from made order by place
""")


@dataclass(frozen=True)
class Written:
    """What the statement made of one."""

    booking_id: int
    customer_id: int
    customer_public_id: str
    is_new: bool
    email_id: int
    email_state: str
    words: str


def write(orders: Sequence[dict[str, Any]]) -> list[Written]:
    """Write bookings' rows in the open transaction, in their order; each names its business itself.

    No two of them may have the same customer: a row can be met once in a statement only.
    """
    given = [order | {"place": place} for place, order in enumerate(orders)]
    written = db.session.execute(_BOOK, {"orders": json.dumps(given, default=str)})
    return [Written(*row) for row in written]
