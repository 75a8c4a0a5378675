"""Mails that are written and wait to be sent, as many as one likes, without anybody having to book."""

from tests.faults.processes import do_at

_WRITTEN = """
insert into email_logs (business_id, public_id, kind, state, to_address, to_name, about, language, facts, prepared_at,
  sender, reply_to, subject, text_body, html_body, made_with, attempts, provider, words, code, created_at)
select b.id, b.slug || n, 'booking_received', 'queued', b.slug || n || '@example.se', '', '{}', 'en', '{}', now(),
  'Kontor <kontor@example.se>', '', 'Hello', 'Hello', '<p>Hello</p>', '{}', 0, '', '', '',
  now() - make_interval(mins => %s)
from businesses b cross join generate_series(1, %s) n where b.slug = %s
"""
_QUEUED = """
insert into jobs (business_id, public_id, queue, lane, kind, payload, about, state, attempts, lost_leases, run_at,
  patient_since, words, code, seen, request_id, created_at)
select e.business_id, e.public_id, 'mail', 'prompt', 'messaging.send_email', jsonb_build_object('email_id', e.id),
  '{}', 'queued', 0, 0, e.created_at, now(), '', '', false, '', now()
from email_logs e join businesses b on b.id = e.business_id
where b.slug = %s and e.prepared_at is not null
"""


def queue_mails(database_url: str, count: int, slug: str = "majorna", minutes: int = 60) -> set[str]:
    """So many mails of that firm, asked for so many minutes ago; their addresses."""
    do_at(database_url, _WRITTEN, minutes, count, slug)
    do_at(database_url, _QUEUED, slug)
    return {f"{slug}{number}@example.se" for number in range(1, count + 1)}
