"""What goes out smaller, and what must not."""

import gzip

from flask.testing import FlaskClient

from app.kernel.access import Role
from app.kernel.businesses import Business
from tests.identity.people import Browser, make_member

TAKES = {"Accept-Encoding": "gzip"}


def test_a_visitors_page_is_gzipped_for_those_who_take_it(client: FlaskClient, business: Business) -> None:
    squeezed, plain = client.get("/", headers=TAKES), client.get("/")
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in squeezed.headers["Vary"]
    assert len(squeezed.data) < len(plain.data) / 2
    assert b"</html>" in gzip.decompress(squeezed.data)


def test_signed_in_pages_stay_plain(client: FlaskClient, business: Business) -> None:
    make_member(role=Role.OWNER)
    browser = Browser(client)
    browser.sign_in()
    page = browser.get("/account", headers=TAKES)
    assert page.status_code == 200
    assert "Content-Encoding" not in page.headers


def test_built_files_have_a_gzipped_twin(client: FlaskClient, business: Business) -> None:
    answer = client.get("/static/dist/app.css", headers=TAKES)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 40_000
