"""Lets the first firm of a deployment's database take only what its one crew can keep.

`python -m tests.browser.diary` writes the rows; `keep(deployment)` runs it.
"""

from app.settings.firm import change_firm
from tests.faults import rows
from tests.faults.processes import Deployment
from tests.make import make_crew

PHONE_NUMBER = "031-12 45 80"


def keep(deployment: Deployment) -> None:
    """Open from seven to six on each day, with one crew."""
    rows.write(deployment, "tests.browser.diary")


def main() -> None:
    """Write the rows."""
    with rows.first_firm():
        make_crew()
        change_firm({"hours": [["07:00", "18:00"]] * 7, "only_free": "form", "phone": PHONE_NUMBER})


if __name__ == "__main__":
    main()
