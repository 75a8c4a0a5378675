"""Makes the first firm of a deployment's database a car hire: cars, and two drivers who can sign in.

`python -m tests.faults.hire` writes the rows; `let_cars(deployment)` runs it. `Seeker` is somebody who wants a car.
"""

import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from app.identity import members, passwords
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db, transaction
from tests.faults import rows
from tests.faults.client import PASSWORD, Answer, Browser
from tests.faults.processes import Deployment
from tests.make import make_car, make_driver

WANTED = "Volvo V90"
#: (name, plate, kind, price of a day)
FLEET = [
    (WANTED, "VOL 090", "estate", "900"),
    ("Kia Niro", "KIA 100", "suv", "950"),
    ("Skoda Octavia", "SKO 200", "estate", "990"),
    ("Fiat 500", "FIA 500", "city", "1100"),
]
#: Who is asked first, and who next.
DRIVERS = [("Sara Lauridsen", "sara@majorna.example"), ("Nils Ek", "nils@majorna.example")]
#: As if ten minutes had gone by since every hold: in the database, where the time of a hold is asked for.
RUN_OUT = [
    "update claims set expires_at = now() - interval '1 second' where expires_at > now() and released_at is null",
    "update holds set expires_at = now() - interval '1 second' where expires_at > now() and ended_at is null",
]


class Seeker(Browser):
    """Somebody who wants a car, known by the cookie of the page of free cars."""

    def look(self) -> Answer:
        """Open the page of free cars."""
        answer = self.get(f"/search?from={a_week_ahead()}&to={a_week_ahead()}")
        assert answer.status == 200, (answer.status, answer.body[:300])
        return answer

    def hold(self, car_id: str, **more: Any) -> Answer:
        """Ask the API to keep the car for a working day."""
        body = {"carId": car_id, "from": f"{a_week_ahead()}T10:00", "to": f"{a_week_ahead()}T18:00"} | more
        return self.ask("POST", "/api/v1/bookings/precheck", _json(body), content_type="application/json")

    def confirm(self, hold_id: str, email: str) -> Answer:
        """Ask the API to book what was held."""
        body = {"holdId": hold_id, "name": "Erik Holm", "email": email, "phone": "0701234567"}
        return self.ask("POST", "/api/v1/bookings/confirm", _json(body), content_type="application/json")


def a_week_ahead() -> str:
    """A day on which everything can be rented."""
    return (date.today() + timedelta(days=7)).isoformat()  # noqa: DTZ011  # any day ahead will do


def let_cars(deployment: Deployment) -> dict[str, str]:
    """Make the firm a car hire; the public ids of its cars by name."""
    rows.write(deployment, "tests.faults.hire")
    return {row["name"]: row["public_id"] for row in deployment.rows("select name, public_id from resources")}


def let_time_pass(deployment: Deployment) -> None:
    """Whatever is held has run out a second ago."""
    for statement in RUN_OUT:
        deployment.do(statement)


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def main() -> None:
    """Write the rows."""
    with rows.first_firm() as firm:
        for name, plate, category, price in FLEET:
            make_car(name, plate=plate, category=category, price_day=price, price_driver="1800")
        for name, email in DRIVERS:
            order = MemberOrder(email=email, name=name, role=Role.DRIVER)
            members.let_in(order, password_hash=passwords.hashed(PASSWORD), tell=False)
            make_driver(name, email=email)
        with transaction():
            db.session.execute(update(Business).where(Business.id == firm.id).values(services=["car"]))
        forget_believed()


if __name__ == "__main__":
    main()
