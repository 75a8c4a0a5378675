"""Fills a migrated database with invites that wait for a worker: `python -m tests.faults.texts 300 1`.

So many customers, each with so many invites, in a business in whose zone it is about noon.
"""

import sys

from flask import g

from app.factory import create_app
from app.kernel import clock
from app.kernel.tenancy import within
from app.messaging import plans
from tests.make import make_business
from tests.messaging.texting import an_invite, make_customer


def main(customers: int, each: int) -> None:
    """Write the rows."""
    app = create_app(process="worker")
    with app.app_context():
        firm = g.business = make_business(time_zone=f"Etc/GMT{clock.now().hour - 12:+d}")
        plans.subscribe(firm.id, "pro")
        with within(firm.id):
            people = [make_customer(f"Customer {number}") for number in range(customers)]
            for turn in range(each):
                for number, person in enumerate(people):
                    an_invite(person, f"Invite number {number}, {turn + 1} of {each}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
