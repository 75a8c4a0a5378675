"""What tests stand on: the program on a real database, emptied before each test, and a clock that can be moved."""

import contextvars
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import text

from app.kernel import clock as the_clock
from app.kernel.businesses import Business, forget_believed
from app.kernel.config import settings
from app.kernel.db import db
from app.kernel.tenancy import within
from tests.make import make_business

pytest_plugins = ["tests.servers", "tests.chromium"]


class Apart(FlaskClient):
    """A browser whose requests share nothing with the test: no application context, no business in scope."""

    def open(self, *given: Any, **named: Any) -> Any:
        """Call the program as a server would."""
        return contextvars.Context().run(super().open, *given, **named)


@pytest.fixture(scope="session")
def app(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> APIFlask:
    """The program, as `wsgi.py` makes it, on this worker's own database."""
    folder: Path = tmp_path_factory.mktemp("instance")
    os.environ.update(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        INSTANCE_PATH=str(folder),
        UPLOAD_PATH=str(folder / "uploads"),
        LOG_LEVEL="WARNING",
        RATE_LIMIT_LOGIN="off",
        RATE_LIMIT_BOOKING="off",
        RATE_LIMIT_SEARCH="off",
        RATE_LIMIT_API="off",
    )
    settings.cache_clear()
    from app.factory import create_app  # noqa: PLC0415  # the settings must stand before the program is loaded

    made = create_app(process="worker")
    made.testing = True
    made.test_client_class = Apart
    return made


@pytest.fixture
def clean(app: APIFlask) -> Iterator[APIFlask]:
    """The program with an empty database and the real time."""
    the_clock.reset()
    forget_believed()
    with app.app_context():
        names = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
        with db.engine.begin() as line:
            line.execute(text("set local kontor.retention = 'on'"))
            line.execute(text(f"truncate {names} restart identity cascade"))
    yield app
    the_clock.reset()


@pytest.fixture
def business(clean: APIFlask) -> Iterator[Business]:
    """A moving firm in whose name the test acts, inside an application context."""
    with clean.app_context(), ExitStack() as scope:
        made = make_business()
        scope.enter_context(within(made.id))
        g.business = made
        yield made
        db.session.rollback()


@pytest.fixture
def clock() -> Iterator[Any]:
    """The program's clock: `clock.forward(minutes=10)`."""
    the_clock.reset()
    yield the_clock
    the_clock.reset()


@pytest.fixture
def client(clean: APIFlask) -> FlaskClient:
    """A stranger's browser."""
    return clean.test_client()


@pytest.fixture
def run_jobs(clean: APIFlask) -> Callable[..., int]:
    """Do all due jobs, by the worker's own hands; `run_jobs()` answers how many were done."""
    from app.jobs import claims  # noqa: PLC0415  # loads the bell, which wants settings
    from app.jobs.kinds import Lane  # noqa: PLC0415
    from app.jobs.run import Hands  # noqa: PLC0415
    from tasks import handlers  # noqa: PLC0415

    assert handlers.MODULES
    hands = Hands(clean, "test-hands", threads=2, is_stopping=lambda: False)

    def run(most: int = 10_000) -> int:
        done = 0
        while done < most:
            found = 0
            for lane in Lane:
                with clean.app_context():
                    batch = claims.claim(lane, "test-hands")
                for job in batch:
                    hands.do(job)
                found += len(batch)
            if not found:
                break
            done += found
        return done

    return run
