"""What a model's text must be before a customer reads it: plain, in the right language, about the place, no promise."""

import re
import unicodedata

from pydantic import BaseModel, ConfigDict, ValidationError

from app.ai.contract import Draft, Wish
from app.ai.towns import folded, known_town

SHORTEST, LONGEST = 40, 600
_MARKS = re.compile(r"[<>{}\[\]`|\\^~*_#=@]|&\w+;|https?:|www\.|//|\w\.\w{2,}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_MONEY = re.compile(
    r"[€$£%]|\b(?:kr|kroner|kronor|sek|dkk|eur|euro|gratis|free of charge|for free|discount|refund|voucher|rabatt|rabat"
    r"|återbetal\w*|refusion|tilbagebetal\w*|presentkort|gavekort|kostnadsfri\w*)\b",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"language model|system prompt|my instructions|as an ai\b|språkmodell|sprogmodel|mina instruktioner|mine instruks",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = {
    "en": _words("the and of to in is a you your with for that are it on as where from have will by"),
    "sv": _words("och att det är en ett som på till i för med din du den av där om har kan längs vid"),
    "da": _words("og at det er en et som på til i for med din du den af hvor om har kan langs ved"),
}
_ECHO_WORDS = 7


class Odd(Exception):
    """The text is thrown away; `code` is one of `reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    paragraph: str


def checked(draft: Draft, wish: Wish) -> str:
    """The paragraph of the draft as plain text; Odd when anything about it is not as asked."""
    try:
        text = _Shape.model_validate_json(draft.content).paragraph
    except ValidationError:
        raise Odd("odd_shape") from None
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise Odd("odd_length")
    if _MARKS.search(text) or not _is_plain(text):
        raise Odd("odd_marks")
    given = set(_NUMBER.findall(" ".join(wish.data.values())))
    if set(_NUMBER.findall(text)) - given or any(mark.isnumeric() and not mark.isdecimal() for mark in text):
        raise Odd("odd_numbers")
    if _MONEY.search(text):
        raise Odd("odd_promise")
    if _TALK.search(text) or _repeats(text, wish.instructions):
        raise Odd("odd_echo")
    if not _names(text, wish.data["town"]):
        raise Odd("odd_place")
    if not _is_in(text, wish.data["language"]):
        raise Odd("odd_language")
    return text


def _is_plain(text: str) -> bool:
    letters = (mark for mark in text if mark.isalpha())
    is_latin = all(unicodedata.name(mark, "").startswith("LATIN") for mark in letters)
    return is_latin and all(unicodedata.category(mark)[0] in "LNPZM" for mark in text)


def _repeats(text: str, instructions: str) -> bool:
    said, told = re.findall(r"\w+", text.casefold()), " ".join(re.findall(r"\w+", instructions.casefold()))
    runs = (" ".join(said[start : start + _ECHO_WORDS]) for start in range(len(said) - _ECHO_WORDS + 1))
    return any(f" {run} " in f" {told} " for run in runs)


def _names(text: str, town: str) -> bool:
    known = known_town(town)
    names = [town, *((known.name, known.english, *known.others) if known else ())]
    return any(folded(name) in folded(text) for name in names if name)


def _is_in(text: str, language: str) -> bool:
    words = re.findall(r"\w+", text.casefold())
    counts = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    return counts[language] > 0 and counts[language] >= max(counts.values())
