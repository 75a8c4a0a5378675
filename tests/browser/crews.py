"""Gives the first firm of a deployment's database crews, a second dispatcher, and jobs today and tomorrow.

`python -m tests.browser.crews` writes the rows; `send_out(deployment)` runs it.
"""

import subprocess
import sys
from datetime import timedelta

from flask import g
from sqlalchemy import select

from app.factory import create_app
from app.identity import members, passwords
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import across_businesses, within
from app.web.days import business_today, day_span
from tests.faults.client import PASSWORD
from tests.faults.processes import ROOT, Deployment
from tests.make import make_crew
from tests.office.desk import make_job

SECOND = ("bo@majorna.example", "Bo Ek")


def send_out(deployment: Deployment) -> None:
    """Write the crews and their jobs."""
    command = [sys.executable, "-m", "tests.browser.crews"]
    ended = subprocess.run(command, cwd=ROOT, env=deployment.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def main() -> None:
    """Write the rows."""
    with create_app(process="worker").app_context():
        with across_businesses():
            firm = g.business = db.session.scalars(select(Business).order_by(Business.id).limit(1)).one()
        with within(firm.id):
            order = MemberOrder(email=SECOND[0], name=SECOND[1], role=Role.DISPATCHER)
            members.let_in(order, password_hash=passwords.hashed(PASSWORD), tell=False)
            one, two, _three = (make_crew(f"Crew {number}") for number in (1, 2, 3))
            today = day_span(business_today())[0]
            # At whatever hour this runs, it is today's, has not begun and is not over.
            make_job(today, one, hours=30, name="Elsa Wikström", email="elsa@example.se")
            tomorrow = day_span(business_today() + timedelta(days=2))[0]
            make_job(tomorrow + timedelta(hours=8), one, hours=2, name="Per Sandell", email="per@example.se")
            make_job(tomorrow + timedelta(hours=7), two, hours=4, name="Siv Ek", email="siv@example.se")


if __name__ == "__main__":
    main()
