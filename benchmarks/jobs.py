"""Trivial jobs a second through one worker process, beside rows that are claimed one by one without the program."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg

from benchmarks.figures import Figure
from benchmarks.ground import Ground, ground, procfile

COUNT, THREADS = 6_000, 8
PATIENCE = 300.0

_MAKE = """
insert into jobs (business_id, public_id, queue, lane, kind, payload, about, state, attempts, lost_leases, run_at,
    patient_since, words, code, seen, request_id, created_at)
  select 1, substr(md5(%(kind)s || n), 1, 20), %(queue)s, %(lane)s, %(kind)s, jsonb_build_object('row_id', n), '{}',
    'queued', 0, 0, now(), now(), '', '', false, '', now()
  from generate_series(1, %(count)s) n
"""
_TAKE = """
update jobs set state = 'running', attempts = attempts + 1
where id = (select id from jobs where state = 'queued' and kind = 'benchmarks.alone' order by id limit 1
  for update skip locked)
returning id, payload
"""


def measure() -> Iterator[Figure]:
    """The limit first, then the two ways in which the worker does jobs."""
    with ground() as made:
        with made.line() as line:
            line.execute("create table benchmark_rows (id bigint primary key, done int not null)")
            line.execute("insert into benchmark_rows select n, 0 from generate_series(1, %s) n", [COUNT])
        limit = _claimed_alone(made)
        yield Figure(f"rows claimed one by one, {THREADS} threads", limit, "a second", note="the limit, no program")
        command = procfile("worker").replace("tasks.worker.huey", "benchmarks.worker.huey")
        rate = _drained(made, command, "benchmarks.light", "etl", "light")
        yield Figure("trivial jobs, one worker process", rate, "a second", note=f"{COUNT} that each update one row")
        yield Figure("… against one by one", rate / limit, "", goal=0.8, aim=2.0)
        rate = _drained(made, command, "benchmarks.prompt", "mail", "prompt")
        yield Figure(
            "jobs as mails are carried", rate, "a second",
            note="claim, work and finish in a transaction each, so that somebody outside could be called between",
        )  # fmt: skip


def _claimed_alone(made: Ground) -> float:
    with made.line() as line:
        line.execute(_MAKE, {"kind": "benchmarks.alone", "queue": "etl", "lane": "light", "count": COUNT})
        line.execute("analyze jobs")
    done = [0] * THREADS

    def work(place: int) -> None:
        with psycopg.connect(made.database_url) as line:
            while True:
                row = line.execute(_TAKE).fetchone()
                line.commit()
                if row is None:
                    return
                line.execute("update benchmark_rows set done = done + 1 where id = %s", [row[1]["row_id"]])
                line.execute("update jobs set state = 'done', finished_at = now() where id = %s", [row[0]])
                line.commit()
                done[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(THREADS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)


def _drained(made: Ground, command: str, kind: str, queue: str, lane: str) -> float:
    """From the first job taken to the last one done, by the rows' own times: starting the worker does not count."""
    with made.line() as line:
        line.execute(_MAKE, {"kind": kind, "queue": queue, "lane": lane, "count": COUNT})
        line.execute("analyze jobs")
        with made.process(command):
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                waiting = line.execute(
                    "select count(*) from jobs where kind = %s and state <> 'done'", [kind]
                ).fetchone()
                if waiting == (0,):
                    break
                time.sleep(0.25)
            else:
                raise SystemExit(f"{waiting} jobs were not done after {PATIENCE:.0f} s")
        row = line.execute(
            "select count(*), extract(epoch from max(finished_at) - min(started_at)) from jobs where kind = %s", [kind]
        ).fetchone()
    return float(row[0]) / float(row[1]) if row else 0.0
