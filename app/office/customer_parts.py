"""What the pages about customers share."""

from sqlalchemy import select

from app.customers.models import Customer
from app.web.pages import one_or_404


def customer_of(public_id: str) -> Customer:
    """The customer as it is now; NotFound for unknown ones and other businesses' alike."""
    rows = select(Customer).where(Customer.public_id == public_id).execution_options(populate_existing=True)
    return one_or_404(rows)
