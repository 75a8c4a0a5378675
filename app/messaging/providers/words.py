"""Why a mail did not go, in words for people in an office. Rows keep the code and the English; pages translate."""

from flask_babel import gettext


def N_(text: str) -> str:  # noqa: N802  # the name by which translators' tools find texts that are translated later
    """The text itself, marked for the catalogues."""
    return text


WORDS = {
    "no_such_mailbox": N_("The mailbox does not exist."),
    "mailbox_full": N_("The mailbox is full."),
    "bad_address": N_("The address is not one that mail can be sent to."),
    "bad_sender": N_("The mail provider does not accept our sender address. Its domain may not be verified yet."),
    "key_refused": N_("The mail provider does not accept our key."),
    "key_missing": N_("The mail provider was given no key."),
    "key_suspended": N_("The mail provider has suspended our account."),
    "key_limited": N_("Our key at the mail provider may not send mail."),
    "login_refused": N_("The mail server does not accept our name and password."),
    "login_unsafe": N_("The mail server offers no safe connection, so our password was not sent."),
    "not_trusted": N_("The mail server could not prove that it is the right one."),
    "changed_since": N_("The mail was changed after a first try that may have arrived. Send it as a new one."),
    "attachment_refused": N_("The mail provider does not accept a file in the mail."),
    "too_large": N_("The mail is too large."),
    "refused": N_("The mail provider refused the mail."),
    "content_refused": N_("The mail server refused what the mail says."),
    "quota_day": N_("The day's mails at the provider are used up. It goes on when the next day begins there."),
    "quota_month": N_("The month's mails at the provider are used up."),
    "too_fast": N_("The mail provider asked us to slow down."),
    "still_running": N_("The mail provider is still busy with the first try."),
    "outage": N_("The mail provider has trouble of its own."),
    "unreachable": N_("The mail provider cannot be reached."),
    "timeout": N_("The mail provider did not answer in time."),
    "broken_off": N_("The connection to the mail provider broke off."),
    "unreadable": N_("The mail provider gave an answer that cannot be read."),
    "elsewhere": N_("The mail provider pointed to another place. Its address in the settings may be wrong."),
    "waiting": N_("The mail provider is left alone for a moment, then it goes on by itself."),
    "later": N_("The mail server asked us to come again later."),
    "in_doubt": N_(
        "The connection broke off after the mail was handed over. It may have arrived: ask before you resend."
    ),
    "bad_call": N_("The mail could not be handed to the provider."),
    "dry_run": N_("This is a dry run: nothing leaves the machine."),
}


def english(code: str) -> str:
    """The English words for a code, as rows keep them; the general ones for a code nobody knows."""
    return WORDS.get(code, WORDS["refused"])


def in_words(code: str, stored: str = "") -> str:
    """The words for a code in the reader's language; else `stored`, in that language too when it is a text of ours."""
    words = WORDS.get(code, stored)
    return gettext(words) if words else ""
