"""Why a text is the built-in one, in words for the office. Rows keep the code."""

from flask_babel import gettext


def N_(text: str) -> str:  # noqa: N802  # the name by which translators' tools find texts that are translated later
    """The text itself, marked for the catalogues."""
    return text


REASONS = {
    "no_key": N_("No key for a language model is set."),
    "dry_run": N_("This is a dry run: nothing leaves the machine."),
    "late": N_("The mail was late already, so it did not wait for a text."),
    "switched_off": N_("Texts by a language model are switched off."),
    "no_town": N_("No town was recognised in the address."),
    "waiting": N_("The language model is left alone for a moment."),
    "no_money": N_("The account at the language model's provider has no money left."),
    "key_refused": N_("The language model's provider does not accept our key."),
    "unknown_model": N_("The language model's provider does not know the model in the settings."),
    "too_fast": N_("The language model's provider asked us to slow down."),
    "outage": N_("The language model's provider has trouble of its own."),
    "unreachable": N_("The language model's provider cannot be reached."),
    "timeout": N_("The language model did not answer in time."),
    "broken_off": N_("The connection to the language model broke off."),
    "unreadable": N_("The language model gave an answer that cannot be read."),
    "refused": N_("The language model's provider refused the call."),
    "later": N_("The language model's provider could not take the call just now."),
    "elsewhere": N_("The language model's provider pointed to another place. Its address may be wrong."),
    "bad_call": N_("The call to the language model could not be made."),
    "model_refused": N_("The language model did not want to answer."),
    "cut_off": N_("The language model's answer was cut off."),
    "odd_shape": N_("The language model's answer did not have the shape we asked for."),
    "odd_length": N_("The language model's text was too short or too long."),
    "odd_marks": N_("The language model's text held marks, links or addresses."),
    "odd_numbers": N_("The language model's text held numbers that nobody gave it."),
    "odd_promise": N_("The language model's text spoke of money."),
    "odd_echo": N_("The language model's text repeated its instructions."),
    "odd_place": N_("The language model's text was about another place."),
    "odd_language": N_("The language model's text was in another language."),
}


def in_words(code: str) -> str:
    """The words for a code in the reader's language; the code itself when nobody knows it."""
    return gettext(REASONS[code]) if code in REASONS else code
