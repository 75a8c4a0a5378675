"""Makes the first firm of a deployment's database a car hire with one hire today, given to its first driver.

`python -m tests.browser.hires` writes the rows; `hire_out(deployment)` runs it.
"""

from datetime import timedelta

from app.bookings import assignment, rentals
from app.bookings.rentals import RentalOrder
from app.fleet import cars, holds, queries
from app.kernel import clock
from app.kernel.db import db, lock, transaction
from app.web.days import business_today, day_span
from tests.faults import hire, rows
from tests.faults.processes import Deployment

HIRER = "Erik Holm"
#: What the car has run when it goes out.
ODOMETER = 1_000


def hire_out(deployment: Deployment) -> str:
    """Write the cars, the drivers and the hire; its reference."""
    rows.write(deployment, "tests.browser.hires")
    return str(deployment.rows("select reference from bookings")[0]["reference"])


def main() -> None:
    """Write the rows."""
    hire.main()
    with rows.first_firm():
        car = db.session.scalars(queries.cars()).first()
        driver = db.session.scalars(queries.drivers().order_by(None)).first()
        assert car is not None
        assert driver is not None
        cars.change_car(car.id, {"odometer": ODOMETER})
        begins = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
        held = holds.hold(car.id, begins, begins + timedelta(hours=4), client="visitor:a", with_driver=True)
        order = RentalOrder(
            hold_id=held.public_id, name=HIRER, email="erik@example.se", phone="0701234567",
            pickup_address="Linnégatan 12, 413 04 Göteborg",
        )  # fmt: skip
        made = rentals.confirm(order, {"visitor:a"}, language="en")
        assignment.give_by_hand(made.id, driver.id)
        with transaction():
            booking = lock(type(made), made.id)
            booking.starts_at = day_span(business_today())[0] + timedelta(hours=8)
            booking.ends_at = booking.starts_at + timedelta(hours=4)


if __name__ == "__main__":
    main()
