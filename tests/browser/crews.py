"""Gives the first firm of a deployment's database crews, a second dispatcher, and jobs today and tomorrow.

`python -m tests.browser.crews` writes the rows; `send_out(deployment)` runs it.
"""

from datetime import timedelta

from app.identity import members, passwords
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.web.days import business_today, day_span
from tests.faults import rows
from tests.faults.client import PASSWORD
from tests.faults.processes import Deployment
from tests.make import make_crew
from tests.office.desk import make_job

SECOND = ("bo@majorna.example", "Bo Ek")


def send_out(deployment: Deployment) -> None:
    """Write the crews and their jobs."""
    rows.write(deployment, "tests.browser.crews")


def main() -> None:
    """Write the rows."""
    with rows.first_firm():
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
