"""A visitor for the tests of the pages."""

import pytest
from flask.testing import FlaskClient

from app.kernel.businesses import Business
from tests.identity.people import Browser


@pytest.fixture
def visitor(client: FlaskClient, business: Business) -> Browser:
    """A stranger's browser at the firm's own address."""
    return Browser(client)
