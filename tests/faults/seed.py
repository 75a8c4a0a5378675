"""Fills a migrated database for the fault tests: two firms, the owner of the first, and as many bookings as asked for.

`python -m tests.faults.seed 1000`: each booking of another customer, each with its mail still to be written and sent.
"""

import sys

from flask import g

from app.factory import create_app
from app.identity import members, passwords
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.tenancy import within
from tests.faults.client import OWNER, PASSWORD
from tests.make import make_booking, make_business


def main(bookings: int) -> None:
    """Write the rows."""
    app = create_app(process="worker")
    with app.app_context():
        firm = g.business = make_business(uses_ai=False)
        make_business("noisy", name="Noisy Moves", uses_ai=False)
        with within(firm.id):
            order = MemberOrder(email=OWNER, name="Ada Berg", role=Role.OWNER)
            members.let_in(order, password_hash=passwords.hashed(PASSWORD), tell=False)
            for number in range(bookings):
                make_booking(email=f"queued{number}@example.se")


if __name__ == "__main__":
    main(int(sys.argv[1]))
