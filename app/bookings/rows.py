"""A booking's rows in one round trip: the hottest statement of the program, as text under the tenant filter on purpose.

Customer (found by address or new), booking, mail, job and facts, each only as `moves.book_move` means it; a test sees
that it leaves exactly what the plain verbs leave.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import String

from app.kernel.db import db

_BOOK = text("""
with person as (
  insert into customers (business_id, public_id, name, name_key, email, phone, phone_number, language,
    email_trouble, notes, search, version, created_at, updated_at)
  values (:business_id, :customer_public_id, :name, :name_key, :email, :phone, :phone_number, :language,
    '', '', :person_search, 1, :now, :now)
  -- the update changes nothing; it locks the known row and answers it
  on conflict (business_id, lower(email)) where email <> '' do update set email = customers.email
  returning id, public_id, name, email, email_trouble, (xmax = 0) as is_new
), booked as (
  insert into bookings (business_id, public_id, reference, customer_id, booked_by, service, state, starts_at, ends_at,
    has_time, contact_name, contact_phone, from_address, to_address, size, extras, notes, language, channel, currency,
    manage_hash, search, mail_trouble, sequence, version, created_at, updated_at, cancelled_reason, details, price_low,
    price_high, price_basis)
  select :business_id, :public_id, :reference, p.id, cast(:booked_by as bigint), :service, 'received', :starts_at,
    :ends_at, :has_time, :name, :phone, :from_address, :to_address, :size, :extras, :notes, :language, :channel,
    :currency, :manage_hash, :search, '', 0, 1, :now, :now, '', :details, cast(:price_low as numeric),
    cast(:price_high as numeric), cast(:price_basis as jsonb)
  from person p returning id, customer_id
), marks as (
  select b.id as booking_id, p.id as customer_id, p.public_id as customer_public_id, p.name, p.email, p.email_trouble,
    p.is_new, array['booking:' || b.id, 'customer:' || p.id]::varchar[] as about
  from booked b join person p on p.id = b.customer_id
), mailed as (
  insert into email_logs (business_id, public_id, kind, state, to_address, to_name, customer_id, about, language, facts,
    sender, reply_to, subject, text_body, html_body, made_with, attempts, provider, words, code, created_at)
  select :business_id, :email_public_id, :email_kind, case when m.email_trouble = '' then 'queued' else 'held' end,
    m.email, m.name, m.customer_id, m.about, :language, '{}', '', '', '', '', '', '{}', 0, '',
    coalesce(cast(:held_words as jsonb) ->> m.email_trouble, ''), m.email_trouble, :now
  from marks m returning id, state, words, about
), asked as (
  insert into jobs (business_id, public_id, queue, lane, kind, unique_key, payload, about, state, attempts, lost_leases,
    run_at, patient_since, words, machine_words, code, seen, note, request_id, created_at)
  select :business_id, :job_public_id, :queue, :lane, :job_kind,
    cast(:business_id as text) || ':' || 'email' || ':' || e.id,
    jsonb_build_object('email_id', e.id, 'booking_id', m.booking_id),
    array['booking:' || m.booking_id, 'email:' || e.id]::varchar[], 'queued', 0, 0, :now, :now, '', '', '', false, '',
    :request_id, :now
  from mailed e cross join marks m
), facts as (
  insert into events (business_id, name, about, hears, detail, actor_kind, actor_user_id, actor_name, request_id, at)
  select :business_id, f.name, f.about, f.hears, f.detail, :actor_kind, cast(:actor_user_id as bigint),
    :actor_name, :request_id, :now
  from mailed e cross join marks m cross join lateral (values
    (1, 'customer.created', array['customer:' || m.customer_id]::varchar[], '{}'::bigint[], '{}'::jsonb),
    (2, case e.state when 'held' then 'email.held' else 'email.queued' end,
      array['email:' || e.id]::varchar[] || e.about, '{}'::bigint[],
      jsonb_build_object('id', cast(:email_public_id as text), 'kind', cast(:email_kind as text), 'words', e.words)),
    (3, 'booking.created', m.about, cast(:hears as bigint[]), jsonb_build_object('reference', cast(:reference as text),
      'id', cast(:public_id as text)))
  ) as f(place, name, about, hears, detail)
  where f.place > 1 or m.is_new order by f.place
)
select m.booking_id, m.customer_id, m.customer_public_id, m.is_new, e.id as email_id, e.state as email_state, e.words
from marks m cross join mailed e
""").bindparams(
    bindparam("extras", type_=ARRAY(String)),
    bindparam("search", type_=ARRAY(String)),
    bindparam("person_search", type_=ARRAY(String)),
    bindparam("held_words", type_=JSONB),
    bindparam("details", type_=JSONB),
    bindparam("price_basis", type_=JSONB(none_as_null=True)),
)


@dataclass(frozen=True)
class Written:
    """What the statement made."""

    booking_id: int
    customer_id: int
    customer_public_id: str
    is_new: bool
    email_id: int
    email_state: str
    words: str


def write(values: dict[str, Any]) -> Written:
    """Write a booking's rows in the open transaction; `values` names the business itself."""
    return Written(*db.session.execute(_BOOK, values).one())
