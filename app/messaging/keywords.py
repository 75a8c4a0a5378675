"""What people mean who answer with a single word: STOP, START or HELP, in English, Swedish, Danish and Norwegian."""

import re
import unicodedata

_STOP = frozenset({
    "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "optout", "revoke",
    "stopp", "sluta", "slut", "avsluta", "avregistrera", "avprenumerera", "avanmäl", "avbryt", "nej tack",
    "stands", "afmeld", "afbryd", "afslut", "nej tak",
    "avslutt", "avmeld", "meld av", "slutt", "nei takk",
})  # fmt: skip
_START = frozenset({
    "start", "unstop", "subscribe", "starta", "börja", "anmäl", "prenumerera", "tilmeld", "begynd", "påmeld", "begynn",
    "meld på",
})  # fmt: skip
_HELP = frozenset({"help", "info", "hjälp", "hjælp", "hjelp"})
#: Before a thank-you or a full stop these still mean it; in doubt somebody is left alone.
_STOP_FIRST = frozenset({"stop", "stopp", "stopall", "afmeld", "avmeld", "unsubscribe"})
_MOST_WORDS = 4


def meaning_of(text: str) -> str:
    """`stop`, `start`, `help`, or empty for anything else."""
    plain = unicodedata.normalize("NFC", text).casefold()
    words = re.findall(r"[^\W\d_]+", plain)
    said = " ".join(words)
    if said in _STOP or (words and words[0] in _STOP_FIRST and len(words) <= _MOST_WORDS):
        return "stop"
    if said in _START:
        return "start"
    return "help" if said in _HELP else ""
