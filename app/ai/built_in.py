"""The texts that need nobody: warm, in three languages, and not the same for everyone."""

from collections.abc import Sequence
from hashlib import sha256

from app.ai.contract import Place
from app.ai.towns import known_town, plain_town

# For a move to a town: an opening, what we know of the place (or something that is true of every place), and a wish.
_OPENINGS = {
    "en": (
        "How lovely that you are moving to {town}.",
        "Soon you will be at home in {town}.",
        "A new start in {town} – we are glad to help you get there.",
        "Before long your name will be on a door in {town}.",
    ),
    "sv": (
        "Så roligt att du flyttar till {town}.",
        "Snart är du hemma i {town}.",
        "En nystart i {town} – vi hjälper dig gärna dit.",
        "Snart står ditt namn på en dörr i {town}.",
    ),
    "da": (
        "Hvor dejligt, at du flytter til {town}.",
        "Snart er du hjemme i {town}.",
        "En ny start i {town} – vi hjælper dig gerne derhen.",
        "Snart står dit navn på en dør i {town}.",
    ),
}
_ANY_PLACE = {
    "en": (
        "The first walk around a new place is always the best one: no map, no hurry, just a look around.",
        "Every place has a bakery that only the neighbours know. Ask them; it is a good way to say hello.",
        "A new place feels like home sooner when you have found your favourite way to walk through it.",
    ),
    "sv": (
        "Den första promenaden på en ny plats är alltid den bästa: ingen karta, ingen brådska, bara nyfikenhet.",
        "Varje plats har ett bageri som bara grannarna känner till. Fråga dem; det är ett fint sätt att säga hej.",
        "En ny plats känns fortare som hemma när man har hittat sin egen favoritrunda.",
    ),
    "da": (
        "Den første gåtur et nyt sted er altid den bedste: intet kort, intet hastværk, bare nysgerrighed.",
        "Ethvert sted har en bager, som kun naboerne kender. Spørg dem; det er en god måde at sige hej på.",
        "Et nyt sted føles hurtigere som hjemme, når man har fundet sin egen yndlingstur.",
    ),
}
_WISHES = {
    "en": (
        "We look after the boxes, so that you can look forward to the rest.",
        "Leave the heavy lifting to us and keep your strength for the housewarming.",
        "We wish you a soft landing.",
    ),
    "sv": (
        "Vi tar hand om lådorna, så att du kan se fram emot resten.",
        "Låt oss ta det tunga och spara krafterna till inflyttningsfesten.",
        "Vi önskar dig en mjuk landning.",
    ),
    "da": (
        "Vi tager os af kasserne, så du kan glæde dig til resten.",
        "Lad os tage det tunge, og gem kræfterne til indflytterfesten.",
        "Vi ønsker dig en blød landing.",
    ),
}
_NOWHERE = {
    "en": ("A move is the start of something new, and we are glad to be part of it.", "Soon a new door will be yours."),
    "sv": ("En flytt är början på något nytt, och vi är glada att få vara med.", "Snart är en ny dörr din."),
    "da": ("En flytning er begyndelsen på noget nyt, og vi er glade for at være med.", "Snart er en ny dør din."),
}
_CLEANING = {
    "en": (
        "Coming home to clean rooms is one of the small great pleasures. Open a window, put the kettle on, enjoy.",
        "While we take care of the floors and the corners, the day is yours. Spend it on something better than a mop.",
        "A clean home makes the light look different. We look forward to making yours shine.",
    ),
    "sv": (
        "Att komma hem till rena rum är en av de små stora glädjeämnena. Öppna ett fönster, sätt på kaffet och njut.",
        "Medan vi tar hand om golven och hörnen är dagen din. Lägg den på något roligare än en mopp.",
        "Ett rent hem får ljuset att se annorlunda ut. Vi ser fram emot att få ditt att glänsa.",
    ),
    "da": (
        "At komme hjem til rene rum er en af de små store glæder. Åbn et vindue, sæt vand over, og nyd det.",
        "Mens vi tager os af gulvene og krogene, er dagen din. Brug den på noget sjovere end en moppe.",
        "Et rent hjem får lyset til at se anderledes ud. Vi glæder os til at få dit til at skinne.",
    ),
}
# The day after a move: a hope, then what we know of the place; the day after a cleaning: a wish.
_SETTLED = {
    "en": (
        "We hope that {town} already feels a little like home.",
        "We hope that you slept well in {town}.",
    ),
    "sv": ("Vi hoppas att {town} redan känns lite som hemma.", "Vi hoppas att den första natten i {town} var skön."),
    "da": ("Vi håber, at {town} allerede føles lidt som hjemme.", "Vi håber, at den første nat i {town} var god."),
}
_SETTLED_NOWHERE = {
    "en": "We hope that the new place already feels a little like home.",
    "sv": "Vi hoppas att det nya stället redan känns lite som hemma.",
    "da": "Vi håber, at det nye sted allerede føles lidt som hjemme.",
}
_CLEANED = {
    "en": ("We hope that you came home to light and fresh air.", "We hope that everything shines as it should."),
    "sv": ("Vi hoppas att du kom hem till ljus och frisk luft.", "Vi hoppas att allt skiner som det ska."),
    "da": ("Vi håber, at du kom hjem til lys og frisk luft.", "Vi håber, at alt skinner, som det skal."),
}


def paragraph(place: Place, reference: str) -> str:
    """The text for that place; the same booking always gets the same one."""
    language = place.language if place.language in _OPENINGS else "en"
    if place.moment == "after":
        return _afterwards(place, language, reference)
    if place.service == "cleaning":
        return _one(_CLEANING[language], reference, "cleaning")
    town = plain_town(place.town)
    wish = _one(_WISHES[language], reference, "wish")
    if not town:
        return f"{_one(_NOWHERE[language], reference, 'opening')} {wish}"
    opening = _one(_OPENINGS[language], reference, "opening").format(town=town)
    known = known_town(town)
    fact = getattr(known, language) if known else _one(_ANY_PLACE[language], reference, "place")
    return f"{opening} {fact} {wish}"


def _afterwards(place: Place, language: str, reference: str) -> str:
    town = plain_town(place.town)
    if place.service == "cleaning":
        return _one(_CLEANED[language], reference, "cleaned")
    if not town:
        return _SETTLED_NOWHERE[language]
    known = known_town(town)
    fact = getattr(known, language) if known else _one(_ANY_PLACE[language], reference, "place")
    return f"{_one(_SETTLED[language], reference, 'settled').format(town=town)} {fact}"


def _one(choices: Sequence[str], reference: str, what: str) -> str:
    number = int.from_bytes(sha256(f"{what}:{reference}".encode()).digest()[:8], "big")
    return choices[number % len(choices)]
