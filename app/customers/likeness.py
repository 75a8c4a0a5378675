"""Words as people spell them: folded, cut into pieces that an index finds, and compared by likeness."""

import re
import unicodedata

from rapidfuzz import fuzz

LONGEST_PIECE = 40
#: The digits by which a number is known again, however its country was written.
PHONE_TAIL = 8
FEWEST_DIGITS = 5
_LETTERS = str.maketrans({"æ": "a", "ø": "o", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "t"})
_PAIRS = (("aa", "a"), ("ae", "a"), ("oe", "o"))
_PHONE = re.compile(r"[\d\s()+/.-]+")
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Small letters without accents; å ä æ are a, ö ø are o, and so are the ways to write them without (aa, ae, oe)."""
    plain = unicodedata.normalize("NFD", text.casefold().translate(_LETTERS))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    for pair, letter in _PAIRS:
        kept = kept.replace(pair, letter)
    return kept


def search_words(*texts: str) -> list[str]:
    """What a thing is found by: the pieces of its names, references, mail address, phone and addresses."""
    found: dict[str, None] = {}
    for text in texts:
        whole = _whole(text)
        if whole:
            found[whole] = None
        for word in words_of(text):
            found.update(dict.fromkeys(stored_pieces(word)))
    return list(found)


def likeness(typed: str, *texts: str) -> float:
    """How well the words that were typed are found among the texts' words, 0 to 100."""
    found = likenesses(typed, *texts)
    return sum(found) / len(found) if found else 0.0


def likenesses(typed: str, *texts: str) -> list[float]:
    """The same for each word that was typed."""
    there = {word for text in texts for word in words_of(text)}
    return [max((_alike(word, other) for other in there), default=0.0) for word in words_of(typed)]


def _alike(word: str, other: str) -> float:
    if other.startswith(word):
        return 100.0
    return max(fuzz.ratio(word, other), 90.0 if len(word) > 2 and word in other else 0.0)


def _whole(text: str) -> str:
    """What is looked up in one piece: a reference, a number's last digits, a mail address."""
    if "@" in text and " " not in text.strip():
        return folded(text.strip())[:LONGEST_PIECE]
    digits = digits_of(text)
    return digits[-PHONE_TAIL:] if len(digits) >= PHONE_TAIL else ""


def digits_of(text: str) -> str:
    """The digits of what may be a phone number; empty for anything else."""
    return "".join(char for char in text if char.isdigit()) if _PHONE.fullmatch(text.strip()) else ""


def words_of(text: str) -> list[str]:
    """The folded words; the digits of a phone number are one word, of a mail address only what stands before the @."""
    digits = digits_of(text)
    if len(digits) >= FEWEST_DIGITS:
        return [digits[-PHONE_TAIL:]]
    before_at = text.rpartition("@")[0] if "@" in text else text
    return _WORD.findall(folded(before_at))


def pieces_of(word: str) -> list[str]:
    """All three letters that stand together."""
    return [word[at : at + 3] for at in range(len(word) - 2)]


def stored_pieces(word: str) -> list[str]:
    """The pieces of a word and how it begins; single letters are not worth a key in the index."""
    return [f" {word[:2]}", *pieces_of(word)] if len(word) > 1 else []


def asked_pieces(words: list[str]) -> list[str]:
    """The pieces that a thing must have to hold all of the words, each as a part of one of its own."""
    return [piece for word in words for piece in (pieces_of(word) or stored_pieces(word))]


def slips_of(word: str) -> list[list[str]]:
    """The pieces that are right all the same, for each place where a word may have a slip.

    A slip is a letter that is wrong, missing or too many, or two that changed places. Fewer than two pieces say too
    little and are left out.
    """
    found: dict[tuple[str, ...], None] = {}
    for slip in range(len(word)):
        begins = [f" {word[:2]}"] if slip > 1 else []
        for last in (slip + 1, slip):
            right = [*begins, *(word[at : at + 3] for at in range(len(word) - 2) if not slip - 2 <= at <= last)]
            if len(right) > 1:
                found[tuple(right)] = None
                break
    # What asks for more than another one does finds nothing that the other would not.
    return [list(right) for right in found if not any(set(other) < set(right) for other in found)]
