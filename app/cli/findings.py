"""What the doctor finds: a part, how it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """How a part is. Only `BAD` must be mended before the program can be relied on."""

    OK = "ok"
    #: Not set up, and the program does without.
    OFF = "off"
    #: Something of our own stands in for an outside service.
    LOCAL = "local"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; `mend` says what to do, and is empty where nothing is to be done."""

    part: str
    how: How
    words: str
    mend: str = ""

    def as_json(self) -> dict[str, str]:
        """For scripts."""
        return {"part": self.part, "status": self.how.value, "message": self.words, "mend": self.mend}


def ok(part: str, words: str) -> Finding:
    """All is well."""
    return Finding(part, How.OK, words)


def bad(part: str, words: str, mend: str) -> Finding:
    """It must be mended."""
    return Finding(part, How.BAD, words, mend)


def warn(part: str, words: str, mend: str) -> Finding:
    """It works, but not as it should."""
    return Finding(part, How.WARN, words, mend)
