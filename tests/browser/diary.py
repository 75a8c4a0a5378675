"""Lets the first firm of a deployment's database take only what its one crew can keep.

`python -m tests.browser.diary` writes the rows; `keep(deployment)` runs it.
"""

import subprocess
import sys

from flask import g
from sqlalchemy import select

from app.factory import create_app
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import across_businesses, within
from app.settings.firm import change_firm
from tests.faults.processes import ROOT, Deployment
from tests.make import make_crew

PHONE_NUMBER = "031-12 45 80"


def keep(deployment: Deployment) -> None:
    """Open from seven to six on each day, with one crew."""
    command = [sys.executable, "-m", "tests.browser.diary"]
    ended = subprocess.run(command, cwd=ROOT, env=deployment.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def main() -> None:
    """Write the rows."""
    with create_app(process="worker").app_context():
        with across_businesses():
            firm = g.business = db.session.scalars(select(Business).order_by(Business.id).limit(1)).one()
        with within(firm.id):
            make_crew()
            change_firm({"hours": [["07:00", "18:00"]] * 7, "only_free": "form", "phone": PHONE_NUMBER})


if __name__ == "__main__":
    main()
