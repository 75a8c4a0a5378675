"""What gunicorn's command line in the Procfile cannot say; gunicorn reads this file by itself."""

import gc
import re
from typing import Any

from gunicorn.glogging import Logger, SafeAtoms

#: What opens something to whoever knows it: the tokens of mailed links, and the addresses that calendar programs read.
_SECRET = re.compile(r"([?&](?:t|token)=|/calendar/|/join/|/password/reset/|/login/link/)[^\s&/\"]{16,}")


def masked(line: str) -> str:
    """The same without the secrets that stand in addresses."""
    return _SECRET.sub(r"\1…", line)


class Masked(SafeAtoms):
    """The parts of a line, bare of secrets; only those that the line asks for are looked at."""

    def __getitem__(self, name: str) -> Any:
        """That part; `-` where there is none."""
        found = super().__getitem__(name)
        return masked(found) if isinstance(found, str) else found


class Discreet(Logger):
    """The access log, which may be read by people who must not open customers' bookings."""

    atoms_wrapper_class = Masked


logger_class = Discreet


def post_worker_init(worker: Any) -> None:
    """Tell open event streams which worker carries them, so that they end at once when it stops.

    And let the garbage collector pass by what the program consists of: walking through all of it, as it does now and
    then, makes a page wait for a fifth of a second.
    """
    gc.collect()
    gc.freeze()
    from app.live.views import Serving  # noqa: PLC0415  # only now has gevent made everything cooperative

    Serving.worker = worker
