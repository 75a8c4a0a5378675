"""Swedish and Danish: nothing of what customers read is missing, and no text stands on a page without a translation."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from apiflask import APIFlask
from babel.messages.catalog import Catalog
from babel.support import Translations
from flask import g
from flask.testing import FlaskClient
from flask_babel import get_domain
from sqlalchemy import select

from app.identity import invitations, letters
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.messaging.models import EmailLog
from app.web.i18n import LANGUAGES, speaking
from app.web.presentation import day, long_day
from tests.bookings.visitor import book, typed
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_booking, make_car, make_crew
from tests.messaging.texting import an_invite
from tests.office.desk import at_desk
from tools import translate

#: The files whose texts customers read: these are complete at any time, the office's when a version is made.
CUSTOMERS = re.compile(
    r"^app/(?:templates/(?:emails|identity|errors|layouts/(?:portal|bare)|bookings/(?:portal|my|cars))|"
    r"identity/(?!audit)|customers/|bookings/(?:standing|choices|portal|cars_portal|cars_search|confirmation)|web/)"
)
OPEN, CLOSE = "⟦", "⟧"


@pytest.fixture(scope="module")
def sources() -> Catalog:
    """Every text of the program."""
    return translate.extract()


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_a_translation_has_the_placeholders_tags_and_plurals_of_its_text(language: str) -> None:
    assert list(translate.misshapen(language, translate.read(language))) == []


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_what_customers_read_is_translated(language: str, sources: Catalog) -> None:
    gaps = translate.missing(language, sources, translate.read(language))
    assert [str(gap) for gap in gaps if any(CUSTOMERS.match(file) for file in gap.files)] == []


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_a_catalogue_speaks_of_nothing_but_its_texts(language: str) -> None:
    text = translate.path_of(language).read_text(encoding="utf-8")
    head = text.partition("\n\n")[0]
    assert f"Language: {language}" in head
    assert not re.search(r"Date|Translator|Team|Generated|Bugs|\d{4}", head)
    assert "\n#: " not in text
    assert "#, fuzzy" not in text


def test_every_language_that_can_be_chosen_has_a_catalogue() -> None:
    assert set(translate.LANGUAGES) | {"en"} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("original", "translation", "fault"),
    [
        ("Hello %(name)s", "Hej", "other placeholders"),
        ("Hello %(name)s", "Hej %(namn)s", "other placeholders"),
        ("Hi {firm}", "Hej {firma}", "other placeholders"),
        ("<b>Stop</b>", "Stopp", "other HTML tags"),
        ("Wait ", "Vänta", "other white space at the ends"),
        (("%(num)s car", "%(num)s cars"), ("%(num)s bil", "bilar"), "other placeholders"),
        (("%(num)s car", "%(num)s cars"), ("%(num)s bil",), "other plural forms"),
    ],
)
def test_a_translation_of_another_form_is_found(original: str, translation: str, fault: str) -> None:
    catalog = Catalog(locale="sv")
    catalog.add(original, translation)
    assert [found.what for found in translate.misshapen("sv", catalog)] == [fault]


def test_one_may_be_said_without_its_number() -> None:
    catalog = Catalog(locale="sv")
    catalog.add(("One thing.", "%(num)s things."), ("En sak.", "%(num)s saker."))
    assert list(translate.misshapen("sv", catalog)) == []


def test_texts_of_all_kinds_are_found(sources: Catalog) -> None:
    for text in ("Your move is booked", "The mailbox does not exist.", "No crew", "Choose a day.", "Reference:"):
        assert text in sources, text
    assert isinstance(sources["One other browser was signed out."].id, tuple)


def test_dates_are_written_as_the_language_does(business: Business) -> None:
    del business
    date = a_day_ahead().replace(year=2027, month=11, day=28)
    with speaking("sv"):
        assert long_day(date) == "söndag 28 november 2027"
    with speaking("da"):
        assert long_day(date) == "søndag den 28. november 2027"
        assert day(date) == "søn. 28. nov. 2027"


@pytest.mark.parametrize(("language", "words"), [("sv", "Din flytt"), ("da", "Din flytning")])
def test_a_mail_is_written_in_its_readers_language(
    business: Business, run_jobs: Callable[..., int], language: str, words: str
) -> None:
    del business
    make_booking(language=language)
    run_jobs()
    mail = db.session.scalars(select(EmailLog)).one()
    assert mail.subject.startswith(words)
    assert f'lang="{language}"' in (mail.html_body or "")


class _Bracketed(Translations):
    """A language in which every text stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{CLOSE}"

    ugettext, ungettext = gettext, ngettext


@pytest.fixture
def visitor(client: FlaskClient, business: Business) -> Browser:
    """A stranger's browser at the firm's own address."""
    del business
    return Browser(client)


@pytest.fixture
def bracketed(clean: APIFlask) -> Iterator[None]:
    """English pages show every text that went through translation in brackets."""
    with clean.app_context():
        domain = get_domain()
    key = ("en", domain.domain[0])
    before = domain.cache.pop(key, None)
    domain.cache[key] = _Bracketed()
    yield
    del domain.cache[key]
    if before is not None:
        domain.cache[key] = before


