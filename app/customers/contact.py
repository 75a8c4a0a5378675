"""Contact data as people write it: any spelling of a number is taken, a slip in an address is asked about."""

import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from rapidfuzz.distance import DamerauLevenshtein

_COMMON_HOSTS = (
    "gmail.com", "hotmail.com", "outlook.com", "icloud.com", "yahoo.com", "live.se", "hotmail.se", "telia.com",
    "outlook.dk", "hotmail.dk", "live.dk", "mail.dk", "protonmail.com", "bredband.net", "comhem.se", "spray.se",
)  # fmt: skip
#: Letters that Swedish and Danish put after z, in the order of each language.
_AFTER_Z = {
    "sv": {"å": "zz1", "ä": "zz2", "æ": "zz2", "ö": "zz3", "ø": "zz3"},
    "da": {"æ": "zz1", "ä": "zz1", "ø": "zz2", "ö": "zz2", "å": "zz3"},
}


def checked_email(value: str) -> str:
    """The address, trimmed, with its host in small letters; ValueError in words when it cannot be one."""
    try:
        return str(validate_email(value, check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError:
        raise ValueError(
            _("This does not look like an e-mail address. An address looks like anna@example.se.")
        ) from None


def likely_meant(email: str) -> str | None:
    """What the address was probably meant to be (`gmial.com` → `gmail.com`), or None; never a reason to refuse."""
    name, _at, host = email.rpartition("@")
    if not name or host.lower() in _COMMON_HOSTS:
        return None
    for known in _COMMON_HOSTS:
        if DamerauLevenshtein.distance(host.lower(), known, score_cutoff=2) <= (1 if len(known) < 9 else 2):
            return f"{name}@{known}"
    return None


def checked_phone(value: str, country: str) -> tuple[str, str]:
    """The number as typed and as `+46701234567` (empty where it cannot be told); ValueError for what is no number.

    A number that is possible but not known to be in use is kept: new series come faster than our lists.
    """
    typed = " ".join(value.split())
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise ValueError(_("This does not look like a phone number. Write it like 070-123 45 67.")) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(_("This phone number has too few or too many digits."))
    return typed, str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def sort_key(name: str, language: str) -> str:
    """What a list by name orders by: small letters, accents folded, å ä ö (æ ø å) where the language puts them."""
    after_z = _AFTER_Z.get(language, _AFTER_Z["sv"])
    letters = []
    for char in name.casefold():
        if char in after_z:
            letters.append(after_z[char])
        elif char.isascii():
            letters.append(char)
        else:
            letters.append(
                "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
            )
    return "".join(letters)[:400]
