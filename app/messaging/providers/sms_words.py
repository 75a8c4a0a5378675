"""Why a text message did not go, in words for people in an office. Rows keep the code and the English."""

from flask_babel import gettext


def N_(text: str) -> str:  # noqa: N802  # the name by which translators' tools find texts that are translated later
    """The text itself, marked for the catalogues."""
    return text


WORDS = {
    "bad_number": N_("This is not a number that can be called."),
    "not_mobile": N_("This number takes no text messages. It may be a landline."),
    "opted_out": N_("The customer wants no invites."),
    "no_route": N_("The provider cannot reach this number from ours."),
    "country": N_("Our account at the provider may not send to this country."),
    "bad_sender": N_("The provider does not accept our sender number. It may not be ours, or cannot send."),
    "queue_full": N_("The provider's queue was full."),
    "suspended": N_("The provider has suspended our account."),
    "unreachable_phone": N_("The telephone was switched off or out of reach for too long."),
    "blocked": N_("The network or the customer blocks messages from us."),
    "unknown_number": N_("Nobody has this number any more."),
    "filtered": N_("The network took the message for spam."),
    "network": N_("The network failed and does not say why."),
    "whatsapp_window": N_("On WhatsApp free text can only answer what the customer wrote within a day."),
    "canceled": N_("The message was called off at the provider."),
    "key_refused": N_("The provider does not accept our login."),
    "refused": N_("The provider refused the message."),
    "too_fast": N_("The provider asked us to slow down."),
    "outage": N_("The provider has trouble of its own."),
    "unreachable": N_("The provider cannot be reached."),
    "timeout": N_("The provider did not answer in time."),
    "broken_off": N_("The connection to the provider broke off."),
    "unreadable": N_("The provider gave an answer that cannot be read."),
    "later": N_("The provider could not take it just now."),
    "elsewhere": N_("The provider pointed to another place. Its address in the settings may be wrong."),
    "waiting": N_("The provider is left alone for a moment, then it goes on by itself."),
    "looking": N_("It is looked up whether the provider has the message already."),
    "in_turn": N_("An earlier message to this number goes first."),
    "quiet": N_("It waits for the morning: nothing is sent between 20 and 8."),
    "in_doubt": N_("The provider may have the message; it never said so. Ask the customer before you send it again."),
    "cancelled": N_("Somebody took it off the queue."),
    "stopped": N_("Somebody stopped the sending before this one went."),
    "limit": N_("The month's invites are used up."),
    "bad_call": N_("The message could not be handed to the provider."),
    "dry": N_("This is a dry run: nothing leaves the machine."),
    "dry_run": N_("This is a dry run: nothing leaves the machine."),
}
#: What helps, for causes where a person can do something.
REMEDIES = {
    "bad_number": N_("Correct the number, then send it again."),
    "not_mobile": N_("Ask for a mobile number."),
    "unknown_number": N_("Ask for the new number."),
    "opted_out": N_("Nothing to do. They can write START to get invites again."),
    "in_doubt": N_("Ask the customer. Then say here whether it arrived, or send it again."),
    "unreachable_phone": N_("Send it again later."),
    "network": N_("Send it again later."),
    "queue_full": N_("Send it again."),
    "outage": N_("Send it again when the provider is well."),
    "key_refused": N_("Ask the operator to check the provider's settings."),
    "bad_sender": N_("Ask the operator to check the provider's settings."),
    "suspended": N_("Ask the operator to talk to the provider."),
    "country": N_("Ask the operator to open this country at the provider."),
    "filtered": N_("Write it in other words, with fewer links, and send it as a new invite."),
}
#: Failures after the provider took it that are its own or ours: they are given back. What never left always is.
TECHNICAL = frozenset({"queue_full", "suspended", "network", "canceled", "whatsapp_window"})


def english(code: str) -> str:
    """The English words for a code, as rows keep them; the general ones for a code nobody knows."""
    return WORDS.get(code, WORDS["refused"])


def in_words(code: str, stored: str = "") -> str:
    """The words for a code in the reader's language; `stored` for codes of other times."""
    return gettext(WORDS[code]) if code in WORDS else stored


def remedy(code: str) -> str:
    """What a person can do about it now; empty where only another try helps."""
    return gettext(REMEDIES[code]) if code in REMEDIES else ""