class _Words(HTMLParser):
    """The words of a page that people see or hear, and that stand outside of brackets."""

    _READ = ("aria-label", "title", "placeholder", "alt", "data-busy", "data-confirm")
    _SILENT = ("script", "style", "code", "time", "svg")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        named = dict(attrs)
        if named.get("lang") and tag != "html":
            return  # the languages' own names
        for name in self._READ:
            if tag != "time" and (said := named.get(name)):
                self._look(said, depth=0)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._depth = self._look(data, depth=self._depth)

    def _look(self, said: str, depth: int) -> int:
        outside = ""
        for letter in said:
            depth += {OPEN: 1, CLOSE: -1}.get(letter, 0)
            outside += letter if depth == 0 else " "
        self.found.append(" ".join(outside.split()))
        return depth


#: What is data and not a text: names, words about a town, addresses, days, times, units, and names of things outside.
DATA = re.compile(
    r"[\w.+-]+@[\w.-]+|.*\bKungälv\b.*|"
    r"Majorna Flytt & Städ|Karl Johansgatan 47|414 55 Göteborg|Linnégatan 12|413 04 Göteborg|"
    r"Anna Lindqvist|Anna|Narrow stair|Ada Berg|The \w+|Crew 1|Volvo V60|\b[A-Z]{2,3}\b|\ben\b|"
    # What the program calls things by: queues as the API names them, the trail's own words, ids of requests.
    r"\b(?:ai|bookings|calendar|compliance|crm|etl|import|mail|onboarding|reports|sms)$|role:|owner|\b[0-9a-f]{16}\b|"
    r"\bKontor\b|English|Svenska|Dansk|"
    r"\b(?:Mon|Tues?|Wednes|Wed|Thurs?|Thu|Fri|Satur|Sat|Sun)(?:day)?\b|"
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|\b(?:kr|min|[A-Z0-9]{4}-[A-Z0-9]{4})\b"
)


def untranslated(page: str) -> list[str]:
    """The words on a page that went through no translation."""
    rest = (DATA.sub("", words) for words in _Words(page).found)
    return sorted({left.strip() for left in rest if re.search(r"[^\W\d_]{2}", left)})


def test_words_outside_of_the_catalogue_are_seen() -> None:
    page = f'<p title="Raw">{OPEN}Fine {OPEN}in{CLOSE}{CLOSE}</p><p>Bad</p><time>Sat</time><script>x()</script>'
    assert untranslated(page) == ["Bad", "Raw"]


PUBLIC = (
    "/ /book /book/move /book/cleaning /privacy /login /login/link /login/link/done "
    "/register /register/done /password/forgot /password/forgot/done "
    "/search /password/reset/nothing /login/link/nothing /booking/AAAA-BBBB /no-such-page"
).split()


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_have_no_untranslated_text(visitor: Browser, path: str) -> None:
    make_car()
    page = visitor.get(path)
    assert OPEN in page.text
    assert untranslated(page.text) == []


@pytest.mark.usefixtures("bracketed")
def test_booking_has_no_untranslated_text(visitor: Browser) -> None:
    wrong = typed(
        from_address="", to_address="", name="", email="nobody", phone="1", date="2020-01-01", size="", notes="x"
    )
    for service in ("move", "cleaning"):
        for step in ("1", "2"):
            assert untranslated(visitor.post(f"/book/{service}", typed(step=step)).text) == []
        for step in ("1", "2", "3"):
            assert untranslated(visitor.post(f"/book/{service}", wrong | {"step": step}).text) == []
    page = visitor.get(book(visitor, _once="another"))
    assert page.status_code == 200
    assert untranslated(page.text) == []


@pytest.mark.usefixtures("bracketed")
def test_an_invited_visitor_sees_no_untranslated_text(visitor: Browser) -> None:
    invite = an_invite(message="Book: {link}")
    page = visitor.get(f"/i/{invite.link_code}")
    assert page.status_code == 200
    assert untranslated(page.text) == []


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.OWNER, Role.DRIVER])
def test_pages_behind_the_log_in_have_no_untranslated_text(
    app: APIFlask, client: FlaskClient, business: Business, role: Role
) -> None:
    del business
    make_booking()
    make_crew()
    browser = at_desk(client, role)
    left = {}
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()) or rule.rule.startswith(("/api/", "/static", "/events")):
            continue
        page = browser.get(rule.rule)
        if page.status_code == 200 and page.mimetype == "text/html" and (words := untranslated(page.text)):
            left[rule.rule] = words
    assert left == {}


@pytest.mark.usefixtures("bracketed")
def test_mails_have_no_untranslated_text(business: Business, run_jobs: Callable[..., int]) -> None:
    g.business = business
    user = make_member().user
    with transaction():
        letters.send_reset(user, "key")
        letters.say_that_it_exists(user)
        letters.welcome(user, has_password=True)
        order = MemberOrder(name="Bo Ek", email="bo@majorna.example", role=Role.DRIVER)
        invitations.invite(order, language="en")
    make_booking(language="en")
    run_jobs()
    for mail in db.session.scalars(select(EmailLog)):
        html = re.sub(r"<title>.*?</title>", "", mail.html_body or "", flags=re.DOTALL)
        assert OPEN in html, mail.kind
        assert untranslated(html) == [], mail.kind
