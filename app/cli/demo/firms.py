"""The demo's two firms: who works there, and what they work with."""

from typing import NamedTuple

from app.cli.demo.names import DENMARK, SWEDEN, Cast
from app.fleet.models import ResourceKind
from app.kernel.access import Role


class Person(NamedTuple):
    """Somebody with a log-in."""

    role: Role
    name: str
    email: str


class Thing(NamedTuple):
    """A crew, a car or a driver; `does` is the service of a crew, the rest is a car's, `price` for a day."""

    kind: ResourceKind
    name: str
    label: str
    does: str = "move"
    price: int = 0
    category: str = ""
    seats: int = 5
    transmission: str = "automatic"
    fuel: str = "petrol"


def _car(name: str, plate: str, price: int, category: str, seats: int, transmission: str, fuel: str) -> Thing:
    return Thing(ResourceKind.CAR, name, plate, "car", price, category, seats, transmission, fuel)


class Firm(NamedTuple):
    """A business of the demo."""

    slug: str
    facts: dict[str, object]
    cast: Cast
    people: tuple[Person, ...]
    things: tuple[Thing, ...]
    #: How many customers it has.
    known: int


MAJORNA = Firm(
    slug="majorna",
    facts={
        "name": "Majorna Flytt & Städ", "hostname": None, "phone": "031-12 45 80", "email": "hej@majorna.example",
        "address": "Karl Johansgatan 47, 414 55 Göteborg", "legal": "Majorna Flytt & Städ AB",
        "time_zone": "Europe/Stockholm", "country": "SE", "language": "sv", "currency": "SEK",
        "services": ["move", "cleaning"], "opening_hours": "Mån–fre 07–18, lör 08–15", "hue": 214, "chroma": 0.078,
        "hours": [["07:00", "18:00"]] * 5 + [["08:00", "15:00"], None], "holidays": ["SE"], "only_free": "form",
    },
    cast=SWEDEN,
    people=(
        Person(Role.PLATFORM, "Robin Ekdahl", "platform@kontor.example"),
        Person(Role.OWNER, "Mats Wallgren", "owner@majorna.example"),
        Person(Role.DISPATCHER, "Karin Sjöberg", "dispatcher@majorna.example"),
        Person(Role.ACCOUNTANT, "Gunilla Ahl", "accountant@majorna.example"),
        Person(Role.DRIVER, "Petra Nyström", "driver@majorna.example"),
        Person(Role.CUSTOMER, "Anna Lindqvist", "customer@majorna.example"),
    ),
    things=(
        Thing(ResourceKind.CREW, "Crew 1", "Jonas Berg, Adem Kaya, Liv Holm"),
        Thing(ResourceKind.CREW, "Crew 2", "Petra Nyström, Omar Said"),
        Thing(ResourceKind.CREW, "Crew 3", "Sofia Ek, Hassan Amini", does="cleaning"),
        Thing(ResourceKind.CREW, "Crew 4", "Ylva Norén, Nils Aho", does="cleaning"),
        Thing(ResourceKind.CREW, "Crew 5", "Bo Lund, Tarek Aziz, Elsa Ros"),
    ),
    known=290,
)  # fmt: skip

BILER = Firm(
    slug="biler",
    facts={
        "name": "Aarhus Biler", "hostname": "biler.localhost", "phone": "+45 86 12 40 70", "email": "hej@biler.example",
        "address": "Sønder Allé 12, 8000 Aarhus C", "legal": "Aarhus Biler ApS", "time_zone": "Europe/Copenhagen",
        "country": "DK", "language": "da", "currency": "DKK", "services": ["car"],
        "opening_hours": "Man–fre 07–19, lør–søn 09–16", "hue": 28, "chroma": 0.11,
        "hours": [["07:00", "19:00"]] * 5 + [["09:00", "16:00"]] * 2, "holidays": ["DK"],
    },
    cast=DENMARK,
    people=(
        Person(Role.OWNER, "Birgitte Mortensen", "owner@biler.example"),
        Person(Role.DISPATCHER, "Søren Holm", "dispatcher@biler.example"),
        Person(Role.ACCOUNTANT, "Lone Kjær", "accountant@biler.example"),
        Person(Role.DRIVER, "Sara Lauridsen", "driver@biler.example"),
        Person(Role.CUSTOMER, "Emil Poulsen", "customer@biler.example"),
    ),
    things=(
        _car("Volvo V90", "DK 48 217", 895, "estate", 5, "automatic", "hybrid"),
        _car("Skoda Superb", "DM 21 904", 795, "estate", 5, "automatic", "diesel"),
        _car("Skoda Octavia", "DL 60 118", 645, "estate", 5, "automatic", "diesel"),
        _car("Peugeot 308 SW", "DR 17 352", 595, "estate", 5, "manual", "petrol"),
        _car("Kia Niro", "DP 33 570", 545, "suv", 5, "automatic", "hybrid"),
        _car("VW ID.4", "DN 72 465", 745, "suv", 5, "automatic", "electric"),
        _car("Tesla Model Y", "DS 90 631", 995, "suv", 5, "automatic", "electric"),
        _car("Toyota Yaris", "DT 25 806", 395, "city", 5, "manual", "hybrid"),
        _car("VW Caravelle", "CZ 80 226", 1_295, "minibus", 9, "automatic", "diesel"),
        _car("Ford Transit 9", "CX 54 709", 1_195, "minibus", 9, "manual", "diesel"),
        Thing(ResourceKind.DRIVER, "Sara Lauridsen", "B, D1"),
        Thing(ResourceKind.DRIVER, "Ali Demir", "B, D1"),
        Thing(ResourceKind.DRIVER, "Hans Juhl", "B"),
    ),
    known=110,
)  # fmt: skip

FIRMS = (MAJORNA, BILER)
