"""Why a mail has no picture, in words for the office. Rows keep the code."""

from flask_babel import gettext


def N_(text: str) -> str:  # noqa: N802  # the name by which translators' tools find texts that are translated later
    """The text itself, marked for the catalogues."""
    return text


REASONS = {
    "no_key": N_("No key for a provider of photos is set."),
    "dry_run": N_("This is a dry run: nothing leaves the machine."),
    "late": N_("The mail was late already, so it did not wait for a photo."),
    "no_town": N_("No town was recognised in the address."),
    "nothing_found": N_("There is no photo of this town."),
    "key_refused": N_("The provider of photos does not accept our key."),
    "too_fast": N_("This hour's photos are used up."),
    "waiting": N_("The provider of photos is left alone for a moment."),
    "outage": N_("The provider of photos has trouble of its own."),
    "unreachable": N_("The provider of photos cannot be reached."),
    "timeout": N_("The provider of photos did not answer in time."),
    "broken_off": N_("The connection to the provider of photos broke off."),
    "unreadable": N_("The provider of photos gave an answer that cannot be read."),
    "refused": N_("The provider of photos refused the call."),
    "elsewhere": N_("The photo lies at a place that we do not fetch from."),
    "later": N_("The provider of photos could not take the call just now."),
    "bad_call": N_("The call to the provider of photos could not be made."),
    "no_picture": N_("What came was no picture."),
}


def in_words(code: str) -> str:
    """The words for a code in the reader's language; the code itself when nobody knows it."""
    return gettext(REASONS[code]) if code in REASONS else code
