"""Invented people at real streets: what the demo's bookings are made of."""

from random import Random
from typing import NamedTuple


class Somebody(NamedTuple):
    """A customer of the demo."""

    name: str
    email: str
    phone: str
    language: str


class Cast(NamedTuple):
    """What a country's people are called and where they live."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    firms: tuple[str, ...]
    language: str
    #: Street, postcode and town, and the highest house number.
    streets: tuple[tuple[str, str, int], ...]


SWEDEN = Cast(
    first=(
        "Åsa", "Elin", "Linnea", "Maja", "Tobias", "Henrik", "Gustaf", "Fatima", "Ida", "Per", "Kajsa", "Elsa",
        "Nils", "Oskar", "Malin", "Johan", "Karin", "Lars", "Birgitta", "Amina", "Yusuf", "Sofia", "Erik", "Märta",
        "Göran", "Ulrika", "Viktor", "Alva", "Hugo", "Ebba", "Axel", "Wilma", "Leila", "Omar", "Ingrid", "Stina",
        "Björn", "Agnes", "Mikael", "Therese", "Rasmus", "Hanna", "Daniel", "Lovisa", "Ahmed", "Nour", "Signe",
        "Torsten", "Ylva", "Cecilia",
    ),
    last=(
        "Bergström", "Axelsson", "Dahl", "Rehn", "Strand", "Lind", "Al-Sayed", "Sandell", "Nyberg", "Wikström",
        "Karlsson", "Haddad", "Olsson", "Ek", "Sund", "Lindqvist", "Åkesson", "Öberg", "Holmgren", "Sjögren",
        "Nordin", "Hallberg", "Engström", "Lundgren", "Blomqvist", "Hassan", "Fransson", "Hedlund", "Ström",
        "Backman", "Ivarsson", "Åberg", "Wallin", "Norén", "Falk", "Björk", "Sandberg", "Månsson", "Ljung", "Hjelm",
        "Kjellberg", "Nguyen", "Persson",
    ),
    firms=(
        "Brf Slottsskogen", "Kringlan Konditori", "Bergs Bil", "Änggårdens Tandvård", "Lindholmen Media",
        "Brf Ekedal", "Haga Keramik", "Redbergs Bokhandel", "Göta Redovisning", "Förskolan Blåklinten",
    ),
    language="sv",
    streets=(
        ("Linnégatan", "413 04 Göteborg", 88), ("Vasagatan", "411 24 Göteborg", 56),
        ("Övre Husargatan", "413 14 Göteborg", 43), ("Karl Johansgatan", "414 55 Göteborg", 150),
        ("Andra Långgatan", "413 03 Göteborg", 48), ("Mariagatan", "414 71 Göteborg", 31),
        ("Såggatan", "414 67 Göteborg", 78), ("Slottsskogsgatan", "414 70 Göteborg", 60),
        ("Aschebergsgatan", "411 27 Göteborg", 44), ("Viktoriagatan", "411 25 Göteborg", 38),
        ("Odinsgatan", "411 02 Göteborg", 28), ("Skånegatan", "412 51 Göteborg", 39),
        ("Danska vägen", "416 59 Göteborg", 110), ("Redbergsvägen", "416 65 Göteborg", 34),
        ("Härlandavägen", "416 72 Göteborg", 62), ("Kålltorpsgatan", "416 78 Göteborg", 27),
        ("Delsjövägen", "412 66 Göteborg", 49), ("Wieselgrensgatan", "417 39 Göteborg", 26),
        ("Lindholmsallén", "417 53 Göteborg", 55), ("Östra Eriksbergsgatan", "417 63 Göteborg", 96),
        ("Guldhedsgatan", "413 20 Göteborg", 28), ("Mandolingatan", "421 40 Västra Frölunda", 47),
        ("Frölundagatan", "431 44 Mölndal", 120), ("Kvarnbygatan", "431 34 Mölndal", 39),
        ("Hovåsvägen", "436 54 Hovås", 42), ("Gamla Kronvägen", "433 33 Partille", 69),
        ("Strandvägen", "442 31 Kungälv", 24), ("Västra gatan", "442 31 Kungälv", 91),
        ("Storgatan", "434 32 Kungsbacka", 36), ("Göteborgsvägen", "443 30 Lerum", 30),
        ("Kungsgatan", "441 31 Alingsås", 48), ("Allégatan", "503 32 Borås", 70),
        ("Särö Kyrkväg", "429 42 Särö", 28), ("Torslandavägen", "423 34 Torslanda", 52),
    ),
)  # fmt: skip

DENMARK = Cast(
    first=(
        "Emil", "Freja", "Søren", "Mette", "Lærke", "Jens", "Hanne", "Kirsten", "Magnus", "Ida", "Rikke", "Anders",
        "Signe", "Thomas", "Astrid", "Bjarne", "Camilla", "Nanna", "Oliver", "Fatma", "Mads", "Line", "Henning",
        "Aya", "Peter", "Jytte", "Villads", "Karla", "Ole", "Amira", "Simon", "Bodil",
    ),
    last=(
        "Poulsen", "Holm", "Mortensen", "Lassen", "Kjær", "Nørgaard", "Thomsen", "Vestergaard", "Østergaard",
        "Lauridsen", "Bach", "Dam", "Friis", "Skov", "Bjerre", "Yilmaz", "Krogh", "Iversen", "Juhl", "Bertelsen",
        "Schmidt", "Mikkelsen",
    ),
    firms=(
        "Amtsgymnasiets Idrætsforening", "Nordhavn Event", "Latinerkvarterets Film", "Moesgaard Arkitekter",
        "Risskov IF", "Brabrand Kor",
    ),
    language="da",
    streets=(
        ("Jægergårdsgade", "8000 Aarhus C", 160), ("Mejlgade", "8000 Aarhus C", 107),
        ("Frederiks Allé", "8000 Aarhus C", 160), ("Nørre Allé", "8000 Aarhus C", 92),
        ("Trøjborgvej", "8200 Aarhus N", 60), ("Randersvej", "8200 Aarhus N", 220),
        ("Silkeborgvej", "8220 Brabrand", 700), ("Oddervej", "8270 Højbjerg", 200),
        ("Skanderborgvej", "8260 Viby J", 250), ("Skolevangs Allé", "8240 Risskov", 90),
        ("Ny Lufthavnsvej", "8560 Kolind", 24), ("Banegårdspladsen", "8000 Aarhus C", 12),
    ),
)  # fmt: skip

_PLAIN = str.maketrans({"å": "a", "ä": "a", "ö": "o", "æ": "ae", "ø": "o", "é": "e", " ": ".", "-": "."})


def everybody(cast: Cast, chance: Random, count: int) -> list[Somebody]:
    """That many people, no two of one name; one in twelve is a firm, one in nine of them reads English."""
    names = [f"{first} {last}" for first in cast.first for last in cast.last]
    chosen = chance.sample(names, count)
    for place, firm in zip(range(7, count, 12), cast.firms, strict=False):
        chosen[place] = firm
    return [_somebody(name, cast, chance) for name in chosen]


def _somebody(name: str, cast: Cast, chance: Random) -> Somebody:
    email = f"{name.lower().translate(_PLAIN)}@post.example"
    digits = "".join(str(chance.randrange(10)) for _number in range(7))
    if cast is SWEDEN:
        # The series that Sweden keeps for films and books: nobody's telephone rings.
        phone = f"070-174 06 {chance.randrange(5, 100):02}"
    else:
        # No subscriber in Denmark has a number that begins with 1.
        phone = f"1{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:7]}"
    return Somebody(name, email, phone, "en" if chance.random() < 0.11 else cast.language)


def address(cast: Cast, chance: Random) -> str:
    """A street with a number, a postcode and a town."""
    street, town, highest = chance.choice(cast.streets)
    return f"{street} {chance.randrange(1, highest + 1)}, {town}"


def code(chance: Random, alphabet: str, length: int) -> str:
    """An id that is the same in every demo."""
    return "".join(chance.choices(alphabet, k=length))
