"""Fills a migrated database with invites that wait for a worker: `python -m tests.faults.texts 300`.

Each goes to a customer of their own, in a business in whose zone it is about noon.
"""

import sys

from flask import g

from app.factory import create_app
from app.kernel import clock
from app.kernel.tenancy import within
from app.messaging import plans
from tests.make import make_business
from tests.messaging.texting import an_invite, make_customer


def main(count: int) -> None:
    """Write the rows."""
    app = create_app(process="worker")
    with app.app_context():
        firm = g.business = make_business(time_zone=f"Etc/GMT{clock.now().hour - 12:+d}")
        plans.subscribe(firm.id, "pro")
        with within(firm.id):
            for number in range(count):
                an_invite(make_customer(f"Customer {number}"), f"Invite number {number}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
