"""Rows in a deployment's database, written by the program itself in a process of its own: the test has none."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from sqlalchemy import select

from app.factory import create_app
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import across_businesses, within
from tests.faults.processes import ROOT, Deployment


def write(deployment: Deployment, module: str) -> None:
    """Run `python -m module` beside that deployment, to its end."""
    command = [sys.executable, "-m", module]
    ended = subprocess.run(command, cwd=ROOT, env=deployment.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@contextmanager
def first_firm() -> Iterator[Business]:
    """The program with the deployment's first business in scope."""
    with create_app(process="worker").app_context():
        with across_businesses():
            firm = g.business = db.session.scalars(select(Business).order_by(Business.id).limit(1)).one()
        with within(firm.id):
            yield firm
