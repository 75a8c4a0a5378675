"""What the doctor asks of the program's own parts: database, queue, workers, files."""

import shutil
import tempfile
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.cli.findings import Finding, bad, ok, warn
from app.cli.output import first_line
from app.files.providers.choice import file_place
from app.jobs import workers
from app.jobs.models import Job, JobState
from app.jobs.queries import TOO_OLD
from app.kernel import clock
from app.kernel.answers import ProviderError
from app.kernel.businesses import Business
from app.kernel.config import ROOT, settings
from app.kernel.db import db, end_reading
from app.kernel.ids import public_id
from app.kernel.tenancy import across_businesses
from app.kernel.valkey import client
from app.web.assets import STATIC
from app.web.checks import LEAST_FREE

UPGRADE = "Run: flask --app wsgi db upgrade"
OLDEST_POSTGRES, OLDEST_REDIS = 15, (6, 2)


def database() -> Iterator[Finding]:
    """Whether it answers, is new enough and has all migrations; then what stands in it."""
    try:
        version = int(db.session.scalar(text("select current_setting('server_version_num')")) or 0) // 10_000
        end_reading()
    except DBAPIError as error:
        db.session.rollback()
        yield bad("database", f"It does not answer: {first_line(error)}", "Look at DATABASE_URL and whether it runs.")
        return
    if version < OLDEST_POSTGRES:
        yield bad("database", f"PostgreSQL {version} is too old.", f"Use PostgreSQL {OLDEST_POSTGRES} or newer.")
    else:
        yield ok("database", f"PostgreSQL {version} answers.")
    migrated = _migrations()
    yield migrated
    if migrated.how == "ok":
        yield from _contents()


def _migrations() -> Finding:
    script = ScriptDirectory.from_config(_alembic())
    newest = script.get_current_head()
    with db.engine.connect() as line:
        present = MigrationContext.configure(line).get_current_revision()
    if present == newest:
        return ok("migrations", f"Up to date ({newest}).")
    if present is None:
        return bad("migrations", "The database has no tables yet.", UPGRADE)
    if present not in {found.revision for found in script.walk_revisions()}:
        return warn("migrations", f"The database is newer ({present}) than this program.", "Deploy the newer program.")
    return bad(
        "migrations", f"The database is at {present}, the program at {newest}.", "Run: flask --app wsgi db upgrade"
    )


def _alembic() -> Config:
    found = Config()
    found.set_main_option("script_location", str(ROOT / "migrations"))
    return found


def _contents() -> Iterator[Finding]:
    with across_businesses():
        yield _businesses()
        yield from _workers()
        yield _jobs()
    end_reading()


def _businesses() -> Finding:
    firms = db.session.execute(select(Business.name, Business.time_zone).order_by(Business.id)).all()
    if not firms:
        return bad("businesses", "There is none, so no page can be shown.", "Run: kontor seed, or kontor seed --demo")
    lost = sorted({firm.time_zone for firm in firms if not _is_known(firm.time_zone)})
    if lost:
        return bad("businesses", f"Unknown time zones: {', '.join(lost)}.", "Correct them under /admin/settings.")
    return ok("businesses", f"{len(firms)}, the first is {firms[0].name}.")


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _workers() -> Iterator[Finding]:
    start = "Start one: the worker line of the Procfile."
    if strangers := workers.strangers():
        names = ", ".join(strangers)
        yield bad("worker", f"Sees another database than this one: {names}.", "Give web and worker one DATABASE_URL.")
    alive = [worker for worker in workers.present_workers() if workers.is_alive(worker)]
    if alive:
        threads = sum(worker.threads for worker in alive)
        yield ok("worker", f"{len(alive)} beat, with {threads} threads.")
        return
    heard = workers.heard_last()
    if heard is None:
        yield bad("worker", "None was ever heard, so mails wait.", start)
    else:
        minutes = round((clock.now() - heard).total_seconds() / 60)
        yield bad("worker", f"The last was heard {minutes} min ago, so mails wait.", start)


def _jobs() -> Finding:
    now = clock.now()
    waiting, since, failed = db.session.execute(
        select(
            func.count().filter(Job.state == JobState.QUEUED),
            func.min(Job.run_at).filter(Job.state == JobState.QUEUED, Job.run_at <= now),
            func.count().filter(Job.state == JobState.FAILED, ~Job.seen),
        ).where(Job.state.in_((JobState.QUEUED, JobState.FAILED)))
    ).one()
    if since is not None and now - since > TOO_OLD:
        minutes = round((now - since).total_seconds() / 60)
        return bad(
            "jobs", f"One has waited for {minutes} min, {waiting} in all.", "See that a worker runs; /admin/queue."
        )
    if failed:
        return warn("jobs", f"{failed} failed and nobody has seen to them.", "Look at /admin/queue.")
    return ok("jobs", f"{waiting} wait, none failed that needs a person.")


def redis() -> Finding:
    """Whether Redis answers and is new enough."""
    if not settings().redis_url:
        return warn("redis", "Without it live pages and jobs are slower.", "Set REDIS_URL.")
    try:
        version = str(client().info("server")["redis_version"])
    except (RedisError, OSError) as error:
        return bad("redis", f"It does not answer: {first_line(error)}", "Look at REDIS_URL and whether it runs.")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        return bad("redis", f"Redis {version} is too old.", "Use Redis 6.2, Valkey, or newer.")
    return ok("redis", f"Answers, and speaks as Redis {version}.")


def storage() -> Finding:
    """Whether files can be written, and whether there is room."""
    if settings().storage_type == "s3" and not settings().is_dry:
        return _bucket()
    place = settings().upload_path
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as trial:
            trial.write(b"trial")
        free = shutil.disk_usage(place).free
    except OSError as error:
        return bad("storage", f"Cannot be written: {error.strerror}.", "Set UPLOAD_PATH to a folder of this account.")
    if free < LEAST_FREE:
        return bad("storage", f"Only {free // 1_000_000} MB are free.", "Make room: at least 200 MB.")
    return ok("storage", f"Local folder, {free // 1_000_000_000} GB free.")


def _bucket() -> Finding:
    """Whether a file can be written there, read and taken away again."""
    name = f"doctor/{public_id()}"
    try:
        file_place().put(name, b"trial", "text/plain")
        came_back = file_place().get(name) == b"trial"
        file_place().drop(name)
    except ProviderError as error:
        return bad("storage", f"The bucket cannot be used: {error.words}", "Look at S3_BUCKET, its keys and region.")
    if not came_back:
        return bad("storage", "The bucket gives back something else than was put in.", "Look at S3_ENDPOINT_URL.")
    return ok("storage", f"Bucket {settings().s3_bucket}: written, read and taken away.")


def time_zones() -> Finding:
    """Whether time zones and their changes of clock are known."""
    if _is_known("Europe/Stockholm"):
        return ok("time zones", "Known.")
    return bad("time zones", "Time zone data is missing.", "Install the package tzdata (it is in requirements.txt).")


def front_end() -> Finding:
    """Whether styles and scripts were built."""
    if (STATIC / "dist" / "app.css").exists() and (STATIC / "dist" / "app.js").exists():
        return ok("front end", "Built.")
    return bad("front end", "Not built, so pages have no style.", "Run: npm ci && npm run build")
